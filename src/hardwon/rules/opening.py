"""When a group of alerts is an incident."""

from __future__ import annotations

import re
from typing import Final

from hardwon.rules.expression import check_conditions, compile_condition

VARIABLES: Final = ("severity", "alerts", "minutes")


def check_opening(condition: str) -> None:
    """Raise InputError for a condition that cannot be asked."""
    check_conditions([condition], VARIABLES)


def opens(condition: str, *, severity: int, alerts: int, minutes: int) -> bool:
    """Tell whether a group of alerts is an incident. Raises InputError where the condition cannot be answered."""
    return compile_condition(condition, VARIABLES)(
        {"severity": severity, "alerts": alerts, "minutes": minutes}
    )


def asks_for_time(condition: str) -> bool:
    """Tell whether a condition may come true by waiting alone."""
    return re.search(r"\bminutes\b", condition) is not None
