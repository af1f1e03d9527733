"""Gates that do not wait on the line: GitHub's protection rules, and models that are put to work."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final

import msgspec

from hardwon.domain.access import EVERYONE, authorise
from hardwon.domain.actor import Actor, system
from hardwon.domain.capture import name_of
from hardwon.domain.check import CheckAnswer, CheckQuestion
from hardwon.domain.deployment import Deployment
from hardwon.domain.errors import ConflictError, HardwonError, InputError, NotFoundError
from hardwon.domain.event import Event
from hardwon.domain.gate import JOB, Asked, Gate
from hardwon.domain.source import Source
from hardwon.exchange.pollers.ask import plain_address
from hardwon.exchange.protection_rules import answer_rule, check_callback
from hardwon.render.check_comment import plain_text
from hardwon.storage.jobs import Job, claim, fail, finish
from hardwon.storage.queries.records import get_record
from hardwon.storage.sources import drop_secrets, put_secret, secrets_of
from hardwon.usecases.app import App
from hardwon.usecases.checks.gates import Gated, answer_in_time, settle

LOG: Final = logging.getLogger("hardwon.gates")
_SPARE: Final = timedelta(minutes=2)
_WAITS: Final = (5, 30, 120, 600)
"""Seconds until the answer is sent again where GitHub did not take it; the last of them from then on."""
_LONGEST_SECRET: Final = 10_000
_COMMENT: Final = 1_000
"""Characters of what GitHub shows beside its rule."""


def set_up(app: App, actor: Actor, source_id: str, gate: Gate, secret: str, expected_revision: int) -> Source:
    """Let a GitHub source's protection rules be answered, with a token or the App's private key, which is sealed. With
    no secret the one before stays.

    Raises ForbiddenError, NotFoundError, RevisionConflictError, InputError for what cannot be used.
    """
    authorise(actor, "administer")
    given = secret.strip()
    if len(given) > _LONGEST_SECRET or not given.isascii() or (" " in given and "-----BEGIN" not in given):
        raise InputError("That is no token and no key.", fix="Give a token, or the App's private key in PEM.")
    kept = msgspec.structs.replace(gate, api=plain_address(gate.api.strip(), "https://api.github.com"))
    with app.store.begin(actor, app.now()) as tx:
        stored = tx.get_as(actor, "administer", Source, source_id)
        if stored.kind != "github":
            raise InputError("Only GitHub asks by protection rules.", fix="Use /gates for other systems.")
        moved = stored.gate is not None and stored.gate.api != kept.api
        if moved and not given:
            raise InputError("Another API needs its own secret.", fix="Give the secret too.")
        changed = msgspec.structs.replace(stored, gate=kept, updated_at=app.now())
        saved = tx.save(
            changed, (Event(verb="revised", detail="answers protection rules"),), expected_revision
        )
        if given:
            put_secret(tx, app.settings.home, _owner(source_id), given)
            drop_secrets(tx, _owner(source_id), keep=1)
    app.doors.forget(source_id)
    return saved


def answer_due(app: App) -> bool:
    """Answer the gate that is due longest, and tell whether there was one; for the worker."""
    lease = timedelta(seconds=app.settings.gate_seconds) + _SPARE
    with app.store.begin(system(), app.now()) as tx:
        job = claim(tx, "gates", lease, kinds=(JOB,))
    if job is None:
        return False
    try:
        _answer(app, job)
    except InputError as error:  # another try would go the same way
        LOG.warning("a gate is not answered: %s", error)
        _end(app, job, f"{error.message} {error.fix}")
    except ConflictError as error:
        LOG.info("%s", error)
    except HardwonError as error:
        wait = _WAITS[min(job.attempt, len(_WAITS)) - 1]
        with app.store.begin(system(), app.now()) as tx:
            fail(tx, job, str(error), app.now() + timedelta(seconds=wait))
    else:
        _end(app, job)
    return True


def _end(app: App, job: Job, why: str = "") -> None:
    with app.store.begin(system(), app.now()) as tx:
        finish(tx, job)
        if why:
            tx.audit("refused", "source", str(job.payload.get("asked", {}).get("source", "")), why[:500])


def _answer(app: App, job: Job) -> None:
    if name := job.payload.get("deployment"):
        _promotion(app, str(name))
        return
    asked = msgspec.convert(job.payload["asked"], Asked)
    with app.store.read(None) as reading:
        source = get_record(reading, Source, asked.source)
        secrets = secrets_of(reading, app.settings.home, _owner(asked.source))
    if source.gate is None or not secrets or not source.active:
        raise InputError("The source has no gate.", fix="Say where its rules are answered, and with what.")
    check_callback(source.gate, asked)
    gated = _ask(app, _public(), "github", _question(asked), EVERYONE)
    state = "approved" if gated.go else "rejected"
    said = {"state": state, "comment": comment_of(gated)}
    answer_rule(source.gate, asked, secrets[0], said, app.settings.reachable, app.now())


def _promotion(app: App, name: str) -> None:
    """Keep what was known of a model as it was put to work."""
    try:
        with app.store.read(None) as reading:
            stored = get_record(reading, Deployment, name)
    except NotFoundError:
        return
    question = CheckQuestion(
        deployment=name,
        title=stored.title,
        services=(stored.service,) if stored.service else (),
        environment=stored.environment,
        version=stored.version,
        models=(stored.package,) if stored.package else (),
    )
    _ask(app, _public(stored.scope), "mlflow", question, stored.scope)


def _ask(app: App, actor: Actor, gate: Any, question: CheckQuestion, scope: str) -> Gated:
    """Ask, and settle for no answer where there is none; what hinders it is no reason to let a change wait."""
    try:
        answer = answer_in_time(app, actor, question)
    except HardwonError as error:
        answer = CheckAnswer(verdict="unchecked", summary=f"It was not checked: {error.message}"[:2_000])
    return settle(app, actor, gate, question, answer, scope=scope)


def _question(asked: Asked) -> CheckQuestion:
    return CheckQuestion(
        title=asked.title,
        text=asked.text[:20_000],
        services=tuple(word for word in (name_of(asked.service),) if word),
        environment=name_of(asked.environment),
        version=asked.version,
    )


def _public(scope: str = EVERYONE) -> Actor:
    """Return who asks in the house's name: they see what everyone sees, for others will read the answer."""
    grants = () if scope == EVERYONE else (scope,)
    return Actor(id="system", name="Hardwon", roles=("service",), grants=grants, permissions=("ask",))


def comment_of(gated: Gated) -> str:
    """Return what GitHub shows: the three lines, in which what people wrote stays text."""
    lines = [plain_text(line, 300) for line in gated.text.splitlines()]
    return "\n\n".join(lines)[:_COMMENT]


def _owner(source_id: str) -> str:
    """Return under which name a gate's secret is sealed."""
    return f"{source_id}:gate"
