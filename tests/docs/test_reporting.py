"""The curl lines of “Let systems report” are sent to a real server, with its address and secrets put in."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

from hardwon.bootstrap import open_app
from hardwon.domain.deployment import Deployment
from hardwon.settings import Settings
from hardwon.storage.queries.records import get_record
from hardwon.usecases import capture, people, tokens
from tests.serving import serving

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/let-systems-report.md"


def test_the_lines_do_what_they_say(tmp_path: Path) -> None:
    said = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (deliver,) = (line for line in said if "/hooks/" in line)
    (add,) = (line for line in said if "/api/v1/sources" in line)
    with open_app(Settings(home=tmp_path, meaning=False)) as app, serving(app) as site:
        token, _ = tokens.issue(app, people.local_owner(app), "ci", ("administer",))

        def run(line: str, secret: str = "") -> str:
            told = line.replace("https://hardwon.example.org", site).replace("SECRET", secret)
            done = subprocess.run(
                ["bash", "-c", told],  # noqa: S607
                env={**os.environ, "HARDWON_TOKEN": token, "no_proxy": "127.0.0.1"},
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            return done.stdout

        made = json.loads(run(add))
        assert made["source"]["id"] == "SRC-0001"
        assert json.loads(run(deliver, made["secret"])) == {"status": "kept"}
        capture.digest(app)
        with app.store.read(None) as reading:
            kept = get_record(reading, Deployment, "DEP-0001")
    assert (kept.title, kept.version, kept.outcome) == ("search 7 to production", "7", "succeeded")
