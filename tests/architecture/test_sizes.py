from pathlib import Path

import pytest

from tools import sizes


def rules(path: Path, source: str) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return [finding.rule for finding in sizes.check(path) if finding.hard]


def function(lines: int, head: str = "") -> str:
    return f"{head}def long() -> None:\n" + "    x = 1\n" * (lines - 1)


def test_small_module_passes(tmp_path):
    assert rules(tmp_path / "action.py", function(40)) == []


@pytest.mark.parametrize("lines", [41, 60])
def test_long_function_is_found(tmp_path, lines):
    assert rules(tmp_path / "action.py", function(lines)) == ["function"]


def test_decorators_do_not_count(tmp_path):
    assert rules(tmp_path / "action.py", function(40, "@property\n")) == []


def test_docstring_does_not_count(tmp_path):
    source = 'def long() -> None:\n    """First.\n\n    More.\n    """\n' + "    x = 1\n" * 39
    assert rules(tmp_path / "action.py", source) == []


def test_method_is_found(tmp_path):
    body = "".join(f"    {line}\n" for line in function(41).splitlines())
    assert rules(tmp_path / "action.py", f"class Action:\n{body}") == ["function"]


def test_long_module_is_found(tmp_path):
    assert rules(tmp_path / "action.py", "x = 1\n" * 500) == []
    assert rules(tmp_path / "action.py", "x = 1\n" * 501) == ["module"]


def test_soft_limit_only_tells(tmp_path):
    path = tmp_path / "action.py"
    path.write_text("x = 1\n" * 301, encoding="utf-8")
    assert [finding.hard for finding in sizes.check(path)] == [False]


@pytest.mark.parametrize("name", ["utils.py", "date_utils.py", "action_manager.py", "helpers/action.py"])
def test_empty_names_are_found(tmp_path, name):
    assert rules(tmp_path / name, "") == ["name"]


@pytest.mark.parametrize("name", ["catalog.py", "services.py", "service_level/action.py"])
def test_nouns_pass(tmp_path, name):
    assert rules(tmp_path / name, "") == []


def test_notes_are_found_in_comments_only(tmp_path):
    word = "TO" + "DO"
    assert rules(tmp_path / "action.py", f"x = 1  # {word}: later\n") == ["note"]
    assert rules(tmp_path / "action.py", f'x = "{word}"\n') == []


def test_this_project_keeps_them():
    assert sizes.main([]) == 0
