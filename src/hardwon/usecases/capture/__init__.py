"""Capture: what deliveries report becomes deployments, alerts and incidents; for the worker."""

from hardwon.usecases.capture.alerts import settle
from hardwon.usecases.capture.digest import digest

__all__ = ["digest", "settle"]
