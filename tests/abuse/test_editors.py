"""Two people write into one postmortem over a slow network that comes and goes: nothing typed is lost, and
"All saved" is never said of what the server does not have. `HARDWON_EDIT_SECONDS` says for how long.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Route

from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.domain.postmortem import text_of
from hardwon.settings import Settings
from hardwon.usecases import incidents, people, postmortems
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from tests.fresh import fresh

SECONDS = float(os.environ.get("HARDWON_EDIT_SECONDS", "10"))
SECTIONS = ("impact", "rollback", "lessons")
SETTLING = 90.0


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A workspace with one postmortem."""
    with open_app(Settings(home=fresh(tmp_path), meaning=False)) as opened:
        owner = people.local_owner(opened)
        name = incidents.declare(opened, owner, NewIncident(title="Search is slow")).id
        postmortems.begin(opened, owner, name)
        yield opened


@pytest.fixture
def address(app: App) -> Iterator[str]:
    """The editor's address on a real server."""
    server = uvicorn.Server(uvicorn.Config(create_asgi(app), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/postmortems/PM-0001/edit"
    server.should_exit = True
    thread.join(10)


def kept(app: App) -> dict[str, str]:
    """What the server has of each section."""
    written = postmortems.get_postmortem(app, people.local_owner(app), "PM-0001")
    return {name: text_of(written, name) for name in SECTIONS}


class Writer:
    """One person at an editor, with a network of their own."""

    def __init__(self, name: str, browser: Browser, address: str, chance: random.Random) -> None:
        self.name, self.chance = name, chance
        self.context: BrowserContext = browser.new_context()
        self.steady = False
        self.context.route("**/sections/**", self._carry)
        self.page: Page = self.context.new_page()
        self.page.goto(address)
        self.typed: list[tuple[str, str]] = []

    def _carry(self, route: Route) -> None:
        luck = 1.0 if self.steady else self.chance.random()
        if luck < 0.3:  # the request is lost
            route.abort()
        elif luck < 0.45:  # the answer is lost, the server has the text
            route.fetch()
            route.abort()
        else:
            route.continue_()

    def turn(self) -> None:
        """Settle what is disputed, then type a word; now and then the network goes or comes back."""
        if self.chance.random() < 0.15:
            self.context.set_offline(offline=self.chance.random() < 0.5 and not self.steady)
        self.settle()
        section = self.chance.choice(SECTIONS)
        word = f"{self.name}{len(self.typed)}."
        area = self.page.locator(f"#t-{section}")
        area.fill(f"{area.input_value()} {word}".strip())
        self.typed.append((section, word))
        if self.chance.random() < 0.3:
            area.blur()

    def settle(self) -> None:
        """Keep both texts wherever somebody else wrote."""
        self.page.evaluate("document.querySelectorAll('.dispute [data-way=both]').forEach(b => b.click())")

    def says_saved(self) -> bool:
        """Whether the page says that the server has everything."""
        return self.page.locator("#saved").inner_text().startswith("All saved")

    def lost(self, server: dict[str, str]) -> list[str]:
        """Words this person typed that a text of the server lacks."""
        return [word for section, word in self.typed if word not in server[section].split()]


def write_together(app: App, browser: Browser, address: str, seconds: float) -> list[Writer]:
    """Let two people write at once for that long, then give both a steady network and wait until all is kept."""
    writers = [Writer(name, browser, address, random.Random(name)) for name in ("ana", "bo")]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for writer in writers:
            writer.turn()
            if writer.says_saved():
                assert writer.lost(kept(app)) == [], "it said that all was saved"
    for writer in writers:
        writer.steady = True
        writer.context.set_offline(offline=False)
    until = time.monotonic() + SETTLING
    while time.monotonic() < until and not all(writer.says_saved() for writer in writers):
        for writer in writers:
            writer.settle()
            writer.page.wait_for_timeout(200)
    return writers


def test_nothing_typed_is_lost_on_a_network_that_comes_and_goes(
    app: App, browser: Browser, address: str
) -> None:
    writers = write_together(app, browser, address, SECONDS)
    assert [writer.says_saved() for writer in writers] == [True, True]
    server = kept(app)
    assert [writer.lost(server) for writer in writers] == [[], []]
    assert all(len(writer.typed) > SECONDS / 4 for writer in writers)
    for writer in writers:
        writer.context.close()


def test_an_editor_that_takes_the_wish_for_the_deed_is_caught(
    app: App, browser: Browser, address: str
) -> None:
    writer = Writer("eve", browser, address, random.Random(1))
    script = (Path(__file__).parents[2] / "src/hardwon/web/static/editor.js").read_text(encoding="utf-8")
    careless = script.replace(
        "if (answer?.ok) {", "body ??= { mark: this.mark, notes: [], saved_at: 0 };\n    if (true) {"
    )
    assert careless != script
    writer.context.route(
        "**/editor*.js*", lambda route: route.fulfill(body=careless, content_type="text/javascript")
    )
    writer.page.goto(address)
    caught = False
    for _ in range(40):
        writer.turn()
        writer.page.wait_for_timeout(100)
        caught = caught or (writer.says_saved() and writer.lost(kept(app)) != [])
    writer.context.close()
    assert caught
