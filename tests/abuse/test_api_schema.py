"""Whatever the API's own description permits, and much it does not, is answered as described: never a 5xx.

`HARDWON_EXAMPLES` (3) sets how many requests are made up for each operation; `HARDWON_SEED` repeats an
earlier run, which prints its seed.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from litestar import Litestar
from litestar.testing import TestClient
from schemathesis import GenerationMode

from hardwon.api.description import describe
from hardwon.asgi import create_asgi
from hardwon.bootstrap import open_app
from hardwon.settings import Settings
from hardwon.usecases import incidents, people, samples, tokens

EXAMPLES = int(os.environ.get("HARDWON_EXAMPLES", "3"))
SEED = int(os.environ.get("HARDWON_SEED") or random.randrange(10**9))
HOST = "http://127.0.0.1:8321"
PERMISSIONS = ("read", "ask", "write", "review", "deploy", "import", "administer")
KNOWN = {
    "incident_id": "INC-0001",
    "artifact_id": "RB-0001",
    "postmortem_id": "PM-0001",
    "deployment_id": "DEP-0001",
    "action_id": "ACT-0001",
    "review_id": "REV-0001",
    "observation_id": "OBS-0001",
}
"""Ids that are there: every other request names one instead of a made-up one."""
_BODILESS = {"GET", "HEAD", "DELETE"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient[Litestar]]:
    """The API over the sample workspace, for somebody who may do everything."""
    home = tmp_path_factory.mktemp("described")
    with open_app(Settings(home=home, meaning=False)) as app:
        owner = people.local_owner(app)
        samples.load(app, owner)
        secret, _ = tokens.issue(app, owner, "test", PERMISSIONS)
        with TestClient(create_asgi(app), base_url=HOST, raise_server_exceptions=False) as made:
            made.headers["Authorization"] = f"Bearer {secret}"
            yield made


def send(client: TestClient[Litestar], case: Any) -> Any:
    """Send a made-up request; every other one to a record that is there."""
    told = case.as_transport_kwargs(base_url=HOST)
    headers = {
        name: value
        for name, value in told["headers"].items()
        if name.lower() not in {"user-agent", "authorization"}
    }
    url = told["url"]
    if len(str(told)) % 2:
        given = {**case.path_parameters, **{k: v for k, v in KNOWN.items() if k in case.path_parameters}}
        url = HOST + case.path.format(**given) if given else url
    body = {name: told[name] for name in ("json", "data", "files") if told.get(name) is not None}
    content = {"content": body.pop("data")} if isinstance(body.get("data"), str | bytes) else body
    sent = {} if case.method in _BODILESS else content
    return client.request(
        case.method,
        url,
        params=told.get("params"),
        headers={"If-Match": '"1"', **headers},
        cookies=None,
        **sent,
    )


def mistakes(answer: Any, described: dict[str, Any]) -> list[str]:
    """Return what is wrong with an answer by the description's own words."""
    status, kind = answer.status_code, answer.headers.get("content-type", "").partition(";")[0]
    if status >= 500:
        return [f"{status}: {answer.text[:200]}"]
    if status >= 400:
        return [] if kind == "application/problem+json" and "4XX" in described else [f"{status} is {kind}"]
    if str(status) not in described:
        return [f"{status} is not described"]
    promised = described[str(status)].get("content", {})
    return [] if not promised or kind in promised else [f"{status} is {kind}, not {' or '.join(promised)}"]


def ask_often(
    client: TestClient[Litestar], operation: Any, mode: GenerationMode, count: int = EXAMPLES
) -> tuple[Counter[int], set[str]]:
    """Send made-up requests to one operation; return the answers' statuses, and what was wrong with them."""
    described = operation.definition.raw["responses"]
    answers: Counter[int] = Counter()
    wrong: set[str] = set()

    @seed(SEED)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        answer = send(client, case)
        answers[answer.status_code] += 1
        wrong.update(mistakes(answer, described))

    with suppress(Unsatisfiable):  # nothing about this operation can be wrong
        ask()
    return answers, wrong


def test_every_operation_answers_as_described(client: TestClient[Litestar]) -> None:
    print(f"HARDWON_SEED={SEED}")  # noqa: T201
    found: dict[str, set[str]] = {}
    answers: Counter[int] = Counter()
    schema = schemathesis.openapi.from_dict(msgspec.json.decode(describe()))
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in GenerationMode:
            told, wrong = ask_often(client, operation, mode)
            answers += told
            if wrong:
                found.setdefault(operation.label, set()).update(wrong)
    assert found == {}, "\n".join(f"{label}: {wrong}" for label, wrong in found.items())
    print(f"{answers.total()} requests, answers {dict(sorted(answers.items()))}")  # noqa: T201


def test_a_program_that_breaks_on_an_input_is_caught(client: TestClient[Litestar], monkeypatch) -> None:
    listed = incidents.list_incidents

    def break_on(app: Any, actor: Any, **given: Any) -> Any:
        return {}["nothing"] if given["severity"] else listed(app, actor, **given)

    monkeypatch.setattr(incidents, "list_incidents", break_on)
    schema = schemathesis.openapi.from_dict(msgspec.json.decode(describe()))
    operation = schema["/api/v1/incidents"]["GET"]
    _, wrong = ask_often(client, operation, GenerationMode.POSITIVE, 50)
    assert any(what.startswith("500") for what in wrong), "a 500 went unnoticed"
