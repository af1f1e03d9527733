"""MLflow 3: model versions, and the alias by which one of them is put to work."""

from __future__ import annotations

from urllib.parse import quote

from hardwon.domain.deployment import Versions
from hardwon.domain.signal import DeploymentSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported


class MLflow:
    """Deliveries of a tracking server's registry."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the delivery's id."""
        del body
        return headers.get("x-mlflow-delivery-id", "")

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read promotions: an alias that is set to a version. Other events are kept as they came."""
        del headers
        told = f"{payload.line('entity')}.{payload.line('action')}"
        if told not in {"model_version_alias.created", "prompt_alias.created"}:
            return Reported(told)
        data = payload.at("data")
        name, alias, version = data.line("name"), data.line("alias"), data.line("version")
        prompt, carried = told.startswith("prompt"), f"{name} {version}"[:2_000]
        made = DeploymentSignal(
            key=f"{name}@{alias}={version}"[:200],
            title=f"{name} {version} is {alias}"[:500],
            at=payload.moment("timestamp"),
            outcome="succeeded",
            service=name,
            environment=alias,
            version=version,
            package="" if prompt else f"pkg:mlflow/{quote(name, safe='')}@{quote(version, safe='')}",
            versions=Versions(prompt=carried) if prompt else Versions(model=carried),
        )
        return Reported(told, (made,))
