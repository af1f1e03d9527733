"""A change as a question to recall."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hardwon.domain.check import CheckQuestion
from hardwon.domain.deployment import Deployment
from hardwon.domain.diff import ReadChange
from hardwon.domain.search import Filters, Probe, Signature

ANSWERS = 12
"""Documents that a check weighs at most."""


def asked_of(question: CheckQuestion, stored: Deployment) -> CheckQuestion:
    """Return the question, with all that it leaves open taken from a stored deployment."""
    texts = [stored.description, *(change.text for change in stored.changes)]
    files = (name for change in stored.changes for name in change.files)
    models = (stored.versions.model, stored.package)
    return msgspec.structs.replace(
        question,
        title=question.title or stored.title,
        text="\n\n".join([question.text, *texts]).strip(),
        files=tuple(dict.fromkeys((*question.files, *files))),
        services=question.services or ((stored.service,) if stored.service else ()),
        environment=question.environment or stored.environment,
        version=question.version or stored.version,
        models=question.models or tuple(model for model in models if model),
    )


def probe_of(
    question: CheckQuestion,
    change: ReadChange,
    *,
    scopes: tuple[str, ...] | None,
    at: datetime,
    until: datetime | None = None,
    words_only: bool = False,
    like: str = "",
) -> Probe:
    """Return what recall is asked of a change at `at`; with `until`, as of that day."""
    return Probe(
        title=question.title or change.title,
        text=change.text,
        scopes=scopes,
        signature=Signature(
            services=question.services,
            environments=(question.environment,) if question.environment else (),
            files=question.files,
            models=question.models,
        ),
        filters=Filters(kinds=("lesson", "incident"), until=until),
        at=at,
        limit=ANSWERS,
        words_only=words_only,
        like=like,
    )
