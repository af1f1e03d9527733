"""No text anybody writes takes a page over: every field of every record, every page that shows it, a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

import httpx
import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page, expect

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import indexing, pictures
from hardwon.web import view
from tests.faces.web.hostile import LISTEN, LOOK, PAYLOADS, PROSE, RUN, Pen, look, write_everything
from tests.serving import serving

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class Written(NamedTuple):
    """A workspace in which every field is hostile: its address, and the pages that show them."""

    site: str
    pages: tuple[str, ...]

    def page_of(self, start: str) -> str:
        """Return the first page whose address begins so."""
        return next(page for page in self.pages if page.startswith(start))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """That workspace, served."""
    settings = Settings(home=tmp_path_factory.mktemp("hostile"), meaning=False)
    with open_app(settings, clock=lambda: NOW) as app, serving(app) as site:
        with httpx.Client(base_url=f"{site}/api/v1", timeout=30) as http:
            pages = tuple(write_everything(Pen(http)))
        indexing.catch_up(app)
        yield Written(site, pages)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser that remembers what ran and what was refused; a dialog is a failure."""
    context = browser.new_context()
    context.add_init_script(LISTEN)
    opened = context.new_page()
    opened.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    yield opened
    context.close()


def test_no_page_is_taken_over(page: Page, written: Written) -> None:
    assert len(written.pages) > 50
    found = [what for path in written.pages for what in look(page, written.site + path)]
    assert found == []


def test_no_address_takes_a_page_over(page: Page, written: Written) -> None:
    places = (
        "/search?q={}",
        "/incidents?service={}",
        "/incidents/{}",
        "/services/{}",
        "/actions/new?incident={}",
    )
    found = []
    for number, payload in enumerate(PAYLOADS):
        path = places[number % len(places)].format(quote(payload, safe=""))
        found += look(page, written.site + path)
    assert found == []


def test_the_preview_of_the_editor_is_safe(page: Page, written: Written) -> None:
    page.goto(written.site + written.page_of("/postmortems/PM-0001/edit"))
    section = page.locator("#s-summary")
    assert section.locator("#t-summary").input_value() == PROSE
    section.get_by_role("button", name="Preview").click()
    expect(section.locator("[data-shown]")).to_contain_text(f"<svg onload={RUN}>")
    assert page.evaluate(LOOK) == []


def test_a_mistake_in_a_form_is_told_safely(page: Page, written: Written) -> None:
    for payload in PAYLOADS[:8]:
        page.goto(f"{written.site}/incidents/new")
        page.locator("[name=title]").fill(payload)
        page.locator("[name=started_at]").fill(payload)
        page.get_by_role("button", name="Declare").click()
        expect(page.get_by_role("alert")).to_contain_text("is no time")
        assert page.evaluate(LOOK) == []


def test_a_page_stays_what_it_is_and_says_so(written: Written) -> None:
    twins = ("/incidents", "/incidents/INC-0001/brief", "/incidents/INC-0001/timeline", "/lessons", "/search")
    for path in twins:
        answer = httpx.get(
            f"{written.site}{path}.json?q=script" if path == "/search" else f"{written.site}{path}.json"
        )
        assert answer.headers["content-type"].startswith("application/json"), path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.json()
    pdf = httpx.get(f"{written.site}/incidents/INC-0001/brief.pdf", timeout=30)
    assert pdf.content.startswith(b"%PDF-")
    assert b"/JavaScript" not in pdf.content
    api = httpx.get(f"{written.site}/api/v1/incidents/INC-0001")
    assert api.headers["content-type"].startswith("application/json")


def test_a_calendar_holds_a_text_in_its_line(written: Written) -> None:
    evil = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\nATTACH:javascript:1"
    incident = httpx.post(f"{written.site}/api/v1/incidents", json={"title": "Mail is late"}).json()
    plan = {"subject": incident["id"], "title": evil, "place": evil, "starts_at": "2026-12-01T09:00:00Z"}
    httpx.post(f"{written.site}/api/v1/reviews", json={**plan, "facilitator": "owner"}).raise_for_status()
    made = httpx.post(f"{written.site}/calendar", data={"do": "share"}, headers={"Origin": written.site})
    secret = made.text.split("/calendar/")[-1].split(".ics")[0]
    feed = httpx.get(f"{written.site}/calendar/{secret}.ics")
    assert feed.headers["content-type"].startswith("text/calendar")
    lines = feed.text.split("\r\n")
    assert not [line for line in lines if line.startswith(("ATTACH", "<script"))]
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == feed.text.count("UID:")


def test_a_nul_is_refused(written: Written) -> None:
    answer = httpx.post(f"{written.site}/api/v1/notes", json={"title": f"a\0<script>{RUN}</script>"})
    assert answer.status_code == 422
    assert "NUL" in answer.text


def unescaped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break it: templates escape nothing. They are an environment of their own, which nobody meets later."""
    broken = view.templates.__wrapped__()
    broken.autoescape = False
    monkeypatch.setattr(view, "templates", lambda: broken)


def raw_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break it: Markdown lets HTML through."""
    monkeypatch.setattr(pictures, "markdown", MarkdownIt("commonmark", {"html": True}).render)


@pytest.mark.parametrize("broken", [unescaped, raw_markdown])
def test_a_page_that_escapes_too_little_is_caught(broken, page, written, monkeypatch) -> None:
    broken(monkeypatch)
    assert look(page, written.site + written.page_of("/lessons/LES-0001"))
