"""One application: the pages and the API over one open workspace."""

from __future__ import annotations

from litestar import Litestar
from litestar.datastructures import State

from hardwon.api.routes import api_router
from hardwon.usecases.app import App
from hardwon.web.problem import HANDLERS
from hardwon.web.routes import static_router, web_router


def create_asgi(app: App) -> Litestar:
    """Return the application that serves this workspace."""
    return Litestar(
        [web_router, static_router, api_router],
        state=State({"hardwon": app}),
        openapi_config=None,
        exception_handlers=HANDLERS,
        logging_config=None,
    )
