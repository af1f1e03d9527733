"""`hardwon links`: links that lead nowhere, and addresses that no longer answer."""

from __future__ import annotations

from collections.abc import Iterator

import click
import msgspec

from hardwon.cli.exits import FAILED, OK
from hardwon.cli.output import clean, counted, line, message, print_json
from hardwon.cli.progress import progress_bar
from hardwon.cli.workspace import open_workspace
from hardwon.domain.actor import Actor
from hardwon.usecases import links
from hardwon.usecases.app import App

_PAGE = 500


class LinkReport(msgspec.Struct, frozen=True, kw_only=True):
    """The dead links between records, and what the addresses outside answered (None: not asked)."""

    dead: tuple[links.DeadLink, ...]
    external: links.AddressReport | None


@click.command("links")
@click.option("--external", is_flag=True, help="Also ask every web address whether it still answers.")
@click.option("--allow-private", is_flag=True, help="Ask addresses of private networks and this machine too.")
@click.option(
    "--limit",
    type=click.IntRange(1, links.MAX_ADDRESSES),
    default=links.MAX_ADDRESSES,
    show_default=True,
    help="Ask at most so many addresses.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, *, external: bool, allow_private: bool, limit: int, as_json: bool) -> int:
    """Name the links that lead nowhere, whose they are and what to do.

    Looks into the workspace alone; with --external it asks the addresses its records name, by HEAD
    and then GET, five seconds each, and keeps nothing. Leaves with 1 when a link is dead.
    """
    if allow_private and not external:
        raise click.UsageError("--allow-private goes with --external.")
    asked = None
    with open_workspace(ctx) as (app, actor):
        dead = tuple(_dead(app, actor))
        if external:
            with progress_bar(quiet=as_json) as progress:
                asked = links.check_addresses(
                    app, actor, allow_private=allow_private, limit=limit, progress=progress
                )
    report = LinkReport(dead=dead, external=asked)
    if as_json:
        print_json(report)
    else:
        _print(report)
    return FAILED if report.dead or (asked and asked.dead) else OK


def _dead(app: App, actor: Actor) -> Iterator[links.DeadLink]:
    after: str | None = None
    while True:
        page = links.list_dead(app, actor, limit=_PAGE, after=after)
        yield from page.rows
        if (after := page.next) is None:
            return


def _print(report: LinkReport) -> None:
    for link in report.dead:
        how = "in its text" if link.relation == "mention" else f"as {link.relation.replace('_', ' ')}"
        state = "is not there" if link.fault == "missing" else f"is {link.fault}"
        line(f"{click.style(link.record, bold=True)}  {clean(link.title)}")
        line(f"  names {link.target} {how}, which {state}")
        line(f"  owner {clean(link.owner) or 'nobody'}; {clean(link.fix)}")
    line(f"{counted(len(report.dead), 'dead link')} between records.")
    if report.external is not None:
        _print_addresses(report.external)


def _print_addresses(report: links.AddressReport) -> None:
    for address in report.dead:
        line(f"{click.style(address.fault, fg='red')}  {clean(address.url)}")
        line(f"  {clean(address.reason)}")
        for record, owner in address.records:
            line(f"  in {record}, owner {clean(owner) or 'nobody'}")
        line(f"  {clean(address.fix)}")
    line(f"{counted(report.asked, 'address')} asked, {len(report.dead)} dead.")
    if report.asked < report.found:
        message(f"{report.found - report.asked:,} more were not asked; raise --limit.")
