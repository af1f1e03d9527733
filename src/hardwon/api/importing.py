"""Import over HTTP: JSON Lines in the body, a look first."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, post
from litestar.params import FromQuery

from hardwon.api.identity import app_of, provide_actor
from hardwon.api.problem import MalformedError
from hardwon.domain.access import authorise
from hardwon.domain.errors import TooLargeError
from hardwon.usecases import imports
from hardwon.usecases.imports import ImportReport

MAX_IMPORT: Final = 64 * 1024 * 1024
_FIX: Final = "Split the file, or run `hardwon import` where the server is."


@post("/import", status_code=200, request_max_body_size=MAX_IMPORT, tags=["Import"])
async def import_lines(request: Request[Any, Any, Any], write: FromQuery[bool] = False) -> ImportReport:  # noqa: FBT002
    """Read JSON Lines of incidents and deployments; `?write=true` keeps them.

    The body goes to a file as it comes, so that a large one costs no memory.
    """
    authorise(provide_actor(request), "import")
    with _upload() as path:
        with path.open("wb") as file:
            size = 0
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_IMPORT:
                    raise TooLargeError("An import has at most 64 MiB.", fix=_FIX)
                await asyncio.to_thread(file.write, chunk)
        if not size:
            raise MalformedError("The body is empty.", fix="Send JSON Lines.")
        return await asyncio.to_thread(_run, request, path, write)


@contextmanager
def _upload() -> Iterator[Path]:
    """Give a file for one upload. Its folder and name are always these: a repeat is known by them."""
    with tempfile.TemporaryDirectory(prefix="hardwon-") as folder:
        path = Path(folder) / "uploads" / "upload.jsonl"
        path.parent.mkdir()
        yield path


def _run(request: Request[Any, Any, Any], path: Path, write: bool) -> ImportReport:  # noqa: FBT001
    report = imports.run(app_of(request), provide_actor(request), [path], write=write)
    folder = f"{path.parent}/"
    files = tuple(
        msgspec.structs.replace(
            file,
            path=file.path.removeprefix(folder),
            problems=tuple(
                msgspec.structs.replace(problem, path=problem.path.removeprefix(folder))
                for problem in file.problems
            ),
        )
        for file in report.files
    )
    return msgspec.structs.replace(report, files=files)
