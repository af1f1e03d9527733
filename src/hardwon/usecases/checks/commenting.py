"""Saying a check's answer where the change is reviewed: one comment, edited when the change is checked again."""

from __future__ import annotations

from collections.abc import Mapping

from hardwon.domain.check import CheckAnswer
from hardwon.exchange.change_comments import put_comment, request_in
from hardwon.render.check_comment import MARKER, to_comment


def comment(answer: CheckAnswer, environ: Mapping[str, str], base: str = "") -> str:
    """Put the answer into the pull or merge request that `environ` says this job runs for; return what was done.

    Raises InputError where it runs for none, UnavailableError where the forge does not take the comment.
    """
    request = request_in(environ)
    done = put_comment(request, MARKER, to_comment(answer, base))
    return f"the comment on {request.forge} was {done}."
