"""Labels of many records at once, and the condition that a record carries one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from hardwon.storage.store import Reading
from hardwon.storage.tables import labels


def labels_by_record(reading: Reading, records: Sequence[str]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return {record: {axis: values}}, values in alphabetical order."""
    found: dict[str, dict[str, tuple[str, ...]]] = {record: {} for record in records}
    if not records:
        return found
    query = (
        select(labels.c.record, labels.c.axis, labels.c.value)
        .where(labels.c.record.in_(records))
        .order_by(labels.c.record, labels.c.axis, labels.c.value)
    )
    for row in reading.connection.execute(query):
        axes = found[row.record]
        axes[row.axis] = (*axes.get(row.axis, ()), row.value)
    return found


def carries(record: ColumnElement[Any], axis: str, value: str) -> ColumnElement[bool]:
    """Return the condition that a record carries a label."""
    return record.in_(select(labels.c.record).where(labels.c.axis == axis, labels.c.value == value))
