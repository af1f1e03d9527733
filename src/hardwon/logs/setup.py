"""Where logs go: stderr, every library's through the same formatter."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter

from hardwon.logs.lines import as_json, as_text, with_traceback, without_secrets

Format = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]
_OURS: Final = ("hardwon", "uvicorn.error")
"""Heard at the level that is set; every other library from `warning` on."""
_SHARED: Final[list[Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def set_up(level: Level, form: Format, stream: TextIO | None = None) -> None:
    """Send every log line to `stream`, stderr unless given, in this form; what was set up before is replaced."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    drawn = as_json if form == "json" else as_text
    handler = _Handler(form, stream or sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[ProcessorFormatter.remove_processors_meta, with_traceback, without_secrets, drawn],
        )
    )
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger("uvicorn.access").disabled = True


def is_json() -> bool:
    """Tell whether a program reads this process's stderr: then no other line may stand there."""
    return any(isinstance(one, _Handler) and one.form == "json" for one in logging.getLogger().handlers)


class _Handler(logging.StreamHandler[TextIO]):
    """Our handler, told from those that a test or a host put in."""

    def __init__(self, form: Format, stream: TextIO) -> None:
        """Write to the stream in this form."""
        super().__init__(stream)
        self.form = form
