"""CACAO 2.0 playbooks: a runbook goes out and comes back; branches are read in order; traps are refused."""

from __future__ import annotations

import base64
import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hardwon.domain.reference import Reference
from hardwon.domain.runbook import MAX_STEPS, Runbook, Step
from hardwon.exchange.cacao import KEPT, CacaoPlaybook
from hardwon.exchange.draft import Limits
from hardwon.exchange.importing import SourceFile, importers
from hardwon.exchange.playbook import to_playbook

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
IDENTIFIER = re.compile(
    r"[a-z][a-z0-9-]+[a-z0-9]--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
REQUIRED = {
    "type",
    "spec_version",
    "id",
    "name",
    "created_by",
    "created",
    "modified",
    "workflow_start",
    "workflow",
}


def runbook(*steps: Step, **more: object) -> Runbook:
    fields = {"id": "RB-0007", "title": "Rebuild the index", "written_at": AT, "updated_at": AT}
    return Runbook(steps=steps, **(fields | more))


def read(tmp_path: Path, playbook: object, name: str = "playbook.json", **limits: int):
    """Read one playbook as the import does, and return what came of it."""
    path = tmp_path / name
    path.write_bytes(playbook if isinstance(playbook, bytes) else json.dumps(playbook).encode())
    reader = CacaoPlaybook()
    assert reader.claims(path, path.read_bytes()[:4096])
    source = SourceFile(path=path, name=name, source="import:files", source_id=name)
    (file,) = reader.read(source, {}, Limits(**limits), lambda: "new:1")
    return file


def back(tmp_path: Path, playbook: object) -> Runbook:
    file = read(tmp_path, playbook)
    assert file.problems == ()
    return file.drafts[0].record


def flow(**nodes: dict[str, object]) -> dict[str, object]:
    """Return a playbook whose steps have short names, `first` behind its start."""
    ids = {name: f"{node.get('type', 'action')}--{uuid4()}" for name, node in nodes.items()}
    start = f"start--{uuid4()}"

    def named(value: object) -> object:
        if isinstance(value, str):
            return ids.get(value, value)
        if isinstance(value, list):
            return [named(item) for item in value]
        return {key: named(item) for key, item in value.items()} if isinstance(value, dict) else value

    workflow: dict[str, object] = {start: {"type": "start", "on_completion": ids["first"]}}
    for name, node in nodes.items():
        words = {
            "type": "action",
            "name": f"Do {name}",
            "commands": [{"type": "manual", "command": f"Do {name}"}],
        }
        kind = node.get("type", "action")
        made = (words if kind == "action" else {}) | node
        workflow[ids[name]] = {
            key: named(value) if key not in {"type", "name"} else value for key, value in made.items()
        }
    return {
        "type": "playbook",
        "spec_version": "cacao-2.0",
        "id": f"playbook--{uuid4()}",
        "name": "By branches",
        "created_by": f"identity--{uuid4()}",
        "created": "2026-01-02T03:04:05.678Z",
        "modified": "2026-01-03T03:04:05.678Z",
        "workflow_start": start,
        "workflow": workflow,
    }


def texts(tmp_path: Path, playbook: object) -> list[str]:
    return [step.text for step in back(tmp_path, playbook).steps]


# --- Out


def test_a_playbook_says_what_the_standard_asks() -> None:
    made = runbook(
        Step(text="Look", command='emb age --by "partition"', expect="96 lines"),
        Step(text="Tell support.\n\nThey know whom to call."),
        owner="mika",
        risk="high",
        services=("embeddings",),
        tags=("freshness",),
        lessons=("LES-0011",),
        incidents=("INC-0042",),
        references=(Reference(url="https://wiki.example/rebuild", title="How it is built"),),
        body="For when it is stale.",
    )
    playbook = json.loads(to_playbook(made))
    assert set(playbook) >= REQUIRED
    assert (playbook["type"], playbook["spec_version"]) == ("playbook", "cacao-2.0")
    assert all(STAMP.fullmatch(playbook[name]) for name in ("created", "modified"))
    assert (playbook["description"], playbook["severity"]) == ("For when it is stale.", 75)
    assert playbook["labels"] == ["freshness", "service:embeddings"]
    workflow = playbook["workflow"]
    chain = [playbook["workflow_start"]]
    while following := workflow[chain[-1]].get("on_completion"):
        chain.append(following)
    assert [workflow[name]["type"] for name in chain] == ["start", "action", "action", "end"]
    assert set(chain) == set(workflow)
    for name, node in workflow.items():
        assert IDENTIFIER.fullmatch(name)
        assert name.startswith(f"{node['type']}--")
        assert UUID(name.rpartition("--")[2]).version == 4
    assert UUID(playbook["id"].removeprefix("playbook--")).version == 5
    shell, manual = (workflow[name]["commands"][0] for name in chain[1:3])
    assert (shell["type"], base64.b64decode(shell["command_b64"])) == ("bash", b'emb age --by "partition"')
    assert (manual["type"], manual["command"]) == ("manual", "Tell support.")
    agent = workflow[chain[1]]["agent"]
    assert playbook["agent_definitions"][agent] == {"type": "individual", "name": "mika"}
    assert [item.get("external_id") or item["url"] for item in playbook["external_references"]] == [
        "LES-0011",
        "INC-0042",
        "https://wiki.example/rebuild",
    ]


def test_one_runbook_keeps_its_ids() -> None:
    first = runbook(Step(text="Look"))
    later = msgspec.structs.replace(
        first, title="Another title", updated_at=AT.replace(year=2027), revision=4
    )
    old, new = json.loads(to_playbook(first)), json.loads(to_playbook(later))
    assert to_playbook(first) == to_playbook(first)
    assert (old["id"], old["created"], set(old["workflow"])) == (
        new["id"],
        new["created"],
        set(new["workflow"]),
    )
    other = msgspec.structs.replace(first, id="RB-0008")
    assert json.loads(to_playbook(other))["id"] != old["id"]


def test_what_came_as_a_playbook_keeps_its_id(tmp_path) -> None:
    playbook = flow(first={})
    assert json.loads(to_playbook(back(tmp_path, playbook)))["id"] == playbook["id"]


# --- And back

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=60)
STEPS = st.lists(st.builds(Step, text=TEXT, command=TEXT, expect=TEXT), min_size=1, max_size=6).map(tuple)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=STEPS,
    title=TEXT.filter(bool),
    body=TEXT,
    lessons=st.sampled_from([(), ("LES-0011",)]),
    risk=st.sampled_from([None, "low", "medium", "high", "critical"]),
    tags=st.lists(st.sampled_from(["freshness", "a b", "é"]), unique=True).map(tuple),
    services=st.lists(st.sampled_from(["ranker", "a:b"]), unique=True).map(tuple),
)
def test_a_runbook_comes_back(tmp_path, steps, title, body, lessons, risk, tags, services) -> None:  # noqa: PLR0913, PLR0917
    made = runbook(*steps, title=title, body=body, lessons=lessons, risk=risk, tags=tags, services=services)
    came = back(tmp_path, to_playbook(made))
    assert (came.title, came.steps) == (title, steps)
    assert (came.risk, came.tags, came.services) == (risk, tags, services)
    assert came.written_at.replace(microsecond=0) == AT.replace(microsecond=0)
    if lessons:
        assert came.body.startswith(body)
        assert "LES-0011" in came.body
    else:
        assert came.body == body


