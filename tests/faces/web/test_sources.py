"""A source is set up in a real browser; its deliveries come over real HTTP, or are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import capture, people, polling
from hardwon.usecases.app import App
from tests.browsing import follow
from tests.fresh import fresh
from tests.peer import Told, peering
from tests.serving import serving

ALERT = {
    "version": "4",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "Stale", "service": "scorer", "severity": "page"},
            "startsAt": "2026-11-20T10:00:00Z",
            "fingerprint": "f1",
        }
    ],
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(Settings(home=fresh(tmp_path), meaning=False, egress_allow="127.0.0.1")) as opened:
        people.local_owner(opened)
        yield opened


def test_from_the_form_to_an_incident(browser: Browser, app: App) -> None:
    with serving(app) as site:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(site)
        page.get_by_role("link", name="Sources").click()
        expect(page.locator("main")).to_contain_text("None yet.")
        page.get_by_label("What you call it").fill("Our Alertmanager")
        page.get_by_label("What it is").select_option("alertmanager")
        follow(page.get_by_role("button", name="Add", exact=True))
        secret = page.locator("code.wrap").first.inner_text()
        address = page.locator("code.wrap").nth(1).inner_text()
        assert address.startswith(site)
        page.goto(f"{site}/sources/SRC-0001")
        assert secret not in page.content()

        told = {"Authorization": f"Bearer {secret}"}
        assert httpx.post(address, json=ALERT).status_code == 403
        first = httpx.post(address, json=ALERT, headers=told)
        assert (first.status_code, first.json()) == (202, {"status": "kept"})
        assert httpx.post(address, json=ALERT, headers=told).json() == {"status": "known"}
        assert httpx.post(address, content=b"{", headers=told).status_code == 202
        assert httpx.post(f"{site}/hooks/SRC-9999", json=ALERT, headers=told).status_code == 404
        assert httpx.post(address, content=b"x" * (6 << 20), headers=told).status_code == 413
        capture.digest(app)

        page.reload()
        expect(page.locator("main")).to_contain_text("1 signal")
        expect(page.locator("main")).to_contain_text("it bears no Authorization")
        expect(page.locator("main")).to_contain_text("The body is no JSON")
        page.get_by_role("link", name="as it came").last.click()
        expect(page.locator("pre")).to_contain_text('"alertname":"Stale"')
        follow(page.get_by_role("button", name="Read it again"))
        page.get_by_label("Its words for severity").fill("page = 9")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("is no severity")
        page.get_by_label("Its words for severity").fill("page = 3")
        page.get_by_label("Alerts are an incident when").fill("severity <= 3 && alerts >= 1")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Its words for severity")).to_have_value("page = 3")
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.goto(f"{site}/incidents/INC-0001")
        expect(page.locator("main")).to_contain_text("Stale on scorer")
        page.context.close()


def test_from_the_form_to_what_was_missed(browser: Browser, app: App, axe: str) -> None:
    fires = {"labels": ALERT["alerts"][0]["labels"], "state": "firing", "activeAt": "2026-11-20T10:00:00Z"}  # type: ignore[index]
    good = Told({"status": "success", "data": {"alerts": [fires]}})
    with serving(app) as site, peering(lambda _: Told({}, 503, (("Retry-After", "3600"),))) as peer:
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{site}/sources")
        page.get_by_label("What you call it").fill("Our Prometheus")
        page.get_by_label("What it is").select_option("prometheus")
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_label("Address", exact=True).fill(f"{peer.address}/?x=1")
        page.get_by_label("Every so many minutes").fill("7")
        page.get_by_label("Token, or name:password").fill("a-secret-token")
        page.get_by_role("button", name="Ask it from now on").click()
        expect(page.get_by_role("alert")).to_contain_text("no address to ask")
        expect(page.get_by_label("Every so many minutes")).to_have_value("7")
        assert "a-secret-token" not in page.content()

        page.get_by_label("Address", exact=True).fill(peer.address)
        page.get_by_role("button", name="Ask it from now on").click()
        expect(page).to_have_url(f"{site}/sources/SRC-0001")
        expect(page.locator("main")).to_contain_text("none yet")
        assert polling.poll_due(app)
        page.reload()
        expect(page.locator("main")).to_contain_text("The last time it failed: it answers 503")
        page.get_by_role("button", name="Poll now").click()
        expect(page.get_by_role("alert")).to_contain_text("left alone")

        page.get_by_label("Address", exact=True).fill(f"{peer.address}/two")
        page.get_by_label("Token, or name:password").fill("another-token")
        page.get_by_role("button", name="Save", exact=True).last.click()
        peer.answer = lambda _: good
        page.get_by_role("button", name="Poll now").click()
        assert polling.poll_due(app)
        assert peer.asked[-1].headers["authorization"] == "Bearer another-token"
        capture.digest(app)
        page.goto(f"{site}/sources/SRC-0001")
        expect(page.locator("main")).to_contain_text("asked for")
        expect(page.locator("main")).to_contain_text("1 signal")
        expect(page.locator("#token-hint")).to_contain_text("One is kept, sealed")
        assert "another-token" not in page.content()
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320

        looking = browser.new_context().new_page()
        looking.goto(f"{site}/sources/SRC-0001")
        looking.evaluate(axe)
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        assert looking.evaluate("rules => axe.run(rules)", rules)["violations"] == []
        page.get_by_role("button", name="Ask it no more").click()
        expect(page.get_by_role("button", name="Poll now")).to_have_count(0)
        looking.context.close()
        page.context.close()
