"""Runbooks in the pages: steps by buttons without scripts, commands to copy, the playbook, the paper."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import follow

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own; forms need no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def typed(page: Page) -> list[str]:
    """Return what the rows say, without the empty ones behind them."""
    rows = [field.input_value() for field in page.locator("textarea[name$=-text]").all()]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def write(page: Page, number: int, text: str, command: str = "", expected: str = "") -> None:
    page.locator(f"#step-{number}-text").fill(text)
    page.locator(f"#step-{number}-command").fill(command)
    page.locator(f"#step-{number}-expect").fill(expected)


def press(page: Page, name: str) -> None:
    follow(page.get_by_role("button", name=name, exact=True))


def begun(page: Page, site: str, *texts: str) -> None:
    page.goto(f"{site}/runbooks/new")
    for number, text in enumerate(texts, 1):
        write(page, number, text, f"run {text}", f"saw {text}")


def test_steps_are_moved_added_and_removed_and_nothing_typed_is_lost(page: Page, site: str) -> None:
    begun(page, site, "one", "two", "three")
    press(page, "Up: step 3")
    assert typed(page) == ["one", "three", "two"]
    assert page.url.endswith("#step-2")
    press(page, "Down: step 1")
    assert typed(page) == ["three", "one", "two"]
    press(page, "Add one below: step 1")
    assert typed(page) == ["three", "", "one", "two"]
    write(page, 2, "between")
    press(page, "Remove: step 4")
    assert typed(page) == ["three", "between", "one"]
    assert page.locator("#step-3-command").input_value() == "run one"
    assert page.locator("#step-3-expect").input_value() == "saw one"
    rows = page.locator(".writing > li").count()
    press(page, "Add a step")
    expect(page.locator(".writing > li")).to_have_count(rows + 1)
    expect(page.get_by_role("button", name="Up: step 1", exact=True)).to_be_disabled()
    page.locator("[name=title]").fill("Rebuild the gizmo index")
    page.locator("[name=body]").fill("When it is stale.")
    press(page, "Keep as a draft")
    expect(page.locator(".steps > li")).to_have_count(3)
    assert page.locator(".steps pre").all_inner_texts() == ["run three", "run one"]
    expect(page.locator("main")).to_contain_text("You should see: saw three")
    expect(page.locator("main")).to_contain_text("never proved by a drill")


def test_a_step_without_words_is_refused_and_stays_typed(page: Page, site: str) -> None:
    begun(page, site, "one")
    page.locator("[name=title]").fill("Restart")
    page.locator("#step-2-command").fill("systemctl restart ranker")
    press(page, "Keep as a draft")
    expect(page.get_by_role("alert")).to_contain_text("Step 2 does not say what to do.")
    expect(page.locator("#step-2-command")).to_have_value("systemctl restart ranker")
    expect(page.locator("[name=title]")).to_have_value("Restart")


def test_the_enter_key_saves_and_moves_nothing(page: Page, site: str) -> None:
    begun(page, site, "one", "two")
    page.locator("[name=title]").fill("Restart by key")
    page.locator("[name=title]").press("Enter")
    expect(page.locator("h1")).to_have_text("Restart by key")
    expect(page.locator(".steps .prose")).to_have_text(["one", "two"])


def test_a_runbook_has_a_bound(page: Page, site: str) -> None:
    form = {"title": "Long", "do": "add"} | {f"step-{n}-text": str(n) for n in range(1, 201)}
    headers = {"Origin": site}
    answer = page.request.post(f"{site}/runbooks/new", form=form, headers=headers)
    assert answer.status == 422
    assert "at most 200 steps" in answer.text()
    assert "step-200-text" in answer.text()
    form = {"title": "Long"} | {f"step-{n}-text": str(n) for n in range(1, 202)}
    answer = page.request.post(f"{site}/runbooks/new", form=form, headers=headers)
    assert (answer.status, "at most 200 steps" in answer.text()) == (422, True)


@pytest.mark.parametrize("ask", ["up:1", "down:999", "remove:500", "below:0", "x", "up:", "remove:-1"])
def test_an_odd_button_breaks_nothing(page: Page, site: str, ask: str) -> None:
    form = {"title": "Odd", "do": ask, "step-1-text": "one"}
    answer = page.request.post(f"{site}/runbooks/new", form=form, headers={"Origin": site})
    assert (answer.status, ">one</textarea>" in answer.text()) == (200, True)


def test_a_command_is_copied(browser: Browser, site: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site}/runbooks/RB-0003")
    command = page.locator(".steps pre").first.inner_text()
    button = page.locator("[data-do=copy]").first
    button.click()
    expect(button).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == command
    context.close()


def test_without_scripts_no_button_promises_to_copy(page: Page, site: str) -> None:
    page.goto(f"{site}/runbooks/RB-0003")
    assert page.locator("[data-do=copy]").count()
    expect(page.locator("[data-do=copy]").first).to_be_hidden()


def test_the_paper_shows_the_steps_and_no_buttons(page: Page, site: str) -> None:
    page.goto(f"{site}/runbooks/RB-0003")
    page.emulate_media(media="print")
    expect(page.locator(".steps > li").first).to_be_visible()
    for hidden in (".nav", ".steps-bar", "#points", ".head .btn"):
        expect(page.locator(hidden).first).to_be_hidden()


def test_the_playbook_is_a_link_away(page: Page, site: str) -> None:
    page.goto(f"{site}/runbooks/RB-0003")
    address = page.get_by_role("link", name="CACAO").get_attribute("href")
    answer = page.request.get(f"{site}{address}")
    assert answer.headers["content-disposition"] == 'attachment; filename="RB-0003.cacao.json"'
    playbook = json.loads(answer.text())
    assert playbook["spec_version"] == "cacao-2.0"
    assert len(playbook["workflow"]) == page.locator(".steps > li").count() + 2
    for wrong, status in (("/runbooks/RB-0404.cacao.json", 404), ("/lessons/RB-0003.cacao.json", 422)):
        assert page.request.get(f"{site}{wrong}").status == status


def test_links_are_added_shown_both_ways_and_taken_off(page: Page, site: str) -> None:
    pull = "https://github.com/acme/gizmo/pull/812"
    for path in ("/incidents/INC-0046", "/deployments/DEP-0049"):
        page.goto(f"{site}{path}")
        page.get_by_text("Add a link", exact=True).click()
        page.locator("#l-url").fill(f"{pull}/" if "DEP" in path else pull)
        page.locator("#l-title").fill("Pin the gizmo")
        press(page, "Add the link")
        expect(page.locator("#links")).to_contain_text("change")
    expect(page.locator("main")).to_contain_text("Also about this change: Pin the gizmo")
    expect(page.locator("main").get_by_text("INC-0046").last).to_be_visible()
    press(page, "Take off Pin the gizmo")
    expect(page.locator("#links")).to_contain_text("None yet")
    page.get_by_text("Add a link", exact=True).click()
    page.locator("#l-url").fill("ftp://example.org/a")
    press(page, "Add the link")
    expect(page.locator("body")).to_contain_text("url")
    expect(page.locator("body")).to_contain_text("Correct that field.")


def test_what_points_here_is_shown_and_what_leads_nowhere_is_listed(page: Page, site: str) -> None:
    page.goto(f"{site}/notes/new")
    page.locator("[name=title]").fill("What the gizmo said")
    page.locator("[name=body]").fill("Like INC-0041 and INC-9404.")
    page.locator("[name=owner]").fill("mika")
    press(page, "Keep as a draft")
    page.goto(f"{site}/incidents/INC-0041")
    expect(page.locator("#points")).to_contain_text("Mention it")
    expect(page.locator("#points")).to_contain_text("What the gizmo said")
    page.goto(f"{site}/links")
    row = page.locator("tr", has_text="INC-9404")
    expect(row).to_contain_text("not there")
    expect(row).to_contain_text("mika")
    expect(row).to_contain_text("Correct the id in its text")
    rows = json.loads(page.request.get(f"{site}/links.json").text())["rows"]
    assert any(item["target"] == "INC-9404" for item in rows)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_full_links_section_is_accessible_and_fits_a_phone(
    browser: Browser, site: str, axe: str, scheme: str
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 700})  # type: ignore[arg-type]
    page.goto(f"{site}/actions/ACT-0058")
    if not page.locator("#links .rows").count():
        page.get_by_text("Add a link", exact=True).click()
        page.locator("#l-url").fill("https://grafana.example/d/abc/" + "a-long-name-" * 20)
        press(page, "Add the link")
    for path in ("/actions/ACT-0058", "/links", "/runbooks/RB-0007", "/runbooks/RB-0007/edit"):
        page.goto(f"{site}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.evaluate(axe)
        result = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)
        assert [item["id"] for item in result["violations"]] == [], path
    page.close()
