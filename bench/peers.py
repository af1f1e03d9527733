"""Plain BM25 by bm25s, as anyone would set it up: the floor recall is measured against."""

from __future__ import annotations

from typing import Any

import bm25s
import numpy as np
import Stemmer

from bench.data import JudgedSet


def _text(row: dict[str, Any]) -> str:
    return f"{row.get('title') or ''} {row.get('text') or ''}"


def bm25_tokens(texts: list[str]) -> list[list[str]]:
    """Return the tokens of each text, English stop words dropped, Snowball stems."""
    stemmer = Stemmer.Stemmer("english")
    rows = bm25s.tokenize(texts, stopwords="en", return_ids=False, show_progress=False)
    return [stemmer.stemWords(row) for row in rows]


def bm25_index(texts: list[str]) -> bm25s.BM25:
    """Return BM25 with k1 1.2 and b .75 over texts: English stop words, Snowball stems."""
    index = bm25s.BM25(k1=1.2, b=0.75)
    index.index(bm25_tokens(texts), show_progress=False)
    return index


def bm25_ranking(judged: JudgedSet, depth: int = 10) -> dict[str, list[tuple[str, float]]]:
    """Return the first documents for every question: nothing dated later, never the question itself."""
    index = bm25_index([_text(row) for row in judged.corpus])
    names = [row["id"] for row in judged.corpus]
    days = [(row.get("date") or "")[:10] for row in judged.corpus]
    ranking = {}
    for row, tokens in zip(judged.queries, bm25_tokens([_text(row) for row in judged.queries]), strict=True):
        day = (row.get("date") or "")[:10]
        known = [token for token in tokens if token in index.vocab_dict]
        scores = index.get_scores(known) if known else np.zeros(len(names))
        seen = [
            (names[at], float(scores[at]))
            for at in np.argsort(-scores, kind="stable")
            if names[at] != row["id"] and not (day and days[at] and days[at] > day)
        ]
        ranking[row["id"]] = seen[:depth]
    return ranking
