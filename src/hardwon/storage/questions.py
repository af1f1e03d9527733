"""Questions whose askers stay unknown, between the asking and the publishing of their batch.

A row holds a random id, the day, the artifact, the section and the text: no person, no time, no order.
Nothing else is written beside it, in no other table.
"""

from __future__ import annotations

import secrets
from datetime import date

import msgspec
from sqlalchemy import delete, func, insert, select

from hardwon.domain.text import check_plain
from hardwon.storage.store import Reading
from hardwon.storage.tables import questions
from hardwon.storage.transaction import Transaction


class WaitingQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question that waits for its batch."""

    artifact: str
    section: str
    text: str


def put_question(tx: Transaction, question: WaitingQuestion, day: date) -> None:
    """Keep a question of that day, and nothing else. Raises InputError for a NUL in it."""
    check_plain("The question", msgspec.json.encode(question))
    row = {"id": secrets.token_hex(16), "day": day, **msgspec.structs.asdict(question)}
    tx.connection.execute(insert(questions).values(row))


def waiting_days(reading: Reading, today: date) -> tuple[date, ...]:
    """Return the days of the questions asked before today, one for each question."""
    query = select(questions.c.day).where(questions.c.day < today)
    return tuple(reading.connection.scalars(query))


def count_waiting(reading: Reading, artifact: str) -> int:
    """Return how many questions on an artifact wait."""
    query = select(func.count()).select_from(questions).where(questions.c.artifact == artifact)
    return int(reading.connection.execute(query).scalar_one())


def take_questions(tx: Transaction, today: date) -> list[WaitingQuestion]:
    """Delete the questions asked before today and return them, in no order anybody can tell."""
    columns = (questions.c.artifact, questions.c.section, questions.c.text)
    rows = tx.connection.execute(delete(questions).where(questions.c.day < today).returning(*columns)).all()
    taken = [WaitingQuestion(artifact=row.artifact, section=row.section, text=row.text) for row in rows]
    secrets.SystemRandom().shuffle(taken)
    return taken
