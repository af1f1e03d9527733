"""Histories: who wrote which revision of a record, and two of them compared."""

from __future__ import annotations

from typing import Final

from litestar import Response
from litestar.params import FromPath, FromQuery

from hardwon.domain.comparison import shortened, side_by_side
from hardwon.domain.errors import NotFoundError
from hardwon.usecases import histories
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import pages
from hardwon.web.view import FOLDERS, AnyRequest, path_of, show

_ADDRESSES: Final = [
    f"/{folder}/{{record_id:str}}/history{ending}" for folder in FOLDERS.values() for ending in ("", ".json")
]


@pages(*_ADDRESSES)
def history_page(
    request: AnyRequest,
    record_id: FromPath[str],
    left: FromQuery[int | None] = None,
    right: FromQuery[int | None] = None,
    sides: FromQuery[bool] = False,  # noqa: FBT002  (a query parameter)
) -> Response[bytes]:
    """Show a record's revisions and what changed between two of them."""
    if request.url.path.removesuffix(".json") != f"{path_of(record_id)}/history":
        raise NotFoundError(f"{record_id} is not kept here.", fix=f"See {path_of(record_id)}.")
    page = histories.open_history(app_of(request), actor_of(request), record_id, left=left, right=right)
    lines = shortened(page.comparison.lines)
    context = {"lines": lines, "pairs": side_by_side(lines) if sides else ()}
    return show(request, "history.html", page, context=context)
