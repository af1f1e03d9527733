"""The check: asked, shown in every form, said where the change is, and kept where it was a gate."""

from __future__ import annotations

from hardwon.usecases.checks.asking import MAX_TEXT, RULES_FILE, check

__all__ = ["MAX_TEXT", "RULES_FILE", "check"]
