"""Discussions in a real browser: under each section, without scripts, beside the editor's own form."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hardwon.domain.actor import Actor
from hardwon.domain.note import Note
from hardwon.domain.postmortem import Postmortem
from hardwon.usecases import artifacts, outbox, people, postmortems, threads
from hardwon.usecases.app import App
from tests.faces.web.conftest import HOSTILE

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RESPONDER = Actor(id="remi", name="Remi", roles=("responder",))
LONG = "averyveryverylongnamethatneverends" * 5


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own, with scripts and without."""
    context = browser.new_context(java_script_enabled=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def written(sample_app: App) -> str:
    """A postmortem with one written section."""
    owner, now = people.local_owner(sample_app), sample_app.now()
    kept = artifacts.write(
        sample_app, owner, Postmortem(id="new", title="Talked about", written_at=now, updated_at=now)
    )
    text = postmortems.SectionText(text="1,900 orders.")
    postmortems.write_section(sample_app, owner, kept.id, "impact", text)
    return f"/postmortems/{kept.id}"


def say(page: Page, section: str, text: str, button: str) -> None:
    """Open a section's discussion, and send something from it."""
    box = page.locator(f"#talk-{section}")
    if not page.locator(f"#say-{section}-text").is_visible():
        box.locator("summary").click()
    page.locator(f"#say-{section}-text").fill(text)
    box.get_by_role("button", name=button, exact=True).click()


@pytest.mark.parametrize("place", ["", "/edit"], ids=["read", "edit"])
def test_a_section_is_discussed_and_settled(page: Page, site: str, written: str, place: str) -> None:
    page.goto(site + written + place)
    say(page, "impact", "How many *exactly*, @mika?", "Ask")
    expect(page).to_have_url(re.compile(rf"{written}{place}#t-THR-\d+$"))
    name = page.url.rpartition("#t-")[2]
    thread = page.locator(f"#t-{name}")
    expect(page.locator("#talk-impact summary")).to_contain_text("1 open")
    expect(thread).to_be_visible()
    expect(thread.locator("em")).to_have_text("exactly")
    expect(thread.locator("strong")).to_have_text("@mika")
    page.locator(f"#f-{name}-text").fill("1,912.")
    thread.get_by_role("button", name="Reply").click()
    expect(thread.locator("ol li")).to_contain_text("1,912.")
    thread.get_by_role("button", name="Resolve").click()
    expect(page).to_have_url(f"{site}{written}{place}#t-{name}")
    expect(page.locator("#talk-impact summary")).to_contain_text("1 settled")
    page.locator(f"#t-{name}").get_by_role("button", name="Open again").click()
    expect(page.locator("#talk-impact summary")).to_contain_text("1 open")


def test_the_tick_wins_over_the_button_and_the_address_tells_no_server(
    page: Page, site: str, written: str, sample_app: App
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.goto(site + written)
    expect(page.locator("#asked")).to_be_hidden()
    page.locator("#talk-impact summary").click()
    page.locator("#talk-impact").get_by_label("Ask without my name").check()
    expect(page.locator("#talk-impact button[value=comment]")).to_be_hidden()
    asked.clear()
    say(page, "impact", "Who was told?", "Ask")
    expect(page.locator("#asked")).to_be_visible()
    expect(page.locator("#asked")).to_contain_text("without your name")
    pages = [line for line in asked if "/static/" not in line]
    assert pages[0] == f"POST {site}{written}/threads"
    assert {line.partition("#")[0] for line in pages[1:]} == {f"GET {site}{written}"}
    expect(page.locator("#talk-impact summary")).to_contain_text("Comment or ask")
    form = {"section": "impact", "at": "read", "text": "Again?", "anonymous": "yes", "kind": "comment"}
    answer = page.request.post(f"{site}{written}/threads", form=form, max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (303, f"{written}#asked")
    owner = people.local_owner(sample_app)
    assert threads.discuss(sample_app, owner, written.rpartition("/")[2]).open == 0


def test_the_editor_keeps_saving_by_itself(browser: Browser, site: str, written: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}{written}/edit")
    assert page.locator("form form").count() == 0
    assert (
        page.locator("#editor").evaluate("f => [...f.elements].filter(e => e.closest('.talk')).length") == 0
    )
    page.locator("#t-rollback").fill("Switch the flag.")
    page.locator("#t-rollback").blur()
    expect(page.locator("#saved")).to_contain_text("All saved")
    say(page, "rollback", "Which flag?", "Ask")
    expect(page.locator("#talk-rollback summary")).to_contain_text("1 open")
    expect(page.locator("#t-rollback")).to_have_value("Switch the flag.")
    page.locator("#t-impact").fill("2,000 orders.")
    expect(page.locator("#saved")).to_contain_text("All saved")
    page.close()


def test_the_forms_of_the_editor_stay_apart_without_scripts(
    browser: Browser, site: str, written: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}{written}/edit")
    page.locator("#talk-summary summary").click()
    expect(page.locator("#talk-summary")).to_contain_text("send the comment alone")
    page.locator("#t-summary").fill("Short.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#t-summary")).to_have_value("Short.")
    expect(page.locator("#talk-summary summary")).to_contain_text("Comment or ask")
    context.close()


def test_what_is_open_is_shown_on_top_and_sections_without_text_are_not_lost(
    page: Page, site: str, written: str, sample_app: App
) -> None:
    name = written.rpartition("/")[2]
    for section in ("rollback", "impact", ""):
        threads.comment(sample_app, RESPONDER, name, f"On {section or 'all'}", section=section)
    page.goto(site + written)
    page.get_by_role("link", name="3 open in the discussion").click()
    expect(page.locator("#discussion")).to_contain_text("Rollback considerations")
    page.locator("#talk-rollback summary").click()
    expect(page.locator("#talk-rollback .said")).to_contain_text("On rollback")
    expect(page.locator("#talk-all summary")).to_contain_text("1 open")


def test_the_inbox_leads_to_the_thread(browser: Browser, site: str, sample_app: App) -> None:
    owner, now = people.local_owner(sample_app), sample_app.now()
    note = artifacts.write(sample_app, owner, Note(id="new", title="Noted", written_at=now, updated_at=now))
    thread = threads.ask(sample_app, RESPONDER, note.id, "@owner, is this so?")
    outbox.deliver(sample_app)
    page = browser.new_page()
    page.goto(f"{site}/inbox")
    page.get_by_role("link", name=f"{thread.id}: question on {note.id}").click()
    expect(page).to_have_url(f"{site}/notes/{note.id}#t-{thread.id}")
    expect(page.locator(f"#t-{thread.id}")).to_be_visible()
    assert page.goto(f"{site}/threads/THR-9999").status == 404
    page.close()


def test_hostile_comments_stay_text(browser: Browser, site: str, written: str, sample_app: App) -> None:
    name = written.rpartition("/")[2]
    evil = (
        *HOSTILE,
        "@<img src=x onerror=alert(1)>",
        "![x](https://evil.example/x.png)",
        "`@</code><script>`",
    )
    asked = threads.comment(sample_app, RESPONDER, name, "\n\n".join(evil), section="impact")
    threads.reply(sample_app, RESPONDER, asked.id, "\n\n".join(evil))
    page = browser.new_page()
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    for place in ("", "/edit"):
        page.goto(f"{site}{written}{place}#t-{asked.id}")
        expect(page.locator(f"#t-{asked.id}")).to_be_visible()
        page.wait_for_timeout(50)
        assert "taken" not in page.title()
        assert page.locator(".said script, .said img, .said a[href^='javascript']").count() == 0
    assert said == []
    page.close()


@pytest.mark.parametrize("place", ["", "/edit"], ids=["read", "edit"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_open_discussion_is_accessible_and_fits_a_phone(
    browser: Browser, site: str, axe: str, written: str, sample_app: App, scheme: str, place: str
) -> None:
    name = written.rpartition("/")[2]
    for section in ("impact", "rollback", ""):
        asked = threads.ask(sample_app, RESPONDER, name, f"@{LONG} {LONG}\n\n    {LONG}", section=section)
        threads.reply(sample_app, RESPONDER, asked.id, f"| a | b |\n| - | - |\n| {LONG} | {LONG} |")
        done = threads.comment(sample_app, RESPONDER, name, "Done.", section=section)
        threads.resolve(sample_app, RESPONDER, done.id, 1)
    page = browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 640})  # type: ignore[arg-type]
    page.goto(f"{site}{written}{place}#asked")
    page.evaluate("document.querySelectorAll('.talk').forEach(d => d.open = true)")
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.evaluate(axe)
    result = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)
    page.close()
    assert [(v["id"], v["nodes"][0]["html"]) for v in result["violations"]] == []
    assert over == 0


def test_a_discussion_is_reached_by_keyboard(browser: Browser, site: str, written: str) -> None:
    page = browser.new_page()
    page.goto(site + written)
    page.locator("#talk-impact summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("#say-impact-text")).to_be_focused()
    page.keyboard.type("By keys alone.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#talk-impact .said")).to_contain_text("By keys alone.")
    page.close()
