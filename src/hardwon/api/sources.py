"""Sources over HTTP: set up, changed, looked into, mapped and asked; for an admin alone."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter
from msgspec import Meta

from hardwon.api.identity import Asker, OpenApp
from hardwon.api.paging import After, Limit
from hardwon.api.revision import expected_revision, with_etag
from hardwon.api.standard import RulesText
from hardwon.domain.gate import Gate
from hardwon.domain.source import DEFAULT_OPENS, Opens, Poll, QuietMinutes, SeverityWord, Source
from hardwon.domain.text import Line, Name, Title, Url
from hardwon.usecases import mappings, polling, sources
from hardwon.usecases.checks import rules
from hardwon.usecases.mappings import MappingText, Trial
from hardwon.usecases.polling import Polling
from hardwon.usecases.sources import NewSource, SourcePage

AnyRequest = Request[Any, Any, Any]
_NEVER_STORED: Final = {"Cache-Control": "no-store"}
Delivery = Annotated[int, PathParameter(ge=1, le=2**53)]


class WithSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A new source and its secret, which is shown this once."""

    source: Source
    secret: str


class GivenSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be changed of a source; its kind stays, and its mapping and its poll have addresses of their own."""

    title: Title
    active: bool = True
    team: Name | None = None
    severities: Annotated[tuple[SeverityWord, ...], Meta(max_length=100)] = ()
    opens: Opens = DEFAULT_OPENS
    quiet_minutes: QuietMinutes = 10


class GivenSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sender's own secret; empty for a random one."""

    secret: Annotated[str, Meta(max_length=500)] = ""


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret, shown this once."""

    secret: str


class KeptDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as it came: the headers that are kept, and the body as text."""

    headers: dict[str, str]
    body: str


