"""Writing in the pages: incidents, timelines, actions, lessons and runbooks; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import follow

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own; forms need no scripts."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def test_an_incident_is_declared_corrected_and_taken_on(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents")
    page.get_by_role("link", name="Declare an incident").click()
    fill(page, title="Cards are refused", severity="3", services="checkout, payments", started_at="noon")
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_role("alert")).to_contain_text("'noon' is no time")
    expect(page.locator("[name=services]")).to_have_value("checkout, payments")
    fill(page, started_at="2026-11-23 10:05+01:00")
    page.get_by_role("button", name="Declare").click()
    expect(page.locator("h1")).to_have_text("Cards are refused")
    expect(page.locator(".stats")).to_contain_text("09:05")
    page.get_by_role("link", name="Correct").click()
    fill(page, title="Cards are refused in checkout", impact="1,900 orders")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("Cards are refused in checkout")
    page.get_by_role("button", name="Acknowledged").click()
    expect(page.locator(".facts .state").last).to_contain_text("acknowledged")
    page.get_by_role("button", name="Closed").click()
    expect(page.locator("body")).to_contain_text("Still missing for a SEV3")


def test_two_who_correct_at_once_lose_nothing(page: Page, browser: Browser, site: str) -> None:
    page.goto(f"{site}/incidents/new")
    fill(page, title="Mail is late")
    follow(page.get_by_role("button", name="Declare"))
    address = page.url
    other = browser.new_context(java_script_enabled=False).new_page()
    other.goto(f"{address}/edit")
    page.goto(f"{address}/edit")
    fill(page, summary="First")
    page.get_by_role("button", name="Save").click()
    fill(other, summary="Second")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("alert")).to_contain_text("revision 2, not 1")
    expect(other.locator("[name=summary]")).to_have_value("Second")
    other.context.close()


def test_a_timeline_is_written_and_corrected(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/new")
    fill(page, title="Search is slow")
    page.get_by_role("button", name="Declare").click()
    page.get_by_role("link", name="Timeline").click()
    for at, text in (("2026-11-23 10:20", "Rolled back"), ("2026-11-23 10:05", "The pager went")):
        fill(page, at=at, text=text, kind="mitigation", lane="on-call")
        page.get_by_role("button", name="Add", exact=True).click()
    log = page.locator("#log")
    expect(log.locator(".t").first).to_have_text("The pager went")
    log.get_by_role("link", name="Correct").last.click()
    fill(page, text="Rolled back to 7.3", consequence="It helped")
    page.get_by_role("button", name="Save").click()
    expect(log).to_contain_text("It helped")
    log.get_by_role("link", name="Correct").first.click()
    page.get_by_role("button", name="Take it out").click()
    expect(log.locator("li")).to_have_count(1)


def test_an_entry_goes_between_two_and_a_mistake_keeps_what_was_typed(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/INC-0042/timeline")
    page.locator("#log").get_by_role("link", name="Add behind").first.click()
    proposed = page.locator("[name=at]").input_value()
    fill(page, text="Somebody looked at the panel", at="ten past")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is no time")
    expect(page.locator("[name=text]")).to_have_value("Somebody looked at the panel")
    fill(page, at=proposed)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#log > li").nth(1)).to_contain_text("Somebody looked at the panel")


def test_one_key_pins_an_entry(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}/incidents/INC-0042/timeline#e2")
    second = page.locator("#log > li").nth(1)
    before = second.locator("[data-key=p]").inner_text()
    page.keyboard.press("p")
    expect(second.locator("[data-key=p]")).to_have_text({"Pin": "Unpin", "Unpin": "Pin"}[before])
    expect(second).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("#entry")).to_contain_text("Correct entry 3")
    page.close()


def test_a_deployment_is_judged_and_an_incident_merged(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/INC-0042")
    form = page.locator("#deployments tbody tr").first
    form.get_by_text("Judge", exact=True).click()
    form.locator("select[name=relation]").select_option("dismissed")
    form.locator("[name=note]").fill("It shipped to another region")
    form.get_by_role("button", name="Decide").click()
    expect(page.locator("#deployments")).to_contain_text("It shipped to another region")
    page.goto(f"{site}/incidents/new")
    fill(page, title="The same thing, declared twice")
    follow(page.get_by_role("button", name="Declare"))
    twin = page.url.rsplit("/", 1)[1]
    page.goto(f"{site}/incidents/new")
    fill(page, title="The one that is kept", summary="Kept.")
    page.get_by_role("button", name="Declare").click()
    fill(page, **{"with": twin})
    follow(page.get_by_role("button", name="Merge it into"))
    page.goto(f"{site}/incidents/{twin}")
    expect(page.locator(".note")).to_contain_text("the same incident as")


def test_harm_is_written_in_figures(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/INC-0046/edit")
    fill(page, figures="Sessions hurt", errors="E1001\nE1002")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("has no figure")
    fill(page, figures="Sessions hurt | 187,300 | of 1.38 million")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("187,300")
    page.get_by_role("link", name="Correct").first.click()
    expect(page.locator("[name=errors]")).to_have_value("E1001\nE1002")


def test_an_action_is_promised_with_its_criterion_and_done(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/INC-0047")
    page.get_by_role("link", name="Promise an action").click()
    expect(page.locator("[name=incident]")).to_have_value("INC-0047")
    fill(page, title="Alert on slow reads", metric="reads_p99", threshold="soon", due_on="2026-12-24")
    page.get_by_role("button", name="Promise").click()
    expect(page.get_by_role("alert")).to_contain_text("threshold")
    expect(page.locator("[name=due_on]")).to_have_value("2026-12-24")
    fill(page, threshold="200", unit="ms")
    page.get_by_role("button", name="Promise").click()
    expect(page.locator("main")).to_contain_text("reads_p99 at most 200 ms for 14 days")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".facts .state").first).to_contain_text("done")
    page.get_by_role("link", name="Correct").click()
    fill(page, owner="mika")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("Owned by mika")


def test_a_lesson_is_written_published_and_found(page: Page, site: str) -> None:
    page.goto(f"{site}/lessons")
    page.get_by_role("link", name="Write a lesson").click()
    fill(
        page, title="Warm the gizmo cache", claim="Warm the *gizmo* cache first.", applies_files="gizmo.lock"
    )
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.locator("main")).to_contain_text("draft")
    page.get_by_role("button", name="Published").click()
    expect(page.locator(".facts .state").first).to_contain_text("published")
    page.get_by_role("link", name="Correct").click()
    expect(page.locator("[name=applies_files]")).to_have_value("gizmo.lock")
    fill(page, claim="Warm the gizmo cache before any traffic.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("before any traffic")


def test_a_runbook_keeps_the_commands_of_its_steps(page: Page, site: str) -> None:
    page.goto(f"{site}/runbooks/RB-0007")
    commands = page.locator(".steps pre").all_inner_texts()
    assert commands
    page.get_by_role("link", name="Correct", exact=True).click()
    page.locator(f"#step-{len(commands) + 1}-text").fill("Tell support that it is done.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".steps li").last).to_contain_text("Tell support that it is done.")
    assert page.locator(".steps pre").all_inner_texts() == commands


def test_factors_and_evidence_hold_an_incident_up(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/new")
    fill(page, title="The index was old", severity="3")
    page.get_by_role("button", name="Declare").click()
    page.get_by_text("Name a factor").click()
    page.locator("#fnew-text").fill("The panel shows a mean")
    page.get_by_role("button", name="Name it").click()
    expect(page.locator("#factors")).to_contain_text("Hypothesised")
    page.get_by_text("Judge", exact=True).click()
    page.locator("#f0-standing").select_option("confirmed")
    page.locator("#factors").get_by_role("button", name="Save").click()
    expect(page.locator("#factors")).to_contain_text("Confirmed")
    page.get_by_text("Attach evidence", exact=True).click()
    page.locator("#e-excerpt").fill("exit 0, 93 of 96")
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.locator("#evidence pre")).to_have_text("exit 0, 93 of 96")
    page.get_by_text("Attach evidence", exact=True).click()
    page.locator("#e-url").fill("javascript:alert(1)")
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.locator("body")).to_contain_text("A link begins with https://")


def test_a_file_is_sent_as_what_its_bytes_are(page: Page, site: str, tmp_path: Path) -> None:
    page.goto(f"{site}/incidents/new")
    fill(page, title="Evidence in files")
    follow(page.get_by_role("button", name="Declare"))
    address = page.url
    for name, content in (("trap.png", b"<script>document.title='taken'</script>"), ("real.html", PNG)):
        file = tmp_path / name
        file.write_bytes(content)
        page.get_by_text("Attach evidence", exact=True).click()
        page.locator("#e-file").set_input_files(file)
        follow(page.get_by_role("button", name="Attach the file"))
    links = [link.get_attribute("href") for link in page.locator("#evidence a[href*=files]").all()]
    answers = [page.request.get(site + str(link)) for link in links]
    assert [answer.headers["content-type"] for answer in answers] == [
        "text/plain; charset=utf-8",
        "image/png",
    ]
    assert [answer.headers["content-disposition"].split(";")[0] for answer in answers] == [
        "attachment",
        "inline",
    ]
    assert all("sandbox" in answer.headers["content-security-policy"] for answer in answers)
    assert answers[1].body() == PNG
    for wrong in ("0" * 64, "..%2f..%2fhardwon.db", "x"):
        assert page.request.get(f"{address}/files/{wrong}").status in {400, 404}
    page.get_by_role("button", name="Take off real.html").click()
    expect(page.locator("#evidence a[href*=files]")).to_have_count(1)
