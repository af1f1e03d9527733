"""Styles, scripts and fonts: read once, addressed by what they hold, kept by browsers for good."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import Parameter

FOLDER: Final = Path(__file__).parent / "static"
_MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
_PACKED: Final = {".css", ".js", ".svg", ".txt"}


class Asset(msgspec.Struct, frozen=True):
    """One file: its media type, its bytes, and the same bytes gzipped (None: not worth it)."""

    media: str
    body: bytes
    packed: bytes | None


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Return every file that may be fetched, by its name below `/static`."""
    found = {}
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix in _MEDIA:
            body = path.read_bytes()
            packed = gzip.compress(body, 9, mtime=0) if path.suffix in _PACKED else None
            found[path.relative_to(FOLDER).as_posix()] = Asset(_MEDIA[path.suffix], body, packed)
    return found


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Return a name for all files together; it changes when any of them does."""
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(name.encode() + b"\0" + asset.body)
    return digest.hexdigest()[:16]


def address(name: str) -> str:
    """Return a file's address. Raises KeyError for one that does not exist."""
    assets()[name]
    return f"/static/{fingerprint()}/{name}"


@get("/static/{build:str}/{name:path}", sync_to_thread=False, include_in_schema=False)
def get_asset(
    request: Request[Any, Any, Any], build: Annotated[str, Parameter()], name: Annotated[str, Parameter()]
) -> Response[bytes]:
    """Send a file; under the address of this build it never changes."""
    asset = assets().get(name.lstrip("/"))
    if asset is None:
        raise NotFoundException
    lasting = "public, max-age=31536000, immutable" if build == fingerprint() else "no-cache"
    headers = {"Cache-Control": lasting, "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    body = asset.body
    if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = asset.packed, "gzip"
    return Response(body, media_type=asset.media, headers=headers)
