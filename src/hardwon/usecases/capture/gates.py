"""What sources ask of the check: kept as jobs, each once, however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from hardwon.domain.deployment import Deployment
from hardwon.domain.gate import JOB, Asked
from hardwon.domain.signal import GateSignal
from hardwon.domain.source import Source
from hardwon.storage.jobs import enqueue, has_job
from hardwon.storage.transaction import Transaction


def take_gates(tx: Transaction, source: Source, signals: Sequence[GateSignal]) -> None:
    """Let protection rules be answered soon; one that was asked before, under whatever delivery, is not again."""
    for signal in signals:
        asked = Asked(
            source=source.id,
            callback=signal.callback,
            environment=signal.environment,
            repository=signal.repository,
            installation=signal.installation,
            title=signal.title,
            text=signal.text,
            service=signal.service,
            version=signal.version,
        )
        mark = hashlib.sha256(f"{signal.callback}\n{signal.environment}\n{signal.key}".encode()).hexdigest()
        _once(tx, f"gate:{source.id}:{mark}", {"asked": msgspec.to_builtins(asked)})


def ask_of_promotion(tx: Transaction, source: Source, saved: Deployment) -> None:
    """Let the check be asked of a model that was put to work."""
    if source.kind == "mlflow" and saved.package:
        _once(tx, f"gate:{saved.id}", {"deployment": saved.id})


def _once(tx: Transaction, key: str, payload: dict[str, object]) -> None:
    if not has_job(tx, key):
        enqueue(tx, JOB, payload, tx.at, key=key)
