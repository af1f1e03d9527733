"""The words by which an action says what it is for and how far it is."""

from __future__ import annotations

import re
from typing import Final

from hardwon.domain.action import ActionState

_DONE: Final = re.compile(
    r"\b(?:completed?|done|finished|implemented|shipped|closed|resolved|fixed|merged)\b", re.IGNORECASE
)
_NOT: Final = re.compile(r"\b(?:not|in[- ]progress|partially|ongoing|planned|to be|un\w+)\b", re.IGNORECASE)
_STATES: Final[tuple[tuple[ActionState, re.Pattern[str]], ...]] = (
    (
        "cancelled",
        re.compile(
            r"\b(?:declined|won'?t (?:do|fix)|wontfix|cancell?ed|rejected|abandoned|obsolete)\b",
            re.IGNORECASE,
        ),
    ),
    ("blocked", re.compile(r"\b(?:blocked|stalled|on hold)\b", re.IGNORECASE)),
    (
        "in_progress",
        re.compile(
            r"\b(?:in[- ]progress|ongoing|started|wip|under way|underway|in review|doing)\b", re.IGNORECASE
        ),
    ),
)
_SAID: Final = re.compile(r"\(([^)]*)\)|[:-]\s*(completed|done)\s*$", re.IGNORECASE)
_STATUS: Final = re.compile(
    r"[*_]*status[*_]*\s*:[*_]*\s*(?P<state>(?:not |partially )?(?:done|open|declined|unresolved"
    r"|resolved|pending|unclear"
    r"|informational"
    r"|in[- ]progress|on[- ]?going|ongoing|wontfix|won't fix|blocked|stalled"
    r"|to ?do|completed?|fixed|new|planned|started|cancell?ed)"
    r"|[\w' -]{2,30}?(?=\s*[-\u2013\u2014:]\s|\s*$))\b\s*(?:[-\u2013\u2014:.]\s*)?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_LEAD: Final = re.compile(
    r"(?:✅|✔️?|☑️?|:white_check_mark:|\(done\)|\[done\]|done\b\s*[-\u2013:]?)\s*(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_TAIL: Final = re.compile(
    r"[\s\-\u2013:(\[*_]{0,6}(?:\b(?:done|completed|fixed|merged)\b!?|✅|✔️?)[)\]*_.]{0,4}\s{0,4}$",
    re.IGNORECASE,
)
_TAIL_LENGTH: Final = 30
_SHORTEST: Final = 8
_STRUCK: Final = re.compile(r"~~(?P<rest>.+?)~~\s*$", re.DOTALL)
_PAST: Final = re.compile(
    r"(?:\*\*|__)?(?:we(?:'ve|\u2019ve| have| already)\s+(?:\w+ly\s+)?)?(?P<verb>[A-Za-z][\w-]*ed"
    r"|sent|made|ran|built|wrote|began|took)\b",
    re.IGNORECASE,
)
_PAST_WE: Final = re.compile(r"we(?:'ve|\u2019ve| have| already)\b", re.IGNORECASE)
_NO_PAST: Final = frozenset(
    {"need", "proceed", "speed", "feed", "seed", "embed", "exceed", "shed", "red", "bed", "led"}
)
_PROCESS: Final = re.compile(
    r"\b(?:document\w*|runbooks?|playbooks?|train(?:ing)?|communicat\w*|process(?:es)?|procedures?"
    r"|drills?|polic(?:y|ies)"
    r"|checklists?|on-?call|review(?:s|ed|ing)?|schedule|declare|escalat\w*|rehears\w*|meeting"
    r"|ownership|guidelines?)\b",
    re.IGNORECASE,
)
_DETECT: Final = re.compile(
    r"\b(?:alert\w*|monitor\w*|detect\w*|dashboards?|metrics?|observab\w*|pag(?:e|ing)|alarms?"
    r"|logging|visib\w*|notif\w*"
    r"|icinga|nagios|probes?)\b",
    re.IGNORECASE,
)
_MITIGATE: Final = re.compile(
    r"\b(?:roll(?:back|[- ]?backs?)|failover|fail[- ]over|circuit break\w*|runbooks?|playbooks?"
    r"|throttl\w*|kill switch"
    r"|feature flags?|recover\w*|fallback|degrad\w*|isolat\w*|limit\w*|drain\w*|backups?)\b",
    re.IGNORECASE,
)
_REPAIR: Final = re.compile(
    r"\b(?:fix(?:ed|es|ing)?|repair\w*|revert\w*|restor\w*|backfill\w*|clean ?up|refund\w*|credits?"
    r"|replac\w*|re-?enable\w*"
    r"|bugs?|apologi\w*)\b",
    re.IGNORECASE,
)


def opening_state(heading: str, *, cell: bool = False) -> ActionState:
    """Return the state that a heading such as `Immediate actions (completed)`, or a status cell, speaks of."""
    said = None if cell else _SAID.search(heading)
    text = heading if cell else (said[1] or said[2] or "") if said else ""
    for state, pattern in _STATES:
        if pattern.search(text):
            return state
    done = "✅" in text or (_DONE.search(text) is not None and _NOT.search(text) is None)
    return "done" if done else "open"


def state_of_words(text: str, held: ActionState = "open") -> tuple[ActionState | None, str]:
    """Return the state an item's own words speak of (None: they do not), and the item without them."""
    if match := _STATUS.match(text):
        return opening_state(match["state"], cell=True), match["rest"] or text
    if match := _STRUCK.match(text):
        return "cancelled", match["rest"]
    if match := _LEAD.match(text):
        return "done", match["rest"]
    start = max(0, len(text) - _TAIL_LENGTH)
    tail = _TAIL.search(text, start)
    if tail and tail.start() > _SHORTEST and not _NOT.search(text, start):
        return "done", text[: tail.start()]
    past = _PAST.match(text)
    told = _PAST_WE.match(text) or (past and past["verb"].lower() not in _NO_PAST)
    if told and held == "open":
        return "done", text
    return None, text


def kind_of_promise(text: str) -> tuple[str, str]:
    """Return what the action is for, and whether it changes the technology or how people work."""
    side = "process" if _PROCESS.search(text) else "technical"
    head = text[:160]
    for kind, pattern in (("detect", _DETECT), ("mitigate", _MITIGATE), ("repair", _REPAIR)):
        if pattern.search(head):
            return kind, side
    return "prevent", side
