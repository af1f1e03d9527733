"""The tools: each decodes its arguments, calls one use case, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from hardwon.domain.access import Permission
from hardwon.domain.actor import Actor
from hardwon.domain.check import CheckAnswer, CheckQuestion
from hardwon.domain.search import Filters
from hardwon.mcp.framing import NOTICE
from hardwon.mcp.questions import Change, Noticed, Promises, Symptoms, Which, Words
from hardwon.usecases import actions, checks, observations, search, similar, texts
from hardwon.usecases.app import App


class Answer(NamedTuple):
    """What a tool answers: a sentence of our own, and what is data, whole and in words."""

    said: str
    data: Any
    text: str = ""


class Tool(NamedTuple):
    """One tool. `permission` is what its caller must hold; one that writes says so by it."""

    name: str
    title: str
    description: str
    question: type[msgspec.Struct]
    permission: Permission
    answer: Callable[[App, Actor, Any], Answer]

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.permission == "write"


def _check(app: App, actor: Actor, asked: Change) -> Answer:
    found: CheckAnswer = checks.check(
        app, actor, msgspec.convert(msgspec.structs.asdict(asked), CheckQuestion)
    )
    return Answer(f"The verdict is {found.verdict}. {found.summary}.", found)


def _similar(app: App, actor: Actor, asked: Symptoms) -> Answer:
    found = similar.similar(
        app,
        actor,
        title=asked.title,
        text=asked.text,
        services=asked.services,
        incident=asked.incident,
        limit=asked.limit,
    )
    return Answer(_counted(len(found.hits), "like this, the likest first"), found)


def _lessons(app: App, actor: Actor, asked: Words) -> Answer:
    filters = Filters(kinds=("lesson",), services=asked.services)
    found = search.search(app, actor, asked.query, filters=filters, limit=asked.limit)
    return Answer(_counted(found.total, f"found, {len(found.hits)} of them here"), found)


def _artifact(app: App, actor: Actor, asked: Which) -> Answer:
    found = texts.get_text(app, actor, asked.id)
    said = "This is its beginning; the rest is too long." if found.cut else "This is all of it."
    return Answer(said, found, found.text)


def _promises(app: App, actor: Actor, asked: Promises) -> Answer:
    found = actions.list_actions(
        app,
        actor,
        service=asked.service,
        team=asked.team,
        unfinished=True,
        limit=asked.limit,
        after=asked.after,
    )
    more = "; `next` leads on" if found.next else ""
    return Answer(_counted(len(found.rows), f"unfinished, what is due first on top{more}"), found)


def _observation(app: App, actor: Actor, asked: Noticed) -> Answer:
    given = msgspec.convert(msgspec.structs.asdict(asked), observations.GivenObservation)
    kept = observations.note(app, actor, given)
    return Answer(f"It is kept as {kept.id}; a person will triage it.", kept)


def _counted(number: int, what: str) -> str:
    return f"{number or 'None'} {what}."


TOOLS: Final = {
    tool.name: tool
    for tool in (
        Tool(
            "check_change",
            "What do we know about a change like this?",
            "Ask before a change ships: the lessons that apply, promises that are still open, unproven runbooks, "
            "incidents that look like it, its risk, and a verdict (pass, warn, block) by the team's rules.",
            Change,
            "ask",
            _check,
        ),
        Tool(
            "similar_incidents",
            "Was this seen before?",
            "Ask with what is known of an incident, even one line: past incidents, lessons and runbooks most "
            "like it, each with its reason.",
            Symptoms,
            "ask",
            _similar,
        ),
        Tool(
            "search_lessons",
            "Search lessons",
            "Search what was learned, by words and meaning.",
            Words,
            "ask",
            _lessons,
        ),
        Tool(
            "get_artifact",
            "Read a record",
            "Read one record whole, as Markdown: an incident, a postmortem, a lesson, a runbook, a note, an action, "
            "a review, an observation or a deployment.",
            Which,
            "read",
            _artifact,
        ),
        Tool(
            "list_open_actions",
            "What was promised and is not done?",
            "List unfinished actions, what is due first on top; of one service or team, or all.",
            Promises,
            "read",
            _promises,
        ),
        Tool(
            "record_observation",
            "Note what is worth knowing",
            "Note a near miss, a threat, an outside postmortem or a user's need, for a person to triage.",
            Noticed,
            "write",
            _observation,
        ),
    )
}


def structured(answer: Answer) -> dict[str, Any]:
    """Return an answer for programs."""
    return {"notice": NOTICE, "said": answer.said, "answer": msgspec.to_builtins(answer.data)}


def text(answer: Answer) -> str:
    """Return what is data in an answer, in words or as JSON."""
    return answer.text or msgspec.json.format(msgspec.json.encode(answer.data), indent=1).decode()
