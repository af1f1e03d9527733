"""Action lists and tables: what was promised, by whom, until when, and how far it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from hardwon.domain.action import ActionState
from hardwon.exchange.moments import find_date, read_moment
from hardwon.exchange.plain_text import Item, clip, first_sentence, first_url, items_of, paragraphs_of, plain
from hardwon.exchange.promise_words import kind_of_promise, opening_state, state_of_words
from hardwon.exchange.tables import Table, tables_of

_OWNER: Final = re.compile(
    r"[\s.;,]{0,4}[(\[*_]{0,4}\b(?:owners?|assignees?|assigned to|assigned|dri|responsible|driver)\b[*_]*\s*[:=][*_\s]*"
    r"(?P<owner>@?[\w][\w.@'-]*(?:[ ][A-Z][\w'-]+)?)[)\]*_]*",
    re.IGNORECASE,
)
_MENTION: Final = re.compile(r"(?:^|(?<=[\s(\[,:]))@(?P<owner>[A-Za-z0-9][\w-]{1,38})(?![\w/])")
_DUE: Final = re.compile(
    r"[(\[,;.\s]{0,4}[*_]{0,3}\b(?:due(?: date| by| on)?|deadline|eta|target(?: date)?)\b[*_]*\s*:?\s*[*_]*(?=\S)",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"<?https?://[^\s>)\]]+>?")
_BOX: Final = re.compile(r"\[(?P<mark>[ xX~-])\]\s*")
_LABELLED: Final = re.compile(
    r"[*_]{0,2}(?:action items?|follow[- ]?ups?|next steps?|actionables?)\s*:[*_]{0,2}\s*(?P<text>\S.*)",
    re.IGNORECASE,
)
_COLUMNS: Final = {
    "text": re.compile(
        r"\b(?:actions?|items?|task|description|what|title|improvement|remediation|follow|summary)",
        re.IGNORECASE,
    ),
    "owner": re.compile(r"\b(?:owner|assignee|assigned|who|dri|responsible)\b", re.IGNORECASE),
    "due": re.compile(r"\b(?:due|deadline|eta|when|target|date|by when)\b", re.IGNORECASE),
    "state": re.compile(r"\b(?:status|state|done|progress)\b", re.IGNORECASE),
}
_BOLD_LEAD: Final = re.compile(r"(?:\*\*|__)(?P<lead>[^*\n]{3,200}?)(?:\*\*|__)\s+(?=[A-Z])")
_READ: Final = 4_000
"""How much of an item is looked through; all of it is kept."""
_TITLE: Final = 200


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """One action as it was written."""

    title: str
    text: str
    state: ActionState = "open"
    owner: str = ""
    due_on: date | None = None
    url: str = ""
    kind: str = "prevent"
    side: str = "technical"
    line: int = 0


def read_actions(lines: Sequence[tuple[int, str]], heading: str, day: date | None) -> list[Promise]:
    """Return the actions in a section's lists and tables; `heading` may say that they are done."""
    held = opening_state(heading)
    tables, rest = tables_of(lines)
    found = [promise for table in tables for promise in _of_table(table, day, held)]
    found += [promise for item in items_of(rest) if (promise := read_action(item, day, held))]
    return found + labelled_actions(rest, day)


def labelled_actions(lines: Sequence[tuple[int, str]], day: date | None) -> list[Promise]:
    """Return the actions written as a paragraph: `Action item: ...`."""
    found = []
    for text in paragraphs_of(lines):
        if match := _LABELLED.match(text):
            number = next((n for n, line in lines if line.strip() and line.strip() in text), 0)
            promise = read_action(Item(match["text"], "", number), day, "open")
            found += [promise] if promise else []
    return found


def read_action(item: Item, day: date | None, held: ActionState = "open") -> Promise | None:
    """Return the action an item tells of, or None for one without words."""
    text, state = item.text[:_READ], held
    if box := _BOX.match(text):
        state = "done" if box["mark"] in "xX" else "cancelled" if box["mark"] in "~-" else held
        text = text[box.end() :]
    worded, text = state_of_words(text, held)
    state = worded or state
    text, owner = _take_owner(text)
    text, due_on = _take_due(text, day)
    title = _title(text)
    if len(title) < 3:  # noqa: PLR2004  (an empty placeholder)
        return None
    kind, side = kind_of_promise(plain(text))
    whole = f"{item.text}\n{item.below}".strip() if item.below else item.text
    return Promise(
        title=title,
        text=whole if plain(whole) != title else "",
        state=state,
        owner=owner,
        due_on=due_on,
        url=first_url(whole),
        kind=kind,
        side=side,
        line=item.line,
    )


def _title(text: str) -> str:
    """Return an item's first sentence; a bold lead such as `**Alerts**: add ...` keeps what it leads to."""
    text = _ADDRESS.sub("", text) if _ADDRESS.sub("", text).strip(" -\u2013:.()[]") else text
    lead = _BOLD_LEAD.match(text)
    if lead and len(lead["lead"].split()) > 1 and not lead["lead"].endswith(":"):
        return clip(plain(lead["lead"]).strip(" .-\u2013"), _TITLE)
    words = plain(text).strip(" -\u2013:.[]()")
    sentence = first_sentence(text, _TITLE).strip(" -\u2013:[]()")
    return sentence if len(sentence.split()) > 2 else clip(words, _TITLE)  # noqa: PLR2004  (`PR.`, `See T1.`)


def _take_owner(text: str) -> tuple[str, str]:
    if match := _OWNER.search(text):
        rest = (text[: match.start()] + text[match.end() :]).strip()
        return rest, clip(match["owner"].lstrip("@").rstrip(".,;"), 200)
    if match := _MENTION.search(text):
        rest = re.sub(r"\(\s*\)|\[\s*\]", "", text[: match.start()] + text[match.end() :])
        return rest.strip(" -\u2013:,"), match["owner"]
    return text, ""


def _take_due(text: str, day: date | None) -> tuple[str, date | None]:
    for match in _DUE.finditer(text):
        found = read_moment(text, match.end())
        if found and (due_on := found[0].on(day)):
            rest = text[found[1] :].removeprefix(")").removeprefix("]")
            return f"{text[: match.start()]} {rest}".strip(), due_on
    return text, None


def _of_table(table: Table, day: date | None, held: ActionState) -> list[Promise]:
    columns: dict[str, int] = {}
    for name, pattern in _COLUMNS.items():
        column = table.column(pattern, but=columns.values())
        if column is not None:
            columns[name] = column
    if "text" not in columns:
        return []
    found = []
    for offset, row in enumerate(table.rows):
        promise = read_action(Item(row[columns["text"]], "", table.line + 2 + offset), day, held)
        if promise is None:
            continue
        cell = {name: row[column] for name, column in columns.items()}
        owner = plain(cell.get("owner", "")).lstrip("@").split(",")[0].strip()
        worded = opening_state(cell.get("state", ""), cell=True)
        found.append(
            msgspec.structs.replace(
                promise,
                owner=clip(owner, 200) if owner.strip("-\u2013?") else promise.owner,
                due_on=find_date(cell.get("due", ""), day) or promise.due_on,
                state=worded if worded != "open" else promise.state,
                text=" · ".join(part for part in row if part),
                url=promise.url or first_url(" ".join(row)),
            )
        )
    return found
