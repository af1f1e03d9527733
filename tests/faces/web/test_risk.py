"""The risk on a deployment's page: readable, in a table too, and linked to what it rests on."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Browser, expect

from hardwon.domain.change import Change
from hardwon.domain.deployment import Deployment
from hardwon.usecases import deployments, people
from hardwon.usecases.app import App


def test_the_factors_are_read_and_followed(browser: Browser, site: str, sample_app: App, axe: str) -> None:
    owner, now = people.local_owner(sample_app), sample_app.now()
    ids, band = [], ""
    for days, outcome in ((3, "failed"), (2, "failed"), (0, "succeeded")):
        at = now - timedelta(days=days)
        change = Change(commit=f"lattice{days}", files=("lattice/<b>.yaml",))
        given = Deployment(
            id="new",
            title="lattice to prod",
            outcome=outcome,
            started_at=at,
            finished_at=at,
            changes=(change,),
        )
        kept = deployments.record(sample_app, owner, given)
        ids.append(kept.id)
        band = kept.risk.band if kept.risk else "none"
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/deployments/{ids[-1]}")
    panel = page.locator("#risk")
    expect(panel).to_contain_text("As said when it was recorded.")
    expect(panel).to_contain_text("% of such changes are expected to fail")
    row = panel.locator("ul.rows > li", has_text="Earlier changes to lattice/<b>.yaml")
    expect(row).to_contain_text("2 of 2 failed")
    points = [int(text) for text in panel.locator("ul.rows .e").all_inner_texts()]
    panel.locator("summary").click()
    cells = panel.locator("tbody td:last-child").all_inner_texts()
    assert [int(cell) for cell in cells] == [*points, sum(points)]
    row.get_by_role("link", name=ids[1]).click()
    expect(page).to_have_url(f"{site}/deployments/{ids[1]}")
    page.goto(f"{site}/deployments?service=&risk={band}")
    expect(page.locator("tbody tr").first).to_contain_text(band)
    page.close()
    for width in (1280, 320):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark")
        shown = context.new_page()
        shown.goto(f"{site}/deployments/{ids[-1]}")
        shown.locator("#risk summary").click()
        shown.evaluate(axe)
        assert shown.evaluate("axe.run().then(found => found.violations.map(v => v.id))") == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