# --- In


def test_it_is_found_before_the_other_readers_of_json(tmp_path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps(flow(first={}), sort_keys=True))
    claimed = [reader.name for reader in importers() if reader.claims(path, path.read_bytes()[:4096])]
    assert claimed[0] == "cacao"
    path.write_text('[{"title": "Mail was lost"}]')
    assert not CacaoPlaybook().claims(path, path.read_bytes())
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert (
        project["project"]["entry-points"]["hardwon.importers"]["cacao"]
        == "hardwon.exchange.cacao:CacaoPlaybook"
    )


def test_a_condition_is_a_step_that_says_where_to_go(tmp_path) -> None:
    playbook = flow(
        first={
            "type": "if-condition",
            "condition": "__x__:value = 1",
            "on_true": "so",
            "on_false": "no",
            "on_completion": "last",
        },
        so={"on_completion": "more"},
        more={"on_completion": "stop"},
        no={},
        last={"on_completion": "end"},
        stop={"type": "end"},
        end={"type": "end"},
    )
    assert texts(tmp_path, playbook) == [
        "If `__x__:value = 1`, do steps 2 to 3. If not, do step 4. Then go on with step 5.",
        "Do so",
        "Do more",
        "Do no",
        "Do last",
    ]


def test_loops_parallels_switches_and_playbooks_are_readable(tmp_path) -> None:
    called = f"playbook--{uuid4()}"
    playbook = flow(
        first={"type": "while-condition", "condition": "lag > 0", "on_true": "wait", "on_completion": "both"},
        wait={},
        both={"type": "parallel", "next_steps": ["left", "right"], "on_completion": "which"},
        left={},
        right={},
        which={"type": "switch-condition", "switch": "__kind__", "cases": {"db": "left2", "other": "run"}},
        left2={},
        run={"type": "playbook-action", "name": "Hand over", "playbook_id": called},
    )
    assert texts(tmp_path, playbook) == [
        "As long as `lag > 0`, do step 2, again and again. Then go on with step 3.",
        "Do wait",
        "At the same time: do step 4; do step 5. Then go on with step 6.",
        "Do left",
        "Do right",
        "By `__kind__`: for `db`, do step 7; for `other`, do step 8.",
        "Do left2",
        f"Hand over\n\nRun the playbook `{called}`.",
    ]


