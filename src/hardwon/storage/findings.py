"""What does not fit in a trail, as far as it is told."""

from __future__ import annotations

from typing import Final

_MOST: Final = 100


class Findings:
    """What does not fit, at most a hundred lines."""

    def __init__(self) -> None:
        """Start with none."""
        self.problems: list[str] = []

    def add(self, problem: str) -> None:
        """Note one more problem."""
        if not self.full:
            self.problems.append(problem)

    @property
    def full(self) -> bool:
        """Whether to look no further."""
        return len(self.problems) >= _MOST
