"""A runbook as a playbook, to take into another tool."""

from __future__ import annotations

from typing import Final

from litestar import MediaType, Response

from hardwon.usecases import playbooks
from hardwon.web.identity import actor_of, app_of
from hardwon.web.view import AnyRequest

CACAO: Final = ".cacao.json"


def playbook(request: AnyRequest, runbook_id: str) -> Response[bytes]:
    """Answer with a runbook as a CACAO 2.0 playbook, to be saved under its id."""
    body = playbooks.get_playbook(app_of(request), actor_of(request), runbook_id)
    headers = {"Content-Disposition": f'attachment; filename="{runbook_id}{CACAO}"'}
    return Response(body, media_type=MediaType.JSON, headers=headers)