def test_branches_that_meet_are_written_once(tmp_path) -> None:
    playbook = flow(
        first={"type": "if-condition", "condition": "x", "on_true": "so", "on_false": "no"},
        so={"on_completion": "meet"},
        no={"on_completion": "meet"},
        meet={},
    )
    assert texts(tmp_path, playbook) == [
        "If `x`, do steps 2 to 3. If not, do step 4.",
        "Do so",
        "Do meet",
        "Do no\n\nThen go on with step 3.",
    ]


def test_failure_and_exception_are_told(tmp_path) -> None:
    playbook = flow(first={"on_failure": "call", "on_success": "last"}, call={}, last={}, panic={})
    playbook["workflow_exception"] = next(
        name for name, node in playbook["workflow"].items() if node.get("name") == "Do panic"
    )
    assert texts(tmp_path, playbook) == [
        "Do first\n\nIf it fails, do step 2. If it works, go on with step 3.",
        "Do call",
        "Do last",
        "If anything goes wrong: Do panic",
    ]


def test_nothing_is_lost(tmp_path) -> None:
    playbook = flow(
        first={
            "description": "Look closely",
            "timeout": 5_000,
            "agent": f"ssh--{uuid4()}",
            "commands": [
                {"type": "ssh", "command": "uptime", "description": "On every host", "version": "2"},
                {"type": "http-api", "command": "GET /age HTTP/1.1", "headers": {"X-Env": ["prod"]}},
                {"type": "bash", "command_b64": "%%%"},
            ],
        },
        unreached={"name": "Nobody comes here"},
    )
    playbook |= {
        "playbook_variables": {"__x__": {"type": "string"}},
        "severity": 60,
        "labels": ["a", 7, ""],
        "x_own": "```",
    }
    playbook["external_references"] = [
        {"name": "Wiki", "url": "https://wiki.example/a"},
        {"name": "Book", "source": "Chapter 3"},
        {"name": "Trap", "url": "javascript:alert(1)"},
    ]
    file = read(tmp_path, playbook)
    made = file.drafts[0].record
    (step,) = made.steps
    assert step.text == "**Do first**\n\nLook closely\n\nOn every host"
    assert step.command == "uptime\nGET /age HTTP/1.1"
    assert (made.risk, made.tags) == ("high", ("a",))
    assert [reference.url for reference in made.references] == ["https://wiki.example/a"]
    fenced = re.search(r"(`{4,})json\n(?P<json>.*)\n\1", made.body, re.DOTALL)
    kept = json.loads(fenced["json"])
    assert (kept["severity"], kept["labels"], kept["x_own"]) == (60, [7, ""], "```")
    assert [item["name"] for item in kept["external_references"]] == ["Book", "Trap"]
    assert {"timeout", "agent"} <= set(kept["workflow"][0])
    commands = [item["command"] for item in kept["workflow"] if "command" in item]
    assert {"type": "bash", "command_b64": "%%%"} in commands
    assert any(item.get("headers") == {"X-Env": ["prod"]} for item in commands)
    assert any(item.get("name") == "Nobody comes here" for item in kept["workflow"])
    assert made.body.startswith(KEPT)
    assert {why for _, why in file.left} == {"kept as JSON below its text"}


