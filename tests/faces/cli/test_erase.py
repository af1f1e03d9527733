"""`hardwon erase`: looks first, then erases; words come from standard input."""

from __future__ import annotations

import json

from tests.faces.cli.conftest import Run


def test_words_are_looked_for_then_erased(hardwon: Run, tmp_path) -> None:
    home = str(tmp_path)
    hardwon("--workspace", home, "init")
    made = hardwon("--workspace", home, "declare", "Pasted s3cr3t-words", "--json")
    name = json.loads(made.stdout)["id"]
    looked = hardwon("--workspace", home, "erase", "words", given="s3cr3t-words\n")
    assert (looked.returncode, "Found in 1 revision of 1 record" in looked.stdout) == (0, True), looked
    assert "s3cr3t" in hardwon("--workspace", home, "show", name).stdout
    done = hardwon("--workspace", home, "erase", "words", "--yes", "--json", given="s3cr3t-words\n")
    assert json.loads(done.stdout)["records"] == [name]
    assert "s3cr3t" not in hardwon("--workspace", home, "show", name).stdout
    assert "Pasted [erased]" in hardwon("--workspace", home, "search", "pasted").stdout
    assert hardwon("--workspace", home, "audit", "verify").returncode == 0


def test_a_person_who_is_not_there_is_named(hardwon: Run, sample: str) -> None:
    asked = hardwon("--workspace", sample, "erase", "person", "nobody")
    assert (asked.returncode, "There is no person nobody" in asked.stderr) == (3, True), asked
