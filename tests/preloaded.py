"""What commands import, imported once in the process that they are forked from."""

from __future__ import annotations

from importlib import import_module

import sqlalchemy.dialects.sqlite  # noqa: F401

import hardwon.asgi
import hardwon.bootstrap  # noqa: F401
from hardwon.cli.root import COMMANDS

for entry in COMMANDS.values():
    import_module(f"hardwon.cli.{entry.module}")
