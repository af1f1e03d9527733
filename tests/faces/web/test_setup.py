"""What a source's page says to paste on the other side is read by that source."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import msgspec
import pytest

from hardwon.domain.signal import DeploymentSignal, SourceKind
from hardwon.exchange.webhooks.source import read_delivery
from hardwon.web.setup import pasted

ADDRESS = "https://hardwon.example/hooks/SRC-0007"


def posted(kind: SourceKind) -> Any:
    """Return the JSON that the command on the page posts."""
    return json.loads(pasted(kind, ADDRESS).partition("--json '")[2].removesuffix("'"))


@pytest.mark.parametrize("kind", get_args(SourceKind))
def test_the_address_and_nothing_unfilled_stands_in_it(kind: SourceKind) -> None:
    text = pasted(kind, ADDRESS)
    assert not text or ("hooks/SRC-0007" in text and "hardwon.example" in text)
    assert not re.search(r"(?<!\{)\{(address|base|path|with_secret)\}", text)


@pytest.mark.parametrize("kind", ["generic", "cdevents"])
def test_what_the_command_posts_is_a_deployment(kind: SourceKind) -> None:
    (signal,) = read_delivery(kind, {}, msgspec.json.encode(posted(kind))).signals
    assert isinstance(signal, DeploymentSignal)
    assert (signal.service, signal.environment, signal.version, signal.outcome) == (
        "search",
        "production",
        "7",
        "succeeded",
    )


@pytest.mark.parametrize(("aborted", "outcome"), [(True, "rolled_back"), (False, "succeeded")])
def test_argos_template_makes_an_event_that_is_read(aborted: bool, outcome: str) -> None:  # noqa: FBT001
    text = pasted("argo", ADDRESS)
    body = text.partition("body: |\n")[2].partition("\n  trigger")[0]
    values = {
        ".rollout.metadata.uid": "u-1",
        ".rollout.metadata.name": "search",
        ".rollout.metadata.namespace": "production",
        ".rollout.status.currentPodHash": "7d4f",
        ".rollout.status.phase": "Healthy",
    }
    chosen = re.sub(
        r"\{\{if \.rollout\.status\.abort\}\}(\w+)\{\{else\}\}(\w+)\{\{end\}\}",
        r"\1" if aborted else r"\2",
        body,
    )
    timed = re.sub(r"\{\{\(call .*?\}\}", "2026-11-20T10:00:00Z", chosen)
    filled = re.sub(r"\{\{(\.[\w.]+)\}\}", lambda match: values[match[1]], timed)
    (signal,) = read_delivery("argo", {}, filled.encode()).signals
    assert isinstance(signal, DeploymentSignal)
    assert (signal.service, signal.environment, signal.version, signal.outcome) == (
        "search",
        "production",
        "7d4f",
        outcome,
    )
