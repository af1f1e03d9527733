"""Reviews in the pages: planned, held live, decided, promised, signed, closed; a calendar that can be ended."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own; forms need no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)


def plan(page: Page, site: str, title: str) -> str:
    """Declare an incident, plan its review and return the review's address."""
    page.goto(f"{site}/incidents/new")
    fill(page, title=title)
    page.locator("[name=severity]").select_option("2")
    page.get_by_role("button", name="Declare").click()
    page.get_by_role("button", name="Resolved").click()
    page.get_by_role("link", name="Plan the review").click()
    fill(page, minutes="five")
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("alert")).to_contain_text("minutes")
    fill(page, minutes="60", starts_at="2026-11-25 14:00+01:00", facilitator="owner", place="Room 3")
    page.locator("[name=ask_product]").check()
    fill(page, person_product="lena-vogt")
    page.get_by_role("button", name="Plan it").click()
    expect(page.locator("h1")).to_contain_text(title)
    return page.url


def sound(browser: Browser, address: str, axe: str) -> None:
    """Expect no barrier in light and dark, and no sideways scroll on a phone."""
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 640})
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
        page.evaluate(axe)
        result = page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES)
        page.close()
        assert [(v["id"], v["nodes"][0]["html"]) for v in result["violations"]] == []


def test_from_plan_to_close(page: Page, browser: Browser, site: str, axe: str) -> None:
    address = plan(page, site, "Prices are a day old")
    expect(page.locator("#agenda")).to_contain_text("13:03")
    expect(page.locator("#seats")).to_contain_text("lena-vogt")
    fill(page, question="Who sees the age of a price?")
    page.get_by_role("button", name="Ask it").click()
    expect(page.locator("#questions")).to_contain_text("Who sees the age of a price?")
    sound(browser, address, axe)
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(".facts .state").first).to_contain_text("going on")
    fill(page, decision="Alert on the age of prices")
    page.locator("#owner-new").fill("sena-aydin")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert")).to_contain_text("an owner and a day")
    expect(page.locator("[name=decision]")).to_have_value("Alert on the age of prices")
    page.locator("#due-new").fill("2026-12-24")
    page.get_by_role("button", name="Write it down").click()
    expect(page.locator("#decisions")).to_contain_text("sena-aydin, due 2026-12-24")
    page.locator("#due-new").fill("")
    fill(page, decision="Show the age beside the price")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_text("Make it an action").click()
    page.locator("#owner-2").fill("priya-raman")
    page.locator("#due-2").fill("2026-12-31")
    page.get_by_role("button", name="Promise it").click()
    expect(page.locator("#decisions")).to_contain_text("priya-raman, due 2026-12-31")
    sound(browser, address, axe)
    page.get_by_text("Sign", exact=True).first.click()
    page.get_by_role("button", name="Reliability dissents").click()
    expect(page.get_by_role("alert")).to_contain_text("A dissent says why")
    page.locator("#note-reliability").fill("The alert wakes nobody.")
    page.get_by_role("button", name="Reliability dissents").click()
    expect(page.locator("#seats .dissent")).to_contain_text("The alert wakes nobody.")
    page.get_by_role("button", name="End it").click()
    page.get_by_role("button", name="Close the review").click()
    expect(page.get_by_role("alert")).to_contain_text("product (lena-vogt)")
    fill(page, because="Lena is on leave")
    page.get_by_role("button", name="Close the review").click()
    expect(page.locator(".facts .state").first).to_contain_text("closed")
    expect(page.locator("main")).to_contain_text("Closed though product had not signed: Lena is on leave")
    assert page.locator("main form").count() == 0
    sound(browser, address, axe)
    page.locator("#decisions").get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("Alert on the age of prices")
    page.get_by_role("link", name="Decided in REV-").click()
    page.get_by_role("link", name="History").click()
    expect(page.locator("main")).to_contain_text("closed: Lena is on leave")


def test_a_review_is_put_off_and_cancelled(page: Page, site: str) -> None:
    plan(page, site, "Coupons count twice")
    page.get_by_role("link", name="Change the plan").click()
    expect(page.locator("[name=starts_at]")).to_have_value("2026-11-25 13:00")
    fill(page, agenda="sometime | x")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("is no point")
    fill(page, agenda="20 | What happened | Who saw it?\n40 | What we change", starts_at="2026-11-26 09:00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#agenda li")).to_have_count(2)
    page.get_by_text("Cancel it").click()
    fill(page, because="Reviewed with the one before")
    page.get_by_role("button", name="Cancel the review").click()
    expect(page.locator("main")).to_contain_text("Cancelled: Reviewed with the one before")


def test_two_who_write_at_once_are_both_kept(page: Page, browser: Browser, site: str) -> None:
    address = plan(page, site, "Search forgets accents")
    page.get_by_role("button", name="Begin").click()
    other = browser.new_context(java_script_enabled=False).new_page()
    other.goto(address)
    for one, text in ((page, "First said here"), (other, "Second said there")):
        fill(one, decision=text)
        one.get_by_role("button", name="Write it down").click()
    expect(other.locator("#decisions ol > li")).to_have_count(2)
    other.context.close()


def test_a_clock_runs_for_the_point_that_is_talked_about(browser: Browser, page: Page, site: str) -> None:
    address = plan(page, site, "Maps are blank")
    page.get_by_role("button", name="Begin").click()
    live = browser.new_page()
    live.clock.install()
    live.goto(address)
    first = live.locator("#agenda > li").first
    first.get_by_role("button").click()
    live.clock.run_for(61_000)
    expect(first.get_by_role("timer")).to_have_text("1:59 left")
    live.reload()
    live.clock.run_for(180_000)
    expect(first.get_by_role("timer")).to_contain_text("over")
    expect(live.locator("#news")).to_be_hidden()
    fill(page, decision="Draw the map on the server")
    page.get_by_role("button", name="Write it down").click()
    live.clock.run_for(11_000)
    expect(live.locator("#news")).to_be_visible()
    live.close()


def test_what_is_overdue_is_said_first(page: Page, site: str) -> None:
    page.goto(site)
    expect(page.locator(".panel .rows > li").first).to_contain_text("Review of INC-0042")
    page.goto(f"{site}/reviews")
    expect(page.locator("tbody tr").first).to_contain_text("days overdue")
    page.goto(f"{site}/incidents/INC-0042")
    page.get_by_role("link", name="Review, overdue").click()
    expect(page.locator(".note.bad")).to_contain_text("It was to be held by")


def test_a_dissent_is_as_plain_as_an_agreement(page: Page, site: str) -> None:
    page.goto(f"{site}/reviews/REV-0001")
    signed = page.locator("#seats > ul > li")
    expect(signed.first).to_contain_text("I would take the switch away")
    assert signed.first.is_visible()
    assert page.locator("#seats details").count() == 0


def test_a_calendar_has_a_secret_address_that_ends(page: Page, site: str) -> None:
    page.goto(f"{site}/calendar")
    page.get_by_role("button", name="address").click()
    secret = page.locator("#address").input_value()
    with httpx.Client(trust_env=False) as client:
        first = client.get(secret)
        assert first.text.startswith("BEGIN:VCALENDAR")
        one = client.get(f"{site}/reviews/REV-0001.ics")
        assert one.text.count("BEGIN:VEVENT") == 1
        page.goto(f"{site}/calendar")
        assert secret.rsplit("/", 1)[1] not in page.content()
        page.get_by_role("button", name="End it").click()
        assert client.get(secret).status_code == 404
