"""What a person at a browser does between two pages: click, and wait for the next one."""

from __future__ import annotations

from playwright.sync_api import Locator


def follow(what: Locator) -> None:
    """Click what leads to another page, or to the same one anew, and wait until that is whole.

    A click alone returns before the answer is there: what is read next, without `expect`, may be of the old page.
    """
    with what.page.expect_navigation():
        what.click()
