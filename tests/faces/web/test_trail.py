"""The audit trail in a browser: what was just done stands on top, filters stay in the address."""

from __future__ import annotations

import csv
import io
import re

import httpx
from playwright.sync_api import Page, expect


def test_what_was_just_done_stands_on_top(page: Page, site: str) -> None:
    page.goto(f"{site}/incidents/new")
    page.get_by_label("What happens?").fill("The trail has this")
    page.get_by_role("button", name="Declare").click()
    expect(page).to_have_url(re.compile(r"/incidents/INC-\d+"))
    name = page.url.rsplit("/", 1)[1]
    page.goto(site)
    page.get_by_role("link", name="Audit trail").click()
    first = page.locator("table tbody tr").first
    expect(first).to_contain_text("created")
    expect(first.get_by_role("link", name="The trail has this")).to_have_attribute(
        "href", f"/incidents/{name}"
    )
    page.get_by_label("Record").fill(name)
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(f"record={name}"))
    expect(page.locator("table tbody tr")).to_have_count(1)
    sheet = page.get_by_role("link", name="Take it as CSV").get_attribute("href")
    assert sheet == f"/audit.csv?record={name}"


def test_pages_lead_on_and_keep_their_filter(page: Page, site: str) -> None:
    page.goto(f"{site}/audit?kind=incident&verb=imported")
    shown = page.locator("table tbody tr").count()
    if page.get_by_role("link", name="Show the next ones").count():
        page.get_by_role("link", name="Show the next ones").click()
        expect(page).to_have_url(re.compile("kind=incident&verb=imported&after="))
    assert shown
    page.goto(f"{site}/audit")
    page.get_by_role("link", name="Show the next ones").click()
    expect(page.locator("table tbody tr")).to_have_count(50)


def test_the_sheet_and_the_twin_say_the_same(site: str) -> None:
    with httpx.Client(trust_env=False, base_url=site) as client:
        rows = client.get("/audit.json?kind=review").json()["rows"]
        answer = client.get("/audit.csv?kind=review")
        assert client.get("/audit?since=yesterday").status_code == 422
        assert client.get("/audit?after=x").status_code == 422
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["record"] for line in lines] == [row["record"] for row in rows]


def test_hostile_text_stays_text(page: Page, site: str) -> None:
    page.goto(f"{site}/audit")
    assert page.title() != "taken"
    assert page.locator("main script, main img, main svg[onload]").count() == 0