def test_the_same_playbook_is_known_wherever_it_lies(tmp_path) -> None:
    playbook = flow(first={})
    drafts = [read(tmp_path, playbook, name).drafts[0] for name in ("a.json", "b.json")]
    assert {(draft.source, draft.source_id) for draft in drafts} == {("cacao", playbook["id"])}


# --- Traps


def chain(length: int) -> dict[str, object]:
    nodes = {f"s{number}": {"on_completion": f"s{number + 1}"} for number in range(length)}
    return flow(first={"on_completion": "s0"}, **nodes, **{f"s{length}": {"type": "end"}})


def nested(depth: int) -> dict[str, object]:
    nodes = {
        f"n{number}": {"type": "if-condition", "condition": "x", "on_true": f"n{number + 1}"}
        for number in range(depth)
    }
    return flow(first={"on_completion": "n0"}, **nodes, **{f"n{depth}": {}})


def failing(depth: int) -> dict[str, object]:
    nodes = {f"n{number}": {"on_failure": f"n{number + 1}"} for number in range(depth)}
    return flow(first={"on_failure": "n0"}, **nodes, **{f"n{depth}": {}})


REFUSED = {
    "a cycle": (
        flow(first={"on_completion": "second"}, second={"on_completion": "first"}),
        "comes after itself",
    ),
    "a step that follows itself": (flow(first={"on_completion": "first"}), "comes after itself"),
    "a loop through a failure": (
        flow(first={"on_completion": "x"}, x={"on_failure": "first"}),
        "comes after itself",
    ),
    "a step that is missing": (flow(first={"on_completion": "nowhere"}), "has no step nowhere"),
    "a start that is missing": (flow(first={}) | {"workflow_start": "start--x"}, "has no step start--x"),
    "an exception that is missing": (flow(first={}) | {"workflow_exception": "end--x"}, "has no step end--x"),
    "a step of no known type": (flow(first={"type": "dance"}), "no known type"),
    "no commands": (flow(first={"commands": "rm"}), "no list of commands"),
    "a link that is no text": (flow(first={"on_completion": 7}), "has no step 7"),
    "too many steps": (chain(MAX_STEPS + 1), f"more than {MAX_STEPS}"),
    "ten thousand steps": (chain(10_000), "10,0"),
    "branches in branches": (nested(60), "nested"),
    "failures of failures": (failing(900), "nested"),
    "an older standard": (flow(first={}) | {"spec_version": "1.1"}, "only cacao-2.0"),
    "a bad id": (flow(first={}) | {"id": "playbook--1"}, "id"),
    "no name": (flow(first={}) | {"name": ""}, "name"),
    "a workflow that is a list": (flow(first={}) | {"workflow": []}, "workflow"),
    "a huge text": (flow(first={"description": "x" * 500_000}), "length"),
    "a NUL": (flow(first={"description": "a\x00b"}), "NUL"),
    "a huge remainder": (flow(first={}) | {"x_own": "y" * 500_000}, "length"),
}


@pytest.mark.parametrize(("playbook", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_a_runbook_is_refused_with_a_fix(tmp_path, playbook, reason) -> None:
    file = read(tmp_path, playbook)
    (problem,) = file.problems
    assert reason in problem.reason
    assert problem.fix
    assert file.drafts == ()


@pytest.mark.parametrize(
    "content",
    [
        b'{"type": "playbook", ' + b'"a": [' * 100_000,
        b'{"type": "playbook", "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b'{"type": "playbook"',
        b'{"type": "playbook", "workflow": {}}',
        b'{"type": "playbook"}\xff',
    ],
)
def test_a_broken_file_is_named(tmp_path, content) -> None:
    (problem,) = read(tmp_path, content).problems
    assert problem.fix


def test_a_file_over_the_bound_is_not_read(tmp_path) -> None:
    (problem,) = read(tmp_path, flow(first={}), file_bytes=100).problems
    assert "at most" in problem.reason
