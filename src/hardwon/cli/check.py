"""`hardwon check`: what is known about a change before it ships."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote

import click
import msgspec

from hardwon.cli.check_output import Format, base_of, print_as, say_there
from hardwon.cli.exits import CHECK_FAILED, COULD_NOT_ASK, OK, say
from hardwon.cli.git_range import read_range
from hardwon.cli.output import clean, message
from hardwon.cli.similar import read_stdin
from hardwon.domain.check import CheckAnswer, CheckQuestion
from hardwon.domain.errors import InputError, NotFoundError, UnavailableError
from hardwon.domain.text import kind_of

FailOn = Literal["warn", "block"]
_MAX_TEXT: Final = 1_000_000
_MAX_PROSE: Final = 400_000


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where to ask: a server, an exported library, or (neither) the workspace."""

    server: str | None
    library: Path | None
    seconds: float


@click.command("check")
@click.argument("source", metavar="[FILE|DEPLOYMENT|-]", required=False)
@click.option("--git", "revisions", metavar="RANGE", help="A git range, e.g. main..HEAD.")
@click.option("--title", default="", help="The change in one line.")
@click.option("--service", "services", multiple=True, help="A service it changes.")
@click.option("--env", "environment", help="Where it goes.")
@click.option("--version", "version", default="", help="The version that ships.")
@click.option("--model", "models", multiple=True, help="A model version it carries.")
@click.option("--fail-on", type=click.Choice(["warn", "block"]), default="block", show_default=True)
@click.option("--fail-open", is_flag=True, help="Leave with 0 where nobody could be asked.")
@click.option("--server", metavar="URL", help="Ask this Hardwon; HARDWON_TOKEN holds the token.")
@click.option("--library", type=click.Path(path_type=Path, file_okay=False), help="Ask an export's folder.")
@click.option("--timeout", "seconds", type=click.FloatRange(0.1, 600), default=20.0, show_default=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "sarif"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as --format json does.")
@click.option("--comment", is_flag=True, help="Say it in the pull or merge request that this job runs for.")
@click.option("--alias", default="", help="The alias that the model is to get.")
@click.pass_context
def command(  # noqa: PLR0913, PLR0917  (one for each option)
    ctx: click.Context,
    source: str | None,
    revisions: str | None,
    title: str,
    services: tuple[str, ...],
    environment: str | None,
    version: str,
    models: tuple[str, ...],
    fail_on: FailOn,
    server: str | None,
    library: Path | None,
    seconds: float,
    *,
    fail_open: bool,
    form: Format,
    as_json: bool,
    comment: bool,
    alias: str,
) -> int:
    """Ask what is already known about a change: a diff or description from stdin or a FILE, a git
    range, or a DEPLOYMENT id.

    Leaves with 6 on block (or on warn, with --fail-on warn) and with 7 where nobody could be asked.
    """
    if server and library:
        raise click.UsageError("Choose one of --server and --library.")
    known = promotion(models, alias)
    question = msgspec.structs.replace(
        known if alias and not (source or revisions) else read_question(source, revisions),
        services=services or known.services,
        environment=environment or alias or None,
        version=version or known.version,
        models=models,
    )
    if title:
        question = msgspec.structs.replace(question, title=title)
    answer = _answer(ctx, _bounded(question), Place(server=server, library=library, seconds=seconds))
    base = base_of(ctx, server)
    print_as("json" if as_json else form, answer, question, base)
    if comment:
        say_there(answer, base)
    return exit_code(answer, fail_on, fail_open=fail_open)


def exit_code(answer: CheckAnswer, fail_on: FailOn, *, fail_open: bool) -> int:
    """Return the code that lets a pipeline go on (0) or stops it."""
    if answer.verdict == "unchecked":
        return OK if fail_open else COULD_NOT_ASK
    failing = {"block"} if fail_on == "block" else {"warn", "block"}
    return CHECK_FAILED if answer.verdict in failing else OK


def promotion(models: tuple[str, ...], alias: str) -> CheckQuestion:
    """Return the question about a model version that is to get an alias, as its registry will report it; of none
    nothing is asked.
    """
    if not alias:
        return CheckQuestion()
    if not models:
        raise click.UsageError("--alias needs --model, such as pkg:mlflow/ranker@8.")
    name, _, version = unquote(models[0].partition("?")[0].rpartition("/")[2]).partition("@")
    title = f"{name} {version} is {alias}"[:500]
    return CheckQuestion(title=title, services=(name[:200],) if name else (), version=version)


def read_question(source: str | None, revisions: str | None) -> CheckQuestion:
    """Return the change that the command line names, piped in or read from a file or git."""
    if revisions is not None:
        if source:
            raise click.UsageError("Choose one of --git and an argument.")
        change = read_range(revisions)
        return CheckQuestion(title=change.title, text=change.text, files=change.files)
    if source and source != "-":
        if kind_of(source) == "deployment" and not Path(source).exists():
            return CheckQuestion(deployment=source)
        return CheckQuestion(text=_read_file(Path(source)))
    if source is None and sys.stdin.isatty():
        raise click.UsageError("Pipe in a diff, name a FILE or a deployment, or use --git main..HEAD.")
    return CheckQuestion(text=read_stdin(_MAX_TEXT))


def _read_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(4 * _MAX_TEXT).decode("utf-8", "replace")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"There is no file {path}.", fix="Name a file, a deployment such as DEP-0001, or use --git."
        ) from error
    except (IsADirectoryError, ValueError) as error:
        raise InputError(f"{path} is no file.", fix="Name a file with a diff or a description.") from error


