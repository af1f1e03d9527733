"""Signing in, in a real browser: from the owner's first link to a person who left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import people, sign_in
from hardwon.usecases.app import App
from tests.browsing import follow
from tests.fresh import fresh
from tests.serving import serving

PASSWORD = "four odd words walk"
OTHER = "five odd words dance"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A workspace whose people sign in; there is its owner alone."""
    with open_app(Settings(home=fresh(tmp_path), meaning=False, sign_in="accounts")) as opened:
        yield opened


@pytest.fixture
def site(app: App) -> Iterator[str]:
    with serving(app) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser of its own."""
    context = browser.new_context()
    opened = context.new_page()
    yield opened
    context.close()


def first_link(app: App, site: str) -> str:
    return f"{site}/invitation/{sign_in.first_link(app, people.local_owner(app))}"


def set_password(page: Page, link: str, password: str = PASSWORD) -> None:
    page.goto(link)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Once more").fill(password)
    page.get_by_role("button", name="Set it and sign in").click()


def test_from_the_first_link_to_a_person_who_left(page: Page, browser: Browser, app: App, site: str) -> None:
    page.goto(f"{site}/incidents?state=open")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fincidents%3Fstate%3Dopen$"))
    link = first_link(app, site)
    set_password(page, link, "short password"[:11])
    expect(page.get_by_role("button", name="Set it and sign in")).to_be_visible()
    set_password(page, link)
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    cookie = next(c for c in page.context.cookies() if c["name"] == "__Host-hardwon")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (
        True,
        True,
        "Lax",
        "/",
    )
    assert page.goto(link).status == 404  # type: ignore[union-attr]

    page.goto(f"{site}/people")
    page.get_by_text("Add a person").click()
    for label, value in (("Id", "rosa"), ("Name", "Rosa"), ("E-mail", "rosa@shop.example")):
        page.locator("#add").get_by_label(re.compile(f"^{label}")).fill(value)
    page.get_by_label("May do as a").select_option("viewer")
    page.get_by_role("button", name="Add", exact=True).click()
    follow(page.get_by_role("button", name="Make a one-time link"))
    shown = page.locator("code.wrap").inner_text()
    page.goto(f"{site}/people/rosa")
    assert shown not in page.content()

    hers = browser.new_context().new_page()
    set_password(hers, shown.replace("127.0.0.1", "localhost"))
    expect(hers.get_by_role("link", name="Rosa")).to_be_visible()
    hers.goto(f"{site}/people/owner")
    assert hers.get_by_role("button", name="Make a one-time link").count() == 0
    answer = hers.request.post(f"{site}/people/owner/invitation", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status == 403
    hers.get_by_role("button", name="Sign out").first.click()
    expect(hers).to_have_url(f"{site}/sign-in")
    enter(hers, "rosa@shop.example", OTHER)
    expect(hers.get_by_role("alert")).to_contain_text("do not belong together")
    expect(hers.locator("#name")).to_have_value("rosa@shop.example")
    expect(hers.locator("#password")).to_have_value("")
    enter(hers, "rosa@shop.example", PASSWORD)
    expect(hers.get_by_role("link", name="Rosa")).to_be_visible()

    page.goto(f"{site}/people/rosa")
    expect(page.locator("main")).to_contain_text("last used")
    hers.goto(f"{site}/people/rosa")
    expect(hers.locator("main")).to_contain_text("last used")
    hers.goto(f"{site}/people/owner")
    expect(hers.locator("main")).not_to_contain_text("last used")
    page.get_by_label("Is here").uncheck()
    follow(page.get_by_role("button", name="Save"))
    hers.reload()
    expect(hers).to_have_url(re.compile("/sign-in"))
    hers.context.close()


def enter(page: Page, name: str, password: str) -> None:
    page.get_by_label("Your id or e-mail address").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def signed_in(browser: Browser, app: App, site: str) -> Iterator[BrowserContext]:
    """The browser of the owner, who is signed in."""
    context = browser.new_context()
    opened = context.new_page()
    set_password(opened, first_link(app, site))
    expect(opened.locator("h1")).to_be_visible()
    yield context
    context.close()


def test_another_sites_form_changes_nothing(signed_in: BrowserContext, site: str) -> None:
    cookies = {c["name"]: c["value"] for c in signed_in.cookies()}
    data = {"title": "From elsewhere"}
    with httpx.Client(base_url=site, cookies=cookies) as client:
        for headers in (
            {},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ):
            assert client.post("/incidents/new", data=data, headers=headers).status_code == 403
        own = client.post("/incidents/new", data=data, headers={"Origin": site})
        assert own.status_code == 303
        assert client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.get("/incidents.json").json()["rows"][0]["title"] == "From elsewhere"


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "x"]
)
def test_signing_in_leads_to_this_site_alone(page: Page, app: App, site: str, back: str) -> None:
    owner = people.local_owner(app)
    sign_in.redeem(app, sign_in.invite(app, owner, owner.id), PASSWORD, "")
    page.goto(f"{site}/sign-in?next={back}")
    enter(page, "owner", PASSWORD)
    expect(page).to_have_url(f"{site}/")


def test_every_page_is_closed_to_strangers(site: str) -> None:
    with httpx.Client(base_url=site) as client:
        for path in ("/", "/incidents", "/people/owner", "/audit", "/names.json", "/doctor"):
            answer = client.get(path)
            assert answer.status_code in {303, 401, 404}, path
            assert answer.headers.get("location", "/sign-in").startswith("/sign-in")
        assert client.get("/incidents.json").status_code == 401
        assert client.get("/api/v1/incidents").status_code == 401
        forged = {"Cookie": "__Host-hardwon=" + "x" * 43}
        assert client.get("/incidents", headers=forged).status_code == 303
        home = client.get("/sign-in")
        assert "script-src 'self'" in home.headers["content-security-policy"]
        assert home.headers["cache-control"] == "no-store"


def test_the_door_is_accessible(page: Page, app: App, site: str, axe: str) -> None:
    for path in ("/sign-in", first_link(app, site).removeprefix(site)):
        page.goto(site + path)
        page.evaluate(axe)
        found = page.evaluate("axe.run().then(r => r.violations.map(v => v.id))")
        assert found == []


def test_a_proxy_is_believed_from_its_address_alone(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, meaning=False, sign_in="proxy", proxy_header="X-Forwarded-User", proxy_from="127.0.0.1"
    )
    with open_app(settings) as app, serving(app) as site, httpx.Client(base_url=site) as client:
        people.local_owner(app)
        named = {"X-Forwarded-User": "owner"}
        assert client.get("/incidents", headers=named).status_code == 200
        assert client.get("/incidents").status_code == 403
        assert client.get("/incidents", headers={"X-Forwarded-User": "nobody"}).status_code in {303, 401}
        twice = [("X-Forwarded-User", "owner"), ("X-Forwarded-User", "rosa")]
        assert client.get("/incidents", headers=twice).status_code == 403
        assert client.post("/incidents/new", data={"title": "x"}, headers=named).status_code == 403
    elsewhere = Settings(home=tmp_path, sign_in="proxy", proxy_header="X-User", proxy_from="10.9.9.9")
    with open_app(elsewhere) as app, serving(app) as site:
        assert httpx.get(f"{site}/incidents", headers={"X-User": "owner"}).status_code == 403
