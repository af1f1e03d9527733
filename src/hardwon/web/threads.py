"""Threads in the pages: say or ask something about a section, reply, settle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from litestar.params import FromPath
from litestar.response import Redirect

from hardwon.usecases import questions, threads
from hardwon.web.fields import Form, number_in, text_in
from hardwon.web.identity import actor_of, app_of
from hardwon.web.pages import forms, pages
from hardwon.web.view import AnyRequest, path_of

_FOLDERS: Final = ("postmortems", "lessons", "runbooks", "notes")


@pages("/threads/{thread_id:str}")
def thread_page(request: AnyRequest, thread_id: FromPath[str]) -> Redirect:
    """Lead to a thread's place in its artifact, for those who see it."""
    thread = threads.get_thread(app_of(request), actor_of(request), thread_id)
    return Redirect(f"{path_of(thread.artifact)}#t-{thread.id}", status_code=303)


@forms(*(f"/{folder}/{{artifact_id:str}}/threads" for folder in _FOLDERS))
def say(request: AnyRequest, artifact_id: FromPath[str], data: Form) -> Redirect:
    """Keep a comment or a question. Where the tick for no name is set, no button overrides it.

    All answers look alike from outside; that a question was taken is told by a part of the address
    that no server and no proxy gets to see.
    """
    app, actor = app_of(request), actor_of(request)
    text, section = text_in(data, "text"), data.get("section", "")
    if data.get("anonymous"):
        questions.ask(app, actor, artifact_id, text, section=section)
        return _back(data, artifact_id, "asked")
    begin = threads.ask if data.get("kind") == "question" else threads.comment
    return _back(data, artifact_id, f"t-{begin(app, actor, artifact_id, text, section=section).id}")


@forms("/threads/{thread_id:str}/replies")
def reply(request: AnyRequest, thread_id: FromPath[str], data: Form) -> Redirect:
    """Answer in a thread."""
    thread = threads.reply(app_of(request), actor_of(request), thread_id, text_in(data, "text"))
    return _back(data, thread.artifact, f"t-{thread.id}")


@forms("/threads/{thread_id:str}/state")
def settle(request: AnyRequest, thread_id: FromPath[str], data: Form) -> Redirect:
    """Resolve a thread, or open it again."""
    change = threads.reopen if data.get("state") == "open" else threads.resolve
    thread = change(app_of(request), actor_of(request), thread_id, number_in(data, "expected"))
    return _back(data, thread.artifact, f"t-{thread.id}")


def _back(data: Mapping[str, str], artifact_id: str, place: str) -> Redirect:
    """Return to the page the form stood on: the editor, or the artifact."""
    page = f"{path_of(artifact_id)}/edit" if data.get("at") == "edit" else path_of(artifact_id)
    return Redirect(f"{page}#{place}", status_code=303)
