"""`hardwon erase`: a person, or words that should never have been written."""

from __future__ import annotations

import sys

import click

from hardwon.cli.output import clean, counted, line, message, print_json
from hardwon.cli.workspace import open_workspace
from hardwon.domain.erasure import Found
from hardwon.usecases import audit, erasure, indexing
from hardwon.usecases.app import App

_YES = click.option("--yes", is_flag=True, help="Erase; else only say where it stands.")
_REASON = click.option("--reason", default="", help="Why; kept in the trail.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("erase")
def command() -> None:
    """Erase a person, or words, from every record, its history and the trail."""


@command.command("person")
@click.argument("person_id", metavar="ID")
@_REASON
@_YES
@_JSON
@click.pass_context
def person(ctx: click.Context, person_id: str, reason: str, *, yes: bool, as_json: bool) -> None:
    """Erase a person: the id, the full name and the address. Who did what stays told apart."""
    with open_workspace(ctx) as (app, actor):
        if yes:
            _done(app, erasure.erase_person(app, actor, person_id, reason), as_json=as_json)
        else:
            _look(erasure.preview_person(app, actor, person_id), as_json=as_json)


@command.command("words")
@_REASON
@_YES
@_JSON
@click.pass_context
def words(ctx: click.Context, reason: str, *, yes: bool, as_json: bool) -> None:
    """Erase words, read from standard input so that no shell remembers them: a secret that was pasted."""
    if sys.stdin.isatty():
        message("Type the words to erase, then Ctrl-D.")
    text = sys.stdin.read(10_000).strip()
    with open_workspace(ctx) as (app, actor):
        if yes:
            _done(app, erasure.erase_words(app, actor, text, reason), as_json=as_json)
        else:
            _look(erasure.preview_words(app, actor, text), as_json=as_json)


def _look(preview: erasure.Preview, *, as_json: bool) -> None:
    if as_json:
        print_json(preview)
        return
    _told("Found in", preview.found)
    for name in preview.found.stuck:
        line(f"part of a name, from which nothing is erased: {clean(name)}")
    for held in preview.held:
        line(f"under a legal hold: {clean(held)}")
    message("Nothing was changed. Add --yes to erase for good.")


def _done(app: App, found: Found, *, as_json: bool) -> None:
    audit.sequence(app)
    indexing.catch_up(app, vectors=False)
    if as_json:
        print_json(found)
        return
    _told("Erased from", found)
    message("Backups and exports that were made before still hold it.")


def _told(verb: str, found: Found) -> None:
    records, details = counted(len(found.records), "record"), counted(found.entries, "detail")
    line(f"{verb} {counted(found.revisions, 'revision')} of {records}, {details} of the trail.")
