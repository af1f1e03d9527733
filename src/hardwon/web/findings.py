"""What an incident rests on: contributing factors, and evidence with its files."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import MediaType, Response, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from hardwon.domain.errors import HardwonError
from hardwon.domain.evidence import Evidence
from hardwon.domain.factor import Factor
from hardwon.usecases import evidence, factors
from hardwon.web.fields import Form, checked, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.problem import status_of
from hardwon.web.view import AnyRequest, path_of

_UPLOAD = evidence.MAX_FILE + 1024 * 1024


class FileForm(msgspec.Struct, frozen=True):
    """A file to attach; a struct of its own because files come as multipart."""

    file: UploadFile
    expected: int
    title: str = ""


class TextFileForm(msgspec.Struct, frozen=True):
    """A file that belongs into a text."""

    file: UploadFile


@forms("/incidents/{incident_id:str}/factors")
def write_factor(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Redirect:
    """Name a factor, or judge the one at a position."""
    factor = checked(
        {
            "text": text_in(data, "text"),
            "kind": data.get("kind", "technical"),
            "standing": data.get("standing", "hypothesised"),
            "confidence": data.get("confidence") or None,
            "code": text_in(data, "code") or None,
            "note": text_in(data, "note"),
        },
        Factor,
    )
    position = number_in(data, "position") if data.get("position") else None
    app, actor = app_of(request), actor_of(request)
    factors.write_factor(app, actor, incident_id, factor, number_in(data, "expected"), position=position)
    return Redirect(f"{path_of(incident_id)}#factors", status_code=303)


@forms("/incidents/{incident_id:str}/factors/{position:int}/remove")
def remove_factor(
    request: AnyRequest, incident_id: FromPath[str], position: FromPath[int], data: Form
) -> Redirect:
    """Take a factor out; the revision before still has it."""
    expected = number_in(data, "expected")
    factors.remove_factor(app_of(request), actor_of(request), incident_id, position, expected)
    return Redirect(f"{path_of(incident_id)}#factors", status_code=303)


@forms("/incidents/{incident_id:str}/evidence")
def attach(request: AnyRequest, incident_id: FromPath[str], data: Form) -> Redirect:
    """Attach a link or an excerpt."""
    url, excerpt = text_in(data, "url"), text_in(data, "excerpt")
    values = {"title": text_in(data, "title"), "url": url, "excerpt": excerpt}
    piece = checked({**values, "kind": "link" if url or not excerpt else "excerpt"}, Evidence)
    evidence.attach(app_of(request), actor_of(request), incident_id, piece, number_in(data, "expected"))
    return Redirect(f"{path_of(incident_id)}#evidence", status_code=303)


@post(
    "/incidents/{incident_id:str}/files",
    status_code=303,
    sync_to_thread=True,
    request_max_body_size=_UPLOAD,
)
def attach_file(
    request: AnyRequest,
    incident_id: FromPath[str],
    data: Annotated[FileForm, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Redirect:
    """Attach a file."""
    evidence.attach_file(
        app_of(request),
        actor_of(request),
        incident_id,
        data.file.file.read(),
        data.expected,
        filename=data.file.filename,
        title=data.title.strip(),
    )
    return Redirect(f"{path_of(incident_id)}#evidence", status_code=303)


@post(
    "/postmortems/{postmortem_id:str}/files",
    status_code=201,
    sync_to_thread=True,
    request_max_body_size=_UPLOAD,
)
def attach_while_writing(
    request: AnyRequest,
    postmortem_id: FromPath[str],
    data: Annotated[TextFileForm, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[dict[str, str]]:
    """Attach a file to the postmortem's incident, and return the Markdown that shows it or links to it."""
    try:
        kept = evidence.attach_while_writing(
            app_of(request),
            actor_of(request),
            postmortem_id,
            data.file.file.read(),
            filename=data.file.filename,
        )
    except HardwonError as error:
        told = {"message": f"{error.message} {error.fix}".strip()}
        return Response(told, status_code=status_of(error), media_type=MediaType.JSON)
    name = "".join(c for c in kept.filename if c not in "[]\\`<>*_") or "file"
    text = f"{'!' if kept.shown else ''}[{name}]({path_of(kept.incident)}/files/{kept.sha256})"
    return Response({"text": text}, media_type=MediaType.JSON)


@forms("/incidents/{incident_id:str}/evidence/{position:int}/remove")
def detach(request: AnyRequest, incident_id: FromPath[str], position: FromPath[int], data: Form) -> Redirect:
    """Take a piece of evidence off."""
    expected = number_in(data, "expected")
    evidence.detach(app_of(request), actor_of(request), incident_id, position, expected)
    return Redirect(f"{path_of(incident_id)}#evidence", status_code=303)


@pages("/incidents/{incident_id:str}/files/{sha256:str}")
def file_page(request: AnyRequest, incident_id: FromPath[str], sha256: FromPath[str]) -> Response[Any]:
    """Send a file: a picture to be shown, anything else to be saved, never as a page of this site."""
    kept = evidence.open_file(app_of(request), actor_of(request), incident_id, sha256)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in kept.filename)
    headers = {
        "Content-Disposition": f'{"inline" if kept.shown else "attachment"}; filename="{plain}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
    }
    return Response(kept.path.read_bytes(), media_type=kept.media_type, headers=headers)
