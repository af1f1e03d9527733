"""Revisions over HTTP: the same three routes for every kind of record that has a history."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, PathParameter, QueryParameter

from hardwon.api.identity import Asker, OpenApp
from hardwon.domain.comparison import Comparison
from hardwon.domain.errors import NotFoundError
from hardwon.domain.record import RecordKind
from hardwon.domain.text import kind_of
from hardwon.usecases import histories

Number = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]
Compared = Annotated[int, QueryParameter(ge=1, le=2**31 - 1)]


def expect_kind(record_id: str, kind: RecordKind) -> None:
    """Raise NotFoundError where the id is not of this address's kind."""
    if kind_of(record_id) != kind:
        raise NotFoundError(f"There is no {kind} {record_id}.", fix="Find its id with /api/v1/search.")


def history_routes(kind: RecordKind) -> list[HTTPRouteHandler]:
    """Return the routes that read one kind's history."""

    @get("/{record_id:str}/revisions", sync_to_thread=True, operation_id=f"list_{kind}_revisions")
    def get_history(app: OpenApp, actor: Asker, record_id: FromPath[str]) -> dict[str, Any]:
        """List who wrote which revision, newest first."""
        expect_kind(record_id, kind)
        return {"rows": histories.get_history(app, actor, record_id), "next": None}

    @get("/{record_id:str}/revisions/{number:int}", sync_to_thread=True, operation_id=f"get_{kind}_revision")
    def get_revision(app: OpenApp, actor: Asker, record_id: FromPath[str], number: Number) -> Response[Any]:
        """Read one revision as it was written."""
        expect_kind(record_id, kind)
        return Response(histories.get_revision(app, actor, record_id, number))

    @get("/{record_id:str}/compare", sync_to_thread=True, operation_id=f"compare_{kind}")
    def compare(
        app: OpenApp, actor: Asker, record_id: FromPath[str], left: Compared, right: Compared
    ) -> Comparison:
        """Compare two revisions line by line."""
        expect_kind(record_id, kind)
        return histories.compare(app, actor, record_id, left, right)

    return [get_history, get_revision, compare]
