"""What is pasted on the other side to make a system report here; `SECRET` stands for the source's secret."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from hardwon.domain.signal import SourceKind

_ALERTMANAGER: Final = """\
receivers:
  - name: hardwon
    webhook_configs:
      - url: {address}
        send_resolved: true
        http_config:
          authorization:
            credentials: SECRET"""
_ARGO: Final = """\
data:
  service.webhook.hardwon: |
    url: {address}
    headers:
      - name: Authorization
        value: Bearer SECRET
      - name: Content-Type
        value: application/json
  template.hardwon: |
    webhook:
      hardwon:
        method: POST
        body: |
          {{"context": {{"specversion": "0.5.1",
            "id": "{{{{.rollout.metadata.uid}}}}-{{{{.rollout.status.currentPodHash}}}}-{{{{.rollout.status.phase}}}}",
            "source": "/argo-rollouts/{{{{.rollout.metadata.namespace}}}}",
            "type":
              "dev.cdevents.service.{{{{if .rollout.status.abort}}}}rolledback{{{{else}}}}deployed{{{{end}}}}.0.3.0",
            "timestamp": "{{{{(call .time.Now).Format "2006-01-02T15:04:05Z07:00"}}}}"}},
           "subject": {{"id": "{{{{.rollout.metadata.name}}}}", "content": {{
             "environment": {{"id": "{{{{.rollout.metadata.namespace}}}}"}},
             "artifactId": "pkg:oci/{{{{.rollout.metadata.name}}}}@{{{{.rollout.status.currentPodHash}}}}"}}}}}}
  trigger.hardwon: |
    - when: rollout.status.phase in ['Healthy', 'Degraded'] || rollout.status.abort
      oncePer: rollout.status.currentPodHash + rollout.status.phase
      send: [hardwon]
---
kubectl annotate rollout NAME notifications.argoproj.io/subscribe.hardwon.hardwon="\""""
_FLAGGER: Final = """\
analysis:
  webhooks:
    - name: hardwon
      type: event
      url: {with_secret}"""
_GENERIC: Final = """\
curl {address} -H "Authorization: Bearer SECRET" --json '{{
  "type": "deployment", "key": "build-7", "title": "search 7 to production",
  "service": "search", "environment": "production", "version": "7", "outcome": "succeeded"}}'"""
_MLFLOW: Final = """\
from mlflow import MlflowClient
MlflowClient().create_webhook(
    name="hardwon", url="{address}", secret="SECRET",
    events=["model_version.created", "model_version_alias.created", "model_version_alias.deleted"])"""
_OPENLINEAGE: Final = """\
transport:
  type: http
  url: {base}
  endpoint: {path}
  auth:
    type: api_key
    apiKey: SECRET"""
_CDEVENTS: Final = """\
curl {address} -H "Authorization: Bearer SECRET" --json '{{
  "context": {{"specversion": "0.5.1", "id": "e-7", "source": "/ci", "timestamp": "2026-11-20T10:00:00Z",
    "type": "dev.cdevents.service.deployed.0.3.0"}},
  "subject": {{"id": "search", "content": {{
    "environment": {{"id": "production"}}, "artifactId": "pkg:oci/search@7"}}}}}}'"""
_PASTED: Final[dict[SourceKind, str]] = {
    "alertmanager": _ALERTMANAGER,
    "argo": _ARGO,
    "cdevents": _CDEVENTS,
    "flagger": _FLAGGER,
    "generic": _GENERIC,
    "mlflow": _MLFLOW,
    "openlineage": _OPENLINEAGE,
    "prometheus": _ALERTMANAGER,
    "statuspage": "{with_secret}",
}


def pasted(kind: SourceKind, address: str) -> str:
    """Return what is pasted on the other side, empty where its pages ask for the address alone."""
    parts = urlsplit(address)
    return _PASTED.get(kind, "").format(
        address=address,
        base=f"{parts.scheme}://{parts.netloc}",
        path=parts.path.removeprefix("/"),
        with_secret=f"{parts.scheme}://hardwon:SECRET@{parts.netloc}{parts.path}",
    )
