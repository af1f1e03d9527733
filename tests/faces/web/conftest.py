"""The sample workspace behind a real server, and a browser in front of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.domain.evidence import Evidence
from hardwon.domain.lesson import Lesson
from hardwon.domain.note import Note
from hardwon.settings import Settings
from hardwon.usecases import artifacts, incidents, indexing, people, samples
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident

HOSTILE = (
    "<script>document.title='taken'</script>",
    "[click](javascript:document.title='taken')",
    "<img src=x onerror=\"document.title='taken'\">",
    "</title><svg/onload=document.title='taken'>",
)
"""Texts that take a page over where they are not escaped."""


@pytest.fixture(scope="session")
def sample_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The sample workspace, words only, with one incident and one lesson of hostile text."""
    settings = Settings(home=tmp_path_factory.mktemp("web"), meaning=False)
    with open_app(settings) as app:
        owner = people.local_owner(app)
        samples.load(app, owner)
        text = "\n\n".join(HOSTILE)
        hostile = NewIncident(title=HOSTILE[0], summary=text, services=(HOSTILE[2],), tags=(HOSTILE[3],))
        incidents.declare(app, owner, hostile)
        now = app.now()
        lesson = Lesson(id="new", title=HOSTILE[3], claim=text, body=text, written_at=now, updated_at=now)
        artifacts.write(app, owner, lesson)
        trap = Evidence(kind="link", url="javascript:document.title='taken'", title="click")
        note = Note(id="new", title="Trap", evidence=(trap,), written_at=now, updated_at=now)
        artifacts.write(app, owner, note)
        indexing.catch_up(app)
        yield app


@pytest.fixture(scope="session")
def site(sample_app: App) -> Iterator[str]:
    """The address of a server over the sample workspace."""
    server = uvicorn.Server(uvicorn.Config(create_asgi(sample_app), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
