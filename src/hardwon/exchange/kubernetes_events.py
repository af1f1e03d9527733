"""Kubernetes events as `kubectl get events -o json` writes them: warnings are alerts, the others are counted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from hardwon.domain.errors import InputError
from hardwon.domain.resource import resource_of
from hardwon.domain.signal import AlertSignal
from hardwon.exchange.draft import Limits, NewId, Problem, ReadFile
from hardwon.exchange.importing import SourceFile, failed
from hardwon.exchange.text_file import read_text
from hardwon.exchange.webhooks.payload import Payload

_MARK: Final = re.compile(rb'"(?:involvedObject|regarding)"\s*:|"EventList"')
_NAMED: Final = ("app.kubernetes.io/name", "app.kubernetes.io/instance", "k8s-app")
_ALPHABET: Final = "[bcdfghjklmnpqrstvwxz2456789]"
_TAILS: Final[dict[str, re.Pattern[str]]] = {
    "Pod": re.compile(rf"(?:(?:-{_ALPHABET}{{8,10}}|-\d{{7,10}})?-{_ALPHABET}{{5}}|-\d{{1,4}})$"),
    "ReplicaSet": re.compile(rf"-{_ALPHABET}{{8,10}}$"),
    "Job": re.compile(r"-\d{7,10}$"),
}
"""What Kubernetes adds to the name of what a pod, a replica set or a job was made for."""
_NO_SERVICE: Final = frozenset({"Node", "Namespace", "PersistentVolume"})
_MOST: Final = 100_000
_FIX: Final = "Write it with `kubectl get events -A -o json`."


class KubernetesEvents:
    """Reads a list of events of `v1` or `events.k8s.io/v1`, or one event."""

    name = "kubernetes"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim JSON in which events stand."""
        return path.suffix.lower() == ".json" and _MARK.search(head) is not None

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read each event; what is none is a problem, and the rest goes on."""
        del mapping, new_id
        text = read_text(file.path, file.name, limits.file_bytes)
        if isinstance(text, Problem):
            yield ReadFile(path=file.name, problems=(text,))
            return
        try:
            given = Payload(msgspec.json.decode(text))
        except (msgspec.DecodeError, RecursionError) as error:
            yield failed(file.name, f"it is no JSON: {error}", _FIX)
            return
        items = given.items("items") if isinstance(given.at("items").value, list) else [given]
        yield _read(file, items)


def _read(file: SourceFile, items: list[Payload]) -> ReadFile:
    problems = list[Problem]()
    signals: dict[str, AlertSignal] = {}
    others = 0
    for number, item in enumerate(items[:_MOST], 1):
        try:
            signal = _signal(item)
        except InputError as error:
            reason = f"item {number} {error.message}"
            problems.append(Problem(path=file.name, reason=reason, fix=error.fix))
            continue
        if signal is None:
            others += 1
            continue
        signals[signal.key] = signal
    if len(items) > _MOST:
        problems.append(
            Problem(path=file.name, reason=f"it holds more than {_MOST:,} events", fix="Split it.")
        )
    left = (("events that are no warnings", f"{others}: they tell of no trouble"),) if others else ()
    return ReadFile(
        path=file.name,
        understood=(f"events: {len(signals) + others}, of which {len(signals)} are warnings",),
        left=left,
        problems=tuple(problems),
        signals=tuple(signals.values()),
    )


def _signal(event: Payload) -> AlertSignal | None:
    """Return what a warning reports, None for another event. Raises InputError for what is no event."""
    kind = event.line("kind")
    about = event.at("involvedObject") if event.at("involvedObject").value else event.at("regarding")
    reason, said = event.title("reason"), event.line("type")
    if kind not in {"", "Event"} or not isinstance(about.value, dict) or not reason:
        raise InputError(
            f"is {f'a {kind[:60]}' if kind else 'nothing'}, and no event"
            if kind != "Event"
            else "is an event without a reason or an object",
            fix=_FIX,
        )
    if said not in {"Normal", "Warning"}:
        raise InputError(f"is of the type {said[:60] or 'none'}", fix="An event is Normal or Warning.")
    if said == "Normal":
        return None
    where = {"namespace": about.line("namespace"), "kind": about.line("kind"), "name": about.line("name")}
    place = "/".join(word for word in where.values() if word)
    labels = {**event.texts("metadata", "labels"), **about.texts("labels")}
    first, last = _times(event)
    return AlertSignal(
        key=event.name("metadata", "uid") or f"{place}/{reason}"[:200],
        title=reason,
        firing=True,
        at=first,
        ended_at=last,
        group=place[:2_000],
        severity=said.lower(),
        service=_service(about, labels),
        environment=resource_of(labels).environment,
        summary=_summary(event),
        labels={**labels, **{name: word for name, word in where.items() if word}},
    )


def _service(about: Payload, labels: dict[str, str]) -> str:
    """Return the service that an object is of: what its labels say, else its name without what was added to it."""
    kind, name = about.line("kind"), about.line("name")
    labelled = next((labels[label] for label in _NAMED if labels.get(label)), "")
    said = resource_of({key: word for key, word in labels.items() if key != "job"}).service
    if labelled or said or kind in _NO_SERVICE:
        return labelled or said
    return _TAILS[kind].sub("", name) if kind in _TAILS else name


def _times(event: Payload) -> tuple[Any, Any]:
    """Return when it was seen first and last, by the names of either API."""
    made = event.moment("metadata", "creationTimestamp")
    first = event.moment("firstTimestamp") or event.moment("deprecatedFirstTimestamp")
    last = event.moment("lastTimestamp") or event.moment("deprecatedLastTimestamp")
    once = event.moment("eventTime") or made
    seen = event.moment("series", "lastObservedTime") or last or once or first
    begun = first or once or seen
    return begun, max(seen, begun) if seen and begun else seen


def _summary(event: Payload) -> str:
    said = event.prose("message") or event.prose("note")
    times = event.line("count") or event.line("series", "count") or event.line("deprecatedCount")
    return f"{said} ({times} times)" if times not in {"", "0", "1"} else said
