"""What the attributes of a resource say: OpenTelemetry's names, and those that monitoring has used before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, get_args

from hardwon.domain.catalog import Criticality

_SERVICE: Final = ("service.name", "service_name", "service", "app", "job")
_NAMESPACE: Final = ("service.namespace", "service_namespace")
_VERSION: Final = ("service.version", "service_version")
_ENVIRONMENT: Final = (
    "deployment.environment.name",
    "deployment_environment_name",
    "deployment.environment",
    "deployment_environment",
    "environment",
    "env",
    "cluster",
)
"""`deployment.environment` is the older name of the first: it is read and never written."""
_CRITICALITY: Final = ("service.criticality", "service_criticality")


class Resource(NamedTuple):
    """What reports: each part empty where the attributes do not say it."""

    service: str = ""
    namespace: str = ""
    version: str = ""
    environment: str = ""
    criticality: Criticality | None = None


def resource_of(attributes: Mapping[str, str]) -> Resource:
    """Return what labels or attributes say of the resource they belong to."""
    said = _first(attributes, _CRITICALITY).lower()
    return Resource(
        service=_first(attributes, _SERVICE),
        namespace=_first(attributes, _NAMESPACE),
        version=_first(attributes, _VERSION),
        environment=_first(attributes, _ENVIRONMENT),
        criticality=next((word for word in get_args(Criticality) if word == said), None),
    )


def _first(attributes: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((attributes[name] for name in names if attributes.get(name)), "")
