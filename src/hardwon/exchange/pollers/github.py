"""GitHub: deliveries of a webhook that never came, fetched as they were sent while GitHub still keeps them.

What is fetched is trusted for whom it came from, by TLS and the token: GitHub gives the body back as JSON, not byte
for byte, so that its signature no longer fits.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.source import Source
from hardwon.exchange.pollers.ask import Answer, Ask, PollError, plain_address
from hardwon.exchange.pollers.poller import Found, Polled
from hardwon.exchange.webhooks.github import USED
from hardwon.exchange.webhooks.payload import Payload, moment_of
from hardwon.exchange.webhooks.source import MAX_BODY

_EXAMPLE: Final = "https://api.github.com/repos/OWNER/NAME/hooks/ID"
_HOOK: Final = re.compile(r".*/(repos/[^/]+/[^/]+|orgs/[^/]+)/hooks/[0-9]+")
_VERSION: Final = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_KEPT: Final = ("content-type", "user-agent", "x-github-delivery", "x-github-event")
_NEXT: Final = re.compile(r'<([^<>]{1,2000})>;\s*rel="next"')
_MOST_PAGES: Final = 100
_AGAIN: Final = timedelta(minutes=10)
"""So far behind the newest delivery that was seen a list is read again: they are not listed in order of arrival."""
_PASSED: Final = frozenset({404, 410, 413, 422})
"""Answers for a delivery that is no longer kept, or too long for us."""
_MOST_FAULTS: Final = 3
_MOST_PASSED: Final = 500


class _Cursor(msgspec.Struct, kw_only=True):
    """Until when everything is known, and how far this walk back in time is. What was `passed` over is not fetched
    once more.
    """

    until: str = ""
    newest: str = ""
    page: str = ""
    pages: int = 0
    etag: str = ""
    rising: str = ""
    passed: list[str] = []


class _Listed(NamedTuple):
    """One delivery in a list: GitHub's number of it, the key it keeps when it is sent again, its event, its time."""

    number: int
    key: str
    event: str
    at: str


class GitHubDeliveries:
    """The deliveries of a repository's or an organisation's webhook."""

    def check(self, address: str) -> str:
        """Return the webhook's address in the API. Raises InputError for another."""
        kept = plain_address(address, _EXAMPLE)
        if not _HOOK.fullmatch(urlsplit(kept).path):
            fix = f"Give {_EXAMPLE}; the id stands at the end of the webhook's address in GitHub's settings."
            raise InputError("That is no webhook's address in GitHub's API.", fix=fix)
        return kept

    def poll(self, source: Source, cursor: bytes, ask: Ask) -> Polled:
        """Walk back to what is known, and fetch what is not kept here, of the events that are read."""
        del source
        walk = _Walk(_read(cursor), ask)
        try:
            while ask.has_room():
                if walk.step():
                    return Polled(tuple(walk.found), msgspec.json.encode(walk.ended()))
        except PollError as error:
            return Polled(tuple(walk.found), msgspec.json.encode(walk.afresh()), fault=str(error))
        return Polled(tuple(walk.found), msgspec.json.encode(walk.at), more=True)


class _Walk:
    """One walk back through the list."""

    def __init__(self, at: _Cursor, ask: Ask) -> None:
        self.at, self.found = at, list[Found]()
        self._ask, self._faults = ask, list[PollError]()

    def ended(self) -> _Cursor:
        """Return from where the next walk starts."""
        at = self.at
        return _Cursor(
            until=at.newest or at.until, etag=at.rising or at.etag, passed=at.passed[-_MOST_PASSED:]
        )

    def afresh(self) -> _Cursor:
        """Return from where this walk starts again."""
        return _Cursor(until=self.at.until, passed=self.at.passed[-_MOST_PASSED:])

    def step(self) -> bool:
        """Read one page of the list and fetch what is wanted of it; tell whether it was the last. A page that is not
        done is read again. Raises PollError.
        """
        at, ask, first = self.at, self._ask, not self.at.page
        at.pages += 1
        if at.pages > _MOST_PAGES:
            raise PollError(f"its list does not end after {_MOST_PAGES} pages")
        query = {"per_page": "100", "cursor": at.page}
        answer = ask.get("/deliveries", query, etag=at.etag if first else "", headers=_VERSION)
        if answer.unchanged:
            return True
        listed = _listed(answer)
        if first:
            at.rising = answer.headers.get("etag", "")[:200]
            at.newest = max((at.until, *(one.at for one in listed)))
        if not self._fetch([(one.number, one.key) for one in listed if one.event in USED]):
            return False
        if self._faults:
            raise self._faults[0]
        at.page = _next(answer.headers.get("link", ""))
        oldest = min((one.at for one in listed), default="")
        return not at.page or not listed or _is_known(oldest, at.until)

    def _fetch(self, listed: list[tuple[int, str]]) -> bool:
        """Fetch the deliveries that are not kept here, oldest first; tell whether there was room for all.

        One that fails does not keep the others of its page back. Raises PollError where several do.
        """
        ask, found = self._ask, self.found
        kept = ask.known([key for _, key in listed]).union(
            self.at.passed, (one.headers["x-github-delivery"] for one in found)
        )
        wanted = {key: number for number, key in listed if key not in kept}
        for key, number in reversed(wanted.items()):
            if not ask.has_room():
                return False
            try:
                answer = ask.get(f"/deliveries/{number}", {}, headers=_VERSION)
            except PollError as error:
                if error.status in _PASSED:
                    self.at.passed.append(key)
                    continue
                self._faults.append(error)
                if ask.held_until or len(self._faults) == _MOST_FAULTS:
                    raise
                continue
            one = _found(answer.value, key)
            if one is None:
                self.at.passed.append(key)
            else:
                found.append(one)
        return True


def _found(value: Payload, key: str) -> Found | None:
    """Return a delivery as it was sent, None for one that is not kept or too large for us."""
    payload, told = value.at("request", "payload").value, value.at("request").texts("headers")
    if not isinstance(payload, dict):
        return None
    body = msgspec.json.encode(payload)
    if len(body) > MAX_BODY:
        return None
    headers = {name.lower(): text for name, text in told.items() if name.lower() in _KEPT}
    event = headers.get("x-github-event") or value.name("event")
    return Found(body, {**headers, "x-github-event": event, "x-github-delivery": key})


def _listed(answer: Answer) -> list[_Listed]:
    """Return the deliveries in a list. Raises PollError."""
    if not isinstance(answer.value.value, list):
        raise PollError("its answer is not GitHub's: is the address right?")
    listed = []
    for one in answer.value.items()[:100]:
        number, key, when = one.at("id").value, one.name("guid"), one.moment("delivered_at")
        if isinstance(number, int) and not isinstance(number, bool) and key and when:
            listed.append(_Listed(number, key, one.name("event"), _spelled(when)))
    return listed


def _next(link: str) -> str:
    """Return the cursor of the next page; where it leads besides is none of our business."""
    match = _NEXT.search(link[:10_000])
    try:
        found = parse_qs(urlsplit(match[1]).query).get("cursor", [""]) if match else [""]
    except ValueError:
        return ""
    return found[0][:500]


def _is_known(oldest: str, until: str) -> bool:
    known = moment_of(until)
    when = moment_of(oldest)
    return known is not None and when is not None and when < known - _AGAIN


def _spelled(when: datetime) -> str:
    return when.isoformat(timespec="microseconds")


def _read(cursor: bytes) -> _Cursor:
    try:
        return msgspec.json.decode(cursor, type=_Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Cursor()
