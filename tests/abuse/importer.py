"""An import that is killed: says `ready`, imports a file into a workspace, says `done`."""

from __future__ import annotations

import os
from pathlib import Path

from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import imports
from tests.abuse.writer import ADA, NOW, arm


def settings_of(home: Path, url: str) -> Settings:
    """Return the settings of a workspace that searches words only."""
    return Settings(home=home, database_url="" if url.startswith("sqlite") else url, meaning=False)


def main(home: str, url: str, file: str, point: str) -> None:
    with open_app(settings_of(Path(home), url), clock=lambda: NOW) as app:
        if point:
            arm(app.store, point)
        os.write(1, b"ready\n")
        imports.run(app, ADA, [Path(file)], write=True)
        os.write(1, b"done\n")
