"""Reading a change from a diff, a description, or both."""

from __future__ import annotations

from hardwon.domain.diff import read_change

LOG = """commit 3f1a
Author: Someone <s@example.org>
Date:   today

    Raise the pool size

    The old limit was hit at noon.

diff --git a/conf/pool.toml b/conf/pool.toml
--- a/conf/pool.toml
+++ b/conf/pool.toml
@@ -1,3 +1,3 @@ [pool]
 name = "main"
-size = 10
+size = 40
"""


def test_a_log_with_a_diff_gives_title_files_and_changed_lines() -> None:
    change = read_change(LOG)
    assert change.title == "Raise the pool size"
    assert change.files == ("conf/pool.toml",)
    assert "size = 40" in change.text
    assert "[pool]" in change.text
    assert 'name = "main"' not in change.text


def test_a_plain_description_is_all_text() -> None:
    change = read_change("Move the ranker to v8\n\nEmbedder unchanged.")
    assert change.title == "Move the ranker to v8"
    assert change.files == ()
    assert change.text.endswith("Embedder unchanged.")


def test_a_stat_names_its_files() -> None:
    change = read_change("Tidy up\n\n src/a.py | 4 ++--\n img/x.png | Bin 0 -> 9 bytes\n")
    assert change.files == ("src/a.py", "img/x.png")


def test_new_and_deleted_files_are_named_once_and_never_dev_null() -> None:
    diff = "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1 @@\n+x\n--- a/old.txt\n+++ /dev/null\n"
    assert read_change(diff).files == ("new.txt", "old.txt")


def test_nothing_gives_nothing() -> None:
    change = read_change("")
    assert (change.title, change.text, change.files) == ("", "", ())
