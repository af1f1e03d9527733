"""Writing over HTTP: the save of a section, and the pages of a long postmortem and a long timeline."""

from __future__ import annotations

import http.client
import json
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.pages import _get, served
from hardwon.bootstrap import open_app
from hardwon.domain.postmortem import SECTION_TITLES, mark_of
from hardwon.domain.timeline import TimelineEntry
from hardwon.settings import Settings
from hardwon.usecases import incidents, people, postmortems
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.postmortems import SectionText

WORDS, ENTRIES, SAVES, ASKED = 3_000, 500, 300, 40
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_PAGES = {
    "editor": "/postmortems/PM-0001/edit",
    "postmortem": "/postmortems/PM-0001",
    "incident": "/incidents/INC-0001",
    "timeline": "/incidents/INC-0001/timeline",
    "brief": "/incidents/INC-0001/brief",
    "brief as PDF": "/incidents/INC-0001/brief.pdf",
    "appendix": "/incidents/INC-0001/appendix",
    "summary": "/incidents/INC-0001/summary",
    "history": "/postmortems/PM-0001/history",
}


def fill(home: Path) -> dict[str, str]:
    """Write one incident of 500 entries and its postmortem of 3,000 words; return the section texts."""
    chance = random.Random(5)
    vocabulary = [f"word{n}" for n in range(900)]

    def prose(words: int) -> str:
        return ". ".join(" ".join(chance.choices(vocabulary, k=12)) for _ in range(words // 12))

    texts = {name: prose(WORDS // len(SECTION_TITLES)) for name in SECTION_TITLES}
    with open_app(Settings(home=home)) as app:
        owner = people.local_owner(app)
        entries = tuple(
            TimelineEntry(text=prose(12), at=_NOW + timedelta(seconds=40 * n), lane=f"lane {n % 6}")
            for n in range(ENTRIES)
        )
        new = NewIncident(title="A long night", severity=2, timeline=entries, services=("search",))
        name = incidents.declare(app, owner, new).id
        written = postmortems.begin(app, owner, name).id
        for section, text in texts.items():
            postmortems.write_section(app, owner, written, section, SectionText(text=text))
    return texts


def run() -> None:
    """Measure and print."""
    print(f"\nWriting over HTTP: a postmortem of {WORDS:,} words, a timeline of {ENTRIES} entries")
    with tempfile.TemporaryDirectory() as folder:
        texts = fill(Path(folder))
        with served(Path(folder)) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            spent = _save(connection, texts)
            middle, late = np.percentile(spent[5:], (50, 95))
            print(f"  {'save of a section':18} p50 {middle:6.1f} ms  p95 {late:6.1f} ms  over {SAVES} saves")
            for name, path in _PAGES.items():
                asked = [_get(connection, path) for _ in range(ASKED + 5)]
                middle, late = np.percentile([row[2] for row in asked[5:]], (50, 95))
                size = max(len(row[1]) for row in asked) / 1000
                status = {row[0] for row in asked}
                wrong = "" if status == {200} else f"  statuses {sorted(status)}"
                print(f"  {name:18} p50 {middle:6.1f} ms  p95 {late:6.1f} ms  {size:5.1f} kB gz{wrong}")


def _save(connection: http.client.HTTPConnection, texts: dict[str, str]) -> list[float]:
    """Save sections one after the other, each a few words longer than before; return milliseconds."""
    spent = []
    names = list(texts)
    for number in range(SAVES + 5):
        name = names[number % len(names)]
        before = texts[name]
        texts[name] = f"{before} and again {number}"
        body = json.dumps({"text": texts[name], "base": mark_of(before)})
        started = time.perf_counter()
        connection.request(
            "POST", f"/postmortems/PM-0001/sections/{name}", body, {"Content-Type": "application/json"}
        )
        answer = connection.getresponse()
        said = answer.read()
        spent.append(1000 * (time.perf_counter() - started))
        if answer.status != 200:
            raise SystemExit(f"a save answered {answer.status}: {said[:200]!r}")
    return spent
