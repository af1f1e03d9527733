"""`hardwon search`: words and meaning over everything."""

from __future__ import annotations

from datetime import UTC, datetime, time

import click

from hardwon.cli.hits import print_hit
from hardwon.cli.output import clean, line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.search import DocumentKind, Facet, Filters
from hardwon.usecases.search import SearchPage, search

KINDS = ("incident", "deployment", "postmortem", "lesson", "runbook", "note", "action", "observation")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Only this kind.")
@click.option("--service", "services", multiple=True, help="Only this service.")
@click.option("--environment", "environments", multiple=True, help="Only this environment.")
@click.option("--risk", "risks", multiple=True, type=click.Choice(["low", "medium", "high", "critical"]))
@click.option("--tag", "tags", multiple=True, help="Only with this tag.")
@click.option("--state", "states", multiple=True, help="Only in this state.")
@click.option("--since", type=DAY, help="Only from this day on.")
@click.option("--until", type=DAY, help="Only up to this day.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--offset", type=click.IntRange(0, 1_000), default=0, help="Skip so many hits.")
@click.option("--words-only", is_flag=True, help="Leave meaning out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(  # noqa: PLR0913, PLR0917  (one for each option)
    ctx: click.Context,
    words: tuple[str, ...],
    kinds: tuple[DocumentKind, ...],
    services: tuple[str, ...],
    environments: tuple[str, ...],
    risks: tuple[str, ...],
    tags: tuple[str, ...],
    states: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    limit: int,
    offset: int,
    *,
    words_only: bool,
    as_json: bool,
) -> None:
    """Search incidents, lessons, runbooks, actions and all else. A filter given twice means either.

    Among the words stand conditions, e.g. 'service:ranker', 'sev:<=2', 'before:2026-03', 'has:open-action', a
    "phrase in quotes", and behind -- what must not be there: '-canary'.
    """
    filters = Filters(
        kinds=kinds,
        services=services,
        environments=environments,
        risks=risks,
        tags=tags,
        states=states,
        since=since.replace(tzinfo=UTC) if since else None,
        until=datetime.combine(until, time.max, UTC) if until else None,
    )
    text = " ".join(words)
    with open_workspace(ctx) as (app, actor):
        page = search(app, actor, text, filters=filters, limit=limit, offset=offset, words_only=words_only)
    if as_json:
        print_json(page)
    else:
        _print_page(page, offset)
    for unclear in page.asked.unclear:
        message(f"Left out, for it was not understood: {clean(unclear)}.")
    if page.misspelt:
        named = ", ".join(clean(word) for word in page.misspelt)
        message(f"Nothing holds {named}; what is spelt nearly so was searched as well.")


def _print_page(page: SearchPage, offset: int) -> None:
    for hit in page.hits:
        print_hit(hit)
    for facet in page.facets:
        _print_facet(facet)
    if page.hits:
        message(f"{offset + 1} to {offset + len(page.hits)} of {page.total} ({page.mode}).")
    else:
        message("Nothing found. Try fewer words, or `hardwon similar` with a description.")


def _print_facet(facet: Facet) -> None:
    if len(facet.counts) > 1:
        counts = ", ".join(f"{clean(value)} {number}" for value, number in facet.counts[:8])
        line(click.style(f"{facet.field}: {counts}", dim=True))
