"""The parts of recall on their own: tokens, word pieces, the journal, fusion and measures."""

from __future__ import annotations

import math

import pytest

from hardwon.recall.analysis import analyse
from hardwon.recall.evaluation import alert_threshold, measure, ndcg, reachable, recall_above
from hardwon.recall.fusion import convex, min_max
from hardwon.recall.journal import Journal
from hardwon.recall.wordpiece import WordPiece


def test_words_are_folded_stemmed_and_split():
    assert analyse("The cafés were Restarting") == ["cafe", "restart"]
    assert analyse("readTimeout") == ["readtimeout", "read", "timeout"]
    assert analyse("src/pool.py") == ["src/pool.py", "src", "pool", "py"]
    assert analyse("!!! *** \0") == []


def test_word_pieces_are_the_longest_that_fit():
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "pool", "##ing", "un", "##able", "."]
    encode = WordPiece({name: number for number, name in enumerate(names)}).encode
    assert encode("Pooling unable.", 16) == [2, 4, 5, 6, 7, 8, 3]
    assert encode("zebra pool", 16) == [2, 1, 4, 3]
    assert encode("pool pool pool pool", 4) == [2, 4, 4, 3]


def test_a_torn_frame_is_cut_off_and_the_whole_ones_stay(tmp_path):
    path = tmp_path / "log"
    journal = Journal(path)
    journal.append([b"one", b"two"])
    whole = path.stat().st_size
    path.write_bytes(path.read_bytes() + b"\0\0\0\x09torn")
    reader = Journal(path)
    assert list(reader.read_on()) == [b"one", b"two"]
    reader.append([b"three"])
    assert list(Journal(path).read_on()) == [b"one", b"two", b"three"]
    assert path.stat().st_size == whole + 8 + len(b"three")


def test_scores_are_scaled_and_joined():
    assert min_max({"a": 3.0, "b": 1.0, "c": 2.0}) == {"a": 1.0, "b": 0.0, "c": 0.5}
    assert min_max({"a": 2.0, "b": 2.0}) == {"a": 1.0, "b": 1.0}
    assert min_max({}) == {}
    joined = convex({"a": 3.0, "b": 1.0}, {"b": 0.9, "c": 0.1}, 0.25)
    assert joined == {"a": 0.25, "b": 0.75, "c": 0.0}


def test_measures_agree_with_those_worked_out_by_hand():
    grades = {"a": 2, "b": 1}
    ideal = 3 + 1 / math.log2(3)
    assert ndcg(["a", "b"], grades) == pytest.approx(1.0)
    assert ndcg(["x", "b", "a"], grades) == pytest.approx((1 / math.log2(3) + 3 / 2) / ideal)
    found = measure({"q": [("x", 0.9), ("b", 0.8)]}, {"q": grades, "unanswered": {"z": 1}})
    assert found.queries == 2
    assert found.recall_at_5.mean == pytest.approx(0.25)
    assert found.mrr.mean == pytest.approx(0.25)
    assert found.hit_at_5.mean == pytest.approx(0.5)
    assert alert_threshold([0.0, 0.1, 0.2, 0.3, 0.4], 0.25) == pytest.approx(0.3)
    assert recall_above({"q": [("a", 0.9), ("b", 0.2)]}, {"q": grades}, 0.5) == pytest.approx(0.5)


def test_only_what_was_known_on_the_day_counts():
    qrels = {"q": {"q": 1, "before": 1, "after": 1, "undated": 1, "wrong": 0}, "r": {"after": 1}}
    dates = {"before": "2024-05-01", "after": "2024-05-03"}
    kept = reachable(qrels, dates, {"q": "2024-05-02", "r": "2024-05-02"})
    assert kept == {"q": {"before": 1, "undated": 1}}