def _bounded(question: CheckQuestion) -> CheckQuestion:
    if len(question.text) <= _MAX_PROSE:
        return question
    message(f"note: only the first {_MAX_PROSE:,} characters are read; every file name counts.")
    from hardwon.domain.diff import read_change

    change = read_change(question.text)
    return msgspec.structs.replace(
        question,
        title=question.title or change.title,
        text=change.text[:_MAX_PROSE],
        files=tuple(dict.fromkeys((*question.files, *change.files))),
    )


def _answer(ctx: click.Context, question: CheckQuestion, place: Place) -> CheckAnswer:
    """Return the answer, or that nobody could be asked, which is said on stderr too."""
    try:
        return _ask(ctx, question, place)
    except UnavailableError as error:
        say(error.message, error.fix, COULD_NOT_ASK)
        return CheckAnswer(verdict="unchecked", summary=f"Nobody could be asked: {error.message}"[:2_000])


def _ask(ctx: click.Context, question: CheckQuestion, place: Place) -> CheckAnswer:
    if place.server:
        from hardwon.cli.remote_check import ask

        return ask(place.server, os.environ.get("HARDWON_TOKEN", ""), question, place.seconds)
    from hardwon.cli.workspace import open_workspace
    from hardwon.usecases.checks import check

    if place.library:
        return _ask_library(place.library, question)
    with open_workspace(ctx) as (app, actor):
        return check(app, actor, question)


def _ask_library(library: Path, question: CheckQuestion) -> CheckAnswer:
    """Read an export into a workspace that is thrown away, and ask that: words only, so it is quick."""
    from hardwon.bootstrap import open_app
    from hardwon.settings import Settings
    from hardwon.usecases import imports, indexing, people
    from hardwon.usecases.checks import check

    with (
        tempfile.TemporaryDirectory(prefix="hardwon-") as folder,
        open_app(Settings(home=Path(folder), meaning=False)) as app,
    ):
        actor = people.local_owner(app)
        report = imports.run(app, actor, [library], write=True)
        for file in report.files:
            for problem in file.problems:
                message(f"note: {clean(problem.path)}:{problem.line}: {clean(problem.reason)}")
        if not report.new:
            raise InputError(f"{library} holds nothing to ask.", fix="Make one with `hardwon export DIR`.")
        indexing.catch_up(app, vectors=False)
        return check(app, actor, question)
