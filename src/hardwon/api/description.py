"""The API's description: OpenAPI 3.1, and a page that lists the operations without any script."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from importlib.metadata import version
from typing import Any, Final

import msgspec
from litestar import Litestar, MediaType, Request, Response, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from hardwon.api.identity import PUBLIC
from hardwon.api.problem import MEDIA_TYPE, Problem

_PROBLEM: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_REFUSALS: Final = {
    "4XX": {
        "description": "The request is refused; the problem says why and what to do",
        "content": _PROBLEM,
    },
    "503": {"description": "Not available just now; Retry-After says when to ask again", "content": _PROBLEM},
}
_METHODS = ("get", "post", "put", "patch", "delete")


@lru_cache(maxsize=1)
def describe() -> bytes:
    """Return the OpenAPI document of all routes; made once, when first asked for."""
    from hardwon.api.routes import v1_router

    config = OpenAPIConfig(
        title="Hardwon",
        version=version("hardwon"),
        description="What a team learned from its deployments, found before the next one fails.",
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer", description="hw_...")}
        ),
        security=[{"token": []}],
        path="/internal-schema",
    )
    described = Litestar(route_handlers=[v1_router()], openapi_config=config, logging_config=None)
    schema: Any = described.openapi_schema.to_schema()
    schema["components"]["schemas"]["Problem"] = msgspec.json.schema(Problem)["$defs"]["Problem"]
    for item in schema["paths"].values():
        for method in _METHODS:
            if method in item:
                item[method]["responses"].pop("400", None)
                item[method]["responses"] |= _REFUSALS
    return msgspec.json.encode(schema)


@get("/api/v1/openapi.json", opt={PUBLIC: True}, sync_to_thread=True, include_in_schema=False)
def get_openapi() -> Response[bytes]:
    """Read the OpenAPI 3.1 document."""
    return Response(describe(), media_type=MediaType.JSON, headers={"Cache-Control": "public, max-age=300"})


@get("/api/docs", opt={PUBLIC: True}, sync_to_thread=True, include_in_schema=False)
def get_docs(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the operations as a page."""
    schema = msgspec.json.decode(describe())
    rows = "".join(_group(path, item) for path, item in sorted(schema["paths"].items()))
    base = escape(str(request.base_url).rstrip("/"))
    return Response(_PAGE.format(rows=rows, base=base), media_type=MediaType.HTML)


def _group(path: str, item: dict[str, Any]) -> str:
    return "".join(
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(item[method].get('description') or item[method].get('summary') or '')}</td></tr>"
        for method in _METHODS
        if method in item
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>API · Hardwon</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>The HTTP API</h1>
<p>Described by <a href="/api/v1/openapi.json">OpenAPI 3.1</a>; records by their
<a href="/schemas">JSON Schemas</a>. Send <code>Authorization: Bearer hw_...</code>, made by
<code>hardwon token issue</code>; on this machine alone an embedded workspace needs none.</p>
<pre><code>curl -H "Authorization: Bearer $HARDWON_TOKEN" "{base}/api/v1/search?q=stale+embeddings"</code></pre>
<p>Errors are problem details (RFC 9457) with a stable <code>code</code> and a <code>fix</code>. Lists go on
with <code>?after=</code> the <code>next</code> of the page before. Writes name the revision they are based on:
<code>If-Match: "3"</code>.</p>
<div tabindex="0" role="region" aria-label="Operations" style="overflow-x:auto"><table>
<thead><tr><th scope="col">Method</th><th scope="col">Address</th><th scope="col">What it does</th></tr></thead>
<tbody>{rows}</tbody></table></div></main></body></html>
"""
