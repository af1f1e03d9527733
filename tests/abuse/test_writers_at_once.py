"""Sixty-four people write into the same documents at once: no text is lost, none is overwritten unseen.

Every writer adds a word of its own to what it read. A word that was acknowledged and is not there at the
end was overwritten by somebody who had not seen it. `HARDWON_WRITES` says how many writes there are.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from pathlib import Path

import pytest

from hardwon.bootstrap import open_app
from hardwon.domain.errors import BusyError, SectionConflictError
from hardwon.domain.postmortem import SECTION_TITLES, mark_of, text_of
from hardwon.domain.timeline import TimelineEntry
from hardwon.settings import Settings
from hardwon.usecases import audit, histories, incidents, people, postmortems, timelines
from hardwon.usecases.app import App
from hardwon.usecases.incidents import NewIncident
from hardwon.usecases.postmortems import SectionText

WRITERS = 64
WRITES = int(os.environ.get("HARDWON_WRITES", "2000"))
DOCUMENTS = 8
ONE_IN = 5
"""One write in five is a timeline entry."""


class Crowd:
    """Writers over a few documents, and what was acknowledged to them."""

    def __init__(self, app: App) -> None:
        self.app, self.owner = app, people.local_owner(app)
        self.incidents = [
            incidents.declare(app, self.owner, NewIncident(title=f"Incident {n}")).id
            for n in range(DOCUMENTS)
        ]
        self.documents = [postmortems.begin(app, self.owner, name, "TPL-0001").id for name in self.incidents]
        self.words: list[tuple[str, str, str]] = []
        self.entries: list[tuple[str, str]] = []
        self.conflicts = Counter[str]()
        self.busy = 0
        self.failures: list[BaseException] = []

    def run(self, writes: int) -> None:
        """Let all of them write at once, `writes` times together."""
        threads = [
            threading.Thread(target=self._write, args=(number, writes // WRITERS))
            for number in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.failures == []

    def _write(self, number: int, turns: int) -> None:
        chance = random.Random(number)
        try:
            for turn in range(turns):
                word = f"w{number}-{turn}"
                if turn % ONE_IN == 0:
                    self._log(chance.choice(self.incidents), word)
                else:
                    self._add(chance.choice(self.documents), chance.choice(list(SECTION_TITLES)), word)
        except BaseException as error:  # noqa: BLE001  (any error fails the test)
            self.failures.append(error)

    def _log(self, incident: str, word: str) -> None:
        while True:
            try:
                timelines.write_entry(self.app, self.owner, incident, TimelineEntry(text=word))
            except BusyError:
                self.busy += 1
                continue
            break
        self.entries.append((incident, word))

    def _add(self, document: str, section: str, word: str) -> None:
        while True:
            seen = text_of(postmortems.get_postmortem(self.app, self.owner, document), section)
            new = SectionText(text=f"{seen} {word}".strip(), base=mark_of(seen))
            try:
                postmortems.write_section(self.app, self.owner, document, section, new)
            except SectionConflictError:
                self.conflicts[document] += 1
                continue
            except BusyError:
                self.busy += 1
                continue
            self.words.append((document, section, word))
            return

    def lost(self) -> list[str]:
        """Return what was acknowledged and is not there exactly once."""
        said: Counter[tuple[str, str, str]] = Counter()
        for document in self.documents:
            kept = postmortems.get_postmortem(self.app, self.owner, document)
            for section in kept.sections:
                said.update((document, section.name, word) for word in section.text.split())
        found = [word for word in self.words if said[word] != 1]
        logged: Counter[tuple[str, str]] = Counter()
        for name in self.incidents:
            told = incidents.get_incident(self.app, self.owner, name).incident
            logged.update((name, entry.text) for entry in told.timeline)
        return [str(word) for word in found] + [str(e) for e in self.entries if logged[e] != 1]

    def revisions(self) -> int:
        """Return how many revisions the documents and incidents have, counted without a gap."""
        total = 0
        for name in (*self.documents, *self.incidents):
            numbers = [row.revision for row in histories.get_history(self.app, self.owner, name)]
            assert numbers == list(range(len(numbers), 0, -1))
            total += len(numbers)
        return total


def test_nobodys_words_are_lost_when_all_write_at_once(tmp_path: Path) -> None:
    with open_app(Settings(home=tmp_path, meaning=False)) as app:
        crowd = Crowd(app)
        begun = crowd.revisions()
        crowd.run(WRITES)
        acknowledged = len(crowd.words) + len(crowd.entries)
        told = f"{sum(crowd.conflicts.values())} conflicts, {crowd.busy} told to wait"
        print(f"{acknowledged} writes by {WRITERS} at once, {told}")  # noqa: T201  (the figure of a soak)
        assert acknowledged == WRITES // WRITERS * WRITERS
        assert crowd.lost() == []
        assert crowd.revisions() - begun == acknowledged
        audit.sequence(app)
        assert audit.verify(app, crowd.owner).problems == ()


def test_a_store_that_overwrites_at_once_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postmortems, "mark_of", lambda _text: "the same for everyone")
    monkeypatch.setitem(globals(), "mark_of", lambda _text: "the same for everyone")
    with open_app(Settings(home=tmp_path, meaning=False)) as app:
        crowd = Crowd(app)
        crowd.run(640)
        assert crowd.lost() != []
