"""The minimum standard in a real browser: tried on the last incidents, then kept."""

from __future__ import annotations

from playwright.sync_api import Browser, expect


def test_a_rule_is_tried_then_kept_and_a_mistake_loses_nothing(browser: Browser, site: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/standard")
    page.get_by_text("Change the rules").click()
    text = page.get_by_label("Rules, as TOML")
    shipped = text.input_value()
    text.fill(shipped.replace("severity == 3", "severity = 3"))
    page.get_by_role("button", name="Try on the last").click()
    expect(page.get_by_role("alert")).to_contain_text("does not compile")
    expect(page.get_by_label("Rules, as TOML")).to_have_value(
        shipped.replace("severity == 3", "severity = 3")
    )
    added = '\n[[rules]]\nname = "a SEV4"\nwhen = "severity == 4"\ndemands = ["section:testing"]\n'
    page.get_by_label("Rules, as TOML").fill(shipped + added)
    page.get_by_role("button", name="Try on the last").click()
    expect(page.get_by_role("status")).to_contain_text("A trial")
    expect(page.locator("table").first).to_contain_text("a SEV4")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main")).to_contain_text("the workspace's own, revision 1")
    expect(page.locator("table").first).to_contain_text("a SEV4")
    page.get_by_role("link", name="History").click()
    expect(page.locator("main")).to_contain_text("6 rules")
    page.context.close()