class GivenTrial(RulesText, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping as TOML and what it is tried on, the last delivery that is kept where `body` is empty."""

    body: Annotated[str, Meta(max_length=200_000)] = ""
    headers: Annotated[dict[str, str], Meta(max_length=100)] | None = None


class GivenPoll(Poll, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a source is asked and how often; with no token the one before stays, but for another address."""

    token: Annotated[str, Meta(max_length=1_000)] = ""


class GivenGate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where protection rules are answered: a token, or the private key of the App of this id."""

    api: Annotated[Url, Meta(min_length=1)] = "https://api.github.com"
    app: Line = ""
    secret: Annotated[str, Meta(max_length=10_000)] = ""


@get("/", sync_to_thread=True)
def list_sources(app: OpenApp, actor: Asker) -> dict[str, Any]:
    """List the sources, at most two hundred."""
    return {"rows": sources.get_sources(app, actor), "next": None}


@post("/", sync_to_thread=True)
def add_source(app: OpenApp, actor: Asker, data: JSONBody[NewSource]) -> Response[WithSecret]:
    """Add a source. Its secret is in this answer and in no other."""
    made, secret = sources.add(app, actor, data)
    headers = {"ETag": f'"{made.revision}"', "Location": f"/api/v1/sources/{made.id}", **_NEVER_STORED}
    return Response(WithSecret(source=made, secret=secret), status_code=201, headers=headers)


@get("/{source_id:str}", sync_to_thread=True)
def get_source(
    app: OpenApp, actor: Asker, source_id: FromPath[str], limit: Limit = 50, after: After = None
) -> Response[SourcePage]:
    """Read a source and a page of its deliveries, newest first."""
    found = sources.get_source(app, actor, source_id, limit=limit, after=after)
    return with_etag(found.source, found)


@put("/{source_id:str}", sync_to_thread=True)
def change_source(
    request: AnyRequest, app: OpenApp, actor: Asker, source_id: FromPath[str], data: JSONBody[GivenSource]
) -> Response[Source]:
    """Replace what is said of a source. Needs If-Match."""
    expected = expected_revision(request)
    stored = sources.get_source(app, actor, source_id, limit=1).source
    changed = msgspec.structs.replace(stored, **msgspec.structs.asdict(data))
    return with_etag(sources.change(app, actor, changed, expected))


@post("/{source_id:str}/secret", status_code=200, sync_to_thread=True)
def renew_secret(
    app: OpenApp, actor: Asker, source_id: FromPath[str], data: JSONBody[GivenSecret]
) -> Response[Secret]:
    """Give a source another secret; the one before holds on until the next."""
    secret = Secret(secret=sources.renew_secret(app, actor, source_id, data.secret))
    return Response(secret, headers=_NEVER_STORED)


@get("/{source_id:str}/deliveries/{delivery:int}", sync_to_thread=True)
def get_delivery(
    app: OpenApp, actor: Asker, source_id: FromPath[str], delivery: Delivery
) -> Response[KeptDelivery]:
    """Read a delivery as it came."""
    headers, body = sources.get_body(app, actor, source_id, delivery)
    return Response(KeptDelivery(headers=headers, body=body.decode("utf-8", "replace")))


@post("/{source_id:str}/deliveries/{delivery:int}/replay", status_code=202, sync_to_thread=True)
def replay_delivery(app: OpenApp, actor: Asker, source_id: FromPath[str], delivery: Delivery) -> None:
    """Let a delivery be read once more."""
    sources.replay(app, actor, source_id, delivery)


@get("/{source_id:str}/mapping", sync_to_thread=True)
def get_mapping(app: OpenApp, actor: Asker, source_id: FromPath[str]) -> MappingText:
    """Read the mapping of a source as TOML, empty where it has none."""
    return mappings.get_mapping(app, actor, source_id)


@post("/{source_id:str}/mapping/trial", status_code=200, sync_to_thread=True)
def try_mapping(app: OpenApp, actor: Asker, source_id: FromPath[str], data: JSONBody[GivenTrial]) -> Trial:
    """Say what a mapping would make of a body; nothing is kept."""
    return mappings.try_mapping(app, actor, source_id, data.text, data.body, data.headers)


@put("/{source_id:str}/mapping", sync_to_thread=True)
def write_mapping(
    request: AnyRequest, app: OpenApp, actor: Asker, source_id: FromPath[str], data: JSONBody[RulesText]
) -> Response[Source]:
    """Map what a generic source sends; an empty text takes the mapping away. Needs If-Match."""
    expected = expected_revision(request)
    return with_etag(mappings.write_mapping(app, actor, source_id, data.text, expected))


@get("/{source_id:str}/poll", sync_to_thread=True)
def get_poll(app: OpenApp, actor: Asker, source_id: FromPath[str]) -> Polling:
    """Read whether a source can be asked, and how that goes; its token is never told."""
    return polling.get_polling(app, actor, source_id)


@put("/{source_id:str}/poll", sync_to_thread=True)
def set_poll(
    request: AnyRequest, app: OpenApp, actor: Asker, source_id: FromPath[str], data: JSONBody[GivenPoll]
) -> Response[Source]:
    """Let a source be asked, at once and from now on. Needs If-Match."""
    poll = Poll(address=data.address, minutes=data.minutes)
    expected = expected_revision(request)
    return with_etag(polling.set_up(app, actor, source_id, poll, data.token, expected))


@delete("/{source_id:str}/poll", status_code=200, sync_to_thread=True)
def stop_poll(request: AnyRequest, app: OpenApp, actor: Asker, source_id: FromPath[str]) -> Response[Source]:
    """Ask a source no more; its token is dropped. Needs If-Match."""
    return with_etag(polling.stop(app, actor, source_id, expected_revision(request)))


@put("/{source_id:str}/gate", sync_to_thread=True)
def set_gate(
    request: AnyRequest, app: OpenApp, actor: Asker, source_id: FromPath[str], data: JSONBody[GivenGate]
) -> Response[Source]:
    """Say where a GitHub source's deployment protection rules are answered, and with what. Needs If-Match."""
    gate, expected = Gate(api=data.api, app=data.app), expected_revision(request)
    return with_etag(rules.set_up(app, actor, source_id, gate, data.secret, expected))


@post("/{source_id:str}/poll/now", status_code=202, sync_to_thread=True)
def poll_now(app: OpenApp, actor: Asker, source_id: FromPath[str]) -> None:
    """Let a source be asked at once."""
    polling.poll_now(app, actor, source_id)


router = Router(
    "/sources",
    route_handlers=[
        list_sources,
        add_source,
        get_source,
        change_source,
        renew_secret,
        get_delivery,
        replay_delivery,
        get_mapping,
        try_mapping,
        write_mapping,
        get_poll,
        set_poll,
        stop_poll,
        poll_now,
        set_gate,
    ],
    tags=["Sources"],
)
