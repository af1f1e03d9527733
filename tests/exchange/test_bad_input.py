import os
import time

import pytest

from hardwon.exchange.account import read_account
from hardwon.exchange.importing import read

GOOD = "# Lost mail\n\n## Impact\n\nMail was lost.\n"


def test_broken_utf8_is_named_with_its_line_and_the_rest_goes_on(give, problem_of):
    files = give({"a.md": b"# One\n\ntwo \xff three\n", "b.md": GOOD})
    problem = problem_of(files)
    assert (problem.path.rsplit("/", 1)[1], problem.line) == ("a.md", 3)
    assert "UTF-8" in problem.fix
    assert not files[0].drafts
    assert files[1].drafts


def test_a_nul_byte_is_named(give, problem_of):
    problem = problem_of(give({"a.md": b"# One\n\nx\x00y\n"}))
    assert (problem.line, "NUL" in problem.reason) == (3, True)


def test_a_file_of_200_mib_is_not_read(tmp_path, problem_of):
    big = tmp_path / "big.md"
    with big.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    started = time.perf_counter()
    problem = problem_of(list(read([tmp_path])))
    assert "200 MiB" in problem.reason
    assert time.perf_counter() - started < 1


def test_a_long_line_in_a_table_is_named_and_skipped(give, records):
    lines = (
        b'{"id": 1, "text": "One."}\n{"id": 2, "text": "'
        + b"x" * 2_000_000
        + b'"}\n{"id": 3, "text": "Three."}\n'
    )
    files = give({"a.jsonl": lines})
    assert [problem.line for problem in files[0].problems] == [2]
    assert [incident.title for incident in records(files)["Incident"]] == ["One.", "Three."]


@pytest.mark.parametrize(
    ("front", "word"),
    [
        ("a: &x [1]\nb: *x", "anchor"),
        ("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]", "anchor"),
        ("base: {a: 1}\nother:\n  <<: {a: 2}", "merge"),
        ("a: " + "[" * 5_000 + "]" * 5_000, "nested"),
        ("a: 1\na: 2", "twice"),
        ("a: !!python/object/apply:os.system [ls]", "YAML"),
        ("a: [1", "YAML"),
        ("a: 'x", "YAML"),
        ("x: " + "y" * 300_000, "256 KiB"),
    ],
)
def test_front_matter_that_is_no_plain_yaml_is_refused_at_once(give, problem_of, front, word):
    started = time.perf_counter()
    problem = problem_of(give({"a.md": f"---\n{front}\n---\n{GOOD}"}))
    assert word in problem.reason
    assert problem.line > 0
    assert time.perf_counter() - started < 1


def test_links_are_not_followed(tmp_path, problem_of):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text(GOOD)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.md").symlink_to(tmp_path / "outside" / "secret.md")
    files = list(read([folder]))
    assert "symbolic link" in problem_of(files).reason
    assert not any(file.drafts for file in files)


def test_linked_folders_and_circles_are_not_followed(tmp_path, problem_of):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "again").symlink_to(folder)
    assert "symbolic link" in problem_of(list(read([folder]))).reason


def test_a_missing_path_is_a_problem(tmp_path, problem_of):
    assert problem_of(list(read([tmp_path / "nowhere"])))


def test_a_pipe_is_not_opened(tmp_path, problem_of):
    os.mkfifo(tmp_path / "a.md")
    assert "regular" in problem_of(list(read([tmp_path]))).reason


def test_binary_and_unknown_files_are_left_out_and_named(give):
    files = give({"a.png": b"\x89PNG\r\n", ".git/config.md": GOOD, "b.xyz": "x"})
    assert [file.left[0][1] for file in files] == [
        "a binary file: left out",
        "no importer reads this kind of file: left out",
    ]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ('{"id": 1, "text": ', "JSON"),
        ("[" * 100_000, "nested"),
        ('{"id":1,"text":"a","x":' + "[" * 50_000 + "]" * 50_000 + "}", "nested"),
        ('{"id": 1, "text": "\\ud800"}', "JSON"),
        ("[1, 2]", "object"),
        ('{"id": 1}', "text"),
        ('{"id": 1, "title": 7, "colour": "red"}', ""),
    ],
)
def test_a_bad_row_is_named_and_the_rest_goes_on(give, records, row, word):
    files = give({"a.jsonl": f'{row}\n{{"id": "good", "text": "Good."}}\n'})
    titles = [incident.title for incident in records(files)["Incident"]]
    assert titles[-1] == "Good."
    if word:
        assert word in files[0].problems[0].reason
        assert files[0].problems[0].line == 1


def test_a_huge_number_is_kept_or_named(give):
    digits = "9" * 6_000
    files = give({"a.jsonl": f'{{"id": 1, "text": "One.", "size": {digits}}}\n{{"id": 2, "text": "Two."}}\n'})
    kept = "".join(draft.record.summary for file in files for draft in file.drafts)
    assert digits in kept or [problem.line for problem in files[0].problems] == [1]
    assert "Two." in kept


def test_an_id_that_stands_twice_names_both_lines(give, problem_of):
    files = give(
        {"a.jsonl": '{"id": 1, "text": "One."}\n{"id": 2, "text": "Two."}\n{"id": 1, "text": "Three."}\n'}
    )
    problem = problem_of(files)
    assert problem.line == 3
    assert "line 1" in problem.reason
    assert len(files[0].drafts) == 2


def test_text_over_the_bound_is_named(give, problem_of):
    assert problem_of(give({"a.md": GOOD + "word " * 100_000})).fix


def test_a_broken_array_is_named(give, problem_of):
    assert problem_of(give({"a.json": '[{"id": 1}'})).fix


def test_an_empty_file_is_said_so(give):
    assert give({"a.md": " \n"})[0].left


@pytest.mark.parametrize(
    "piece", ["- ", "*", "_", "[", "|", "[[a", "1:1:", "12:30 ", "- [ ] ", "**a", "> ", "\n- a", "# "]
)
@pytest.mark.parametrize("section", ["## Timeline\n", "## Action items\n- ", "## Root cause\n- "])
def test_hostile_text_is_read_in_good_time(piece, section):
    text = section + piece * (60_000 // len(piece))
    started = time.perf_counter()
    read_account(text)
    assert time.perf_counter() - started < 3
