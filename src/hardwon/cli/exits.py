"""Exit codes, and the one place where an error becomes words on stderr and a code."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Final

import click

from hardwon.domain.errors import (
    ConflictError,
    ForbiddenError,
    HardwonError,
    InputError,
    NotFoundError,
    RuleError,
)

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
CONFLICT: Final = 4
FORBIDDEN: Final = 5
CHECK_FAILED: Final = 6
COULD_NOT_ASK: Final = 7
STOPPED: Final = 130
BROKEN_PIPE: Final = 141

_CODES: Final[tuple[tuple[type[HardwonError], int], ...]] = (
    (InputError, USAGE),
    (NotFoundError, NOT_FOUND),
    (ConflictError, CONFLICT),
    (RuleError, CONFLICT),
    (ForbiddenError, FORBIDDEN),
)


def code_of(error: HardwonError) -> int:
    """Return the exit code of an error; what is not listed has simply failed."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)


def report(error: BaseException) -> int:
    """Say on stderr what went wrong and how to mend it, and return the exit code."""
    if isinstance(error, HardwonError):
        return say(error.message, error.fix, code_of(error))
    if isinstance(error, click.ClickException):
        return _report_usage(error)
    if isinstance(error, click.Abort | KeyboardInterrupt):
        click.echo("stopped", err=True)
        return STOPPED
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    if isinstance(error, OSError):
        return say(_reason_of(error), _fix_of(error), FAILED)
    return _report_unexpected(error)


def colour() -> bool | None:
    """Return False where the person asked for no colour, else None: colour on a terminal only."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def say(message: str, fix: str, code: int) -> int:
    """Print `error:` and, where there is one, `fix:` on stderr; return `code`."""
    if _is_logged():
        logging.getLogger("hardwon.cli").error("%s %s", message, fix)
        return code
    click.echo(f"{click.style('error:', fg='red')} {message}", err=True, color=colour())
    if fix:
        click.echo(f"{click.style('fix:', bold=True)} {fix}", err=True, color=colour())
    return code


def _is_logged() -> bool:
    """Tell whether stderr is a log for programs by now; a command that never set one up loads none."""
    setup = sys.modules.get("hardwon.logs.setup")
    return bool(setup and setup.is_json())


def _report_usage(error: click.ClickException) -> int:
    context = error.ctx if isinstance(error, click.UsageError) else None
    fix = f"Try `{context.command_path} --help`." if context else ""
    return say(error.format_message(), fix, error.exit_code)


def _reason_of(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{where}."


def _fix_of(error: OSError) -> str:
    import errno

    return {
        errno.ENOSPC: "Free some space on that disk and run it again; nothing was half written.",
        errno.EACCES: "Give this user access to it, or choose another --workspace.",
        errno.EROFS: "That file system is read-only; choose another --workspace.",
        errno.EADDRINUSE: "Choose another --port, or stop what listens there.",
    }.get(error.errno or 0, "")


def _report_unexpected(error: BaseException) -> int:
    if _is_logged():
        logging.getLogger("hardwon.cli").error("unexpected error", exc_info=error)
        return FAILED
    log = _keep_log(error)
    where = f"The details are in {log}; please send it with a report." if log else ""
    return say(f"Hardwon did not expect this: {type(error).__name__}.", where, FAILED)


def _keep_log(error: BaseException) -> Path | None:
    """Write the traceback to a file of the user's own and return it, or None where none can be."""
    import tempfile

    text = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="hardwon-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
        ) as log:
            log.write(text)
    except OSError:
        return None
    return Path(log.name)
