"""Opening the workspace that a command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from hardwon.bootstrap import open_app
from hardwon.domain.actor import Actor
from hardwon.domain.errors import NotFoundError
from hardwon.settings import Settings, load_settings
from hardwon.usecases import people
from hardwon.usecases.app import App


def settings_of(ctx: click.Context, **overrides: Any) -> Settings:
    """Return the settings of this call. Raises InputError naming all that is wrong in them."""
    return load_settings(ctx.obj.workspace, **overrides)


@contextmanager
def open_workspace(
    ctx: click.Context, *, create: bool = False, **overrides: Any
) -> Iterator[tuple[App, Actor]]:
    """Open the workspace for its local owner.

    Raises NotFoundError where there is none and `create` does not ask for one: an empty workspace
    made by accident would answer every question with "nothing known".
    """
    settings = settings_of(ctx, **overrides)
    if not create:
        expect_workspace(settings)
    with open_app(settings) as app:
        yield app, people.local_owner(app)


def expect_workspace(settings: Settings) -> None:
    """Raise NotFoundError where the workspace was never made."""
    if not settings.database_url and not (settings.home / "hardwon.db").is_file():
        raise NotFoundError(
            f"There is no workspace at {settings.home}.",
            fix="Make one with `hardwon init`, or look at the sample with `hardwon demo`.",
        )
