"""The workflow of a CACAO playbook as steps in the order in which a person reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from hardwon.domain.errors import InputError, TooLargeError
from hardwon.domain.runbook import MAX_STEPS, Step
from hardwon.exchange.cacao_words import Span, code_of, do, joined, shortened, text_of, title_of
from hardwon.exchange.playbook import EXPECT, headline

_MAX_DEPTH: Final = 20
_MAX_NODES: Final = 1_000
_MAX_EXPECT: Final = 2_000
_PLAIN: Final = frozenset({"action", "playbook-action"})
_READ: Final = frozenset({"type", "name", "description", "on_completion", "on_success", "on_failure"})
_BRANCHES: Final = {
    "if-condition": frozenset({"condition", "on_true", "on_false"}),
    "while-condition": frozenset({"condition", "on_true"}),
    "parallel": frozenset({"next_steps"}),
    "switch-condition": frozenset({"switch", "cases"}),
    "playbook-action": frozenset({"playbook_id"}),
    "action": frozenset({"commands"}),
    "start": frozenset(),
    "end": frozenset(),
}
Workflow = dict[str, dict[str, Any]]


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """The steps, and by the number of a step (0: none) what of the workflow has no place in them."""

    steps: tuple[Step, ...]
    left: tuple[tuple[int, str, dict[str, Any]], ...]


def read_flow(workflow: Workflow, start: str, exception: str | None) -> Flow:
    """Return the workflow's steps.

    Raises InputError for a step that is missing or of an unknown type and for one that comes after
    itself, TooLargeError for too many steps or branches within branches.
    """
    if len(workflow) > _MAX_NODES:
        raise TooLargeError(
            f"it has {len(workflow):,} workflow steps, and a runbook has at most {MAX_STEPS}",
            fix="Split the playbook.",
        )
    reader = _Reader(workflow)
    reader.branch(start, ())
    if exception is not None:
        reader.exception(exception)
    reader.leave_unreached()
    return Flow(steps=tuple(reader.steps), left=tuple(reader.left))


class _Reader:
    """Walks a workflow once, writing each step where it is first met."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self.steps: list[Step] = []
        self.left: list[tuple[int, str, dict[str, Any]]] = []
        self._numbers: dict[str, int] = {}
        self._depth = 0
        self._write: dict[str, Callable[[str, dict[str, Any], tuple[str, ...]], None]] = {
            "action": self._action,
            "playbook-action": self._playbook,
            "if-condition": self._if,
            "while-condition": self._while,
            "parallel": self._parallel,
            "switch-condition": self._switch,
        }

    def branch(self, first: Any, above: tuple[str, ...]) -> Span:
        """Write a chain of steps from `first` to its end, and return their numbers."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise TooLargeError(
                f"its branches are nested more than {_MAX_DEPTH} deep", fix="Split the playbook."
            )
        begin, own, current, chain = len(self.steps) + 1, 0, first, above
        jump = None
        while current is not None:
            node = self._node(current, chain)
            if current in self._numbers:
                jump = self._jump(own, self._numbers[current])
                break
            chain = (*chain, current)
            number = self._numbers[current] = len(self.steps) + 1
            kind = str(node.get("type"))
            self._leave(current, node, kind)
            if write := self._write.get(kind):
                write(current, node, chain)
                own = number if kind in _PLAIN else 0
            self._failure(number, node, chain)
            current = _following(node)
        self._depth -= 1
        return Span(begin, len(self.steps), jump)

    def exception(self, name: str) -> None:
        """Write what is to be done when anything goes wrong, where that is more than to stop."""
        span = self.branch(name, ())
        if span.first <= span.last:
            self._put(span.first, f"If anything goes wrong: {self.steps[span.first - 1].text}")

    def leave_unreached(self) -> None:
        """Keep what no step leads to."""
        for name, node in self.workflow.items():
            if name not in self._numbers:
                self.left.append((0, name, node))

    def _node(self, name: Any, chain: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(name, str) or name not in self.workflow:
            raise InputError(f"the workflow has no step {shortened(name)}", fix="Add it, or correct the id.")
        if name in chain:
            raise InputError(
                f"the workflow step {shortened(name)} comes after itself",
                fix="Write the repetition as a while-condition.",
            )
        node = self.workflow[name]
        if node.get("type") not in _BRANCHES:
            raise InputError(
                f"the workflow step {shortened(name)} is of no known type: {shortened(node.get('type'))}",
                fix=f"Types are {', '.join(_BRANCHES)}.",
            )
        return node

    def _failure(self, number: int, node: dict[str, Any], chain: tuple[str, ...]) -> None:
        """Write what is to be done where a step fails, and where it goes on when it does not."""
        if node.get("on_failure") is None:
            return
        span = self.branch(node["on_failure"], chain)
        if number <= len(self.steps) and (span.jump or span.first <= span.last):
            works = "" if span.last < span.first else self._after(node).replace(" Then", " If it works,")
            self._add(number, f"If it fails, {do(span)}.{works}")

    def _jump(self, own: int, number: int) -> int | None:
        """Say at the end of a branch that it goes on with a step written before; None where it just ends."""
        if number > len(self.steps):
            return None
        if own and number != own + 1:
            self._add(own, f"Then go on with step {number}.")
        return number

    def _action(self, name: str, node: dict[str, Any], _chain: tuple[str, ...]) -> None:
        commands = node.get("commands")
        if not isinstance(commands, list) or not all(isinstance(item, dict) for item in commands):
            raise InputError(f"the action {shortened(name)} has no list of commands", fix="Give it one.")
        words = [title_of(node)]
        lines: list[str] = []
        expect = ""
        for command in commands:
            text = text_of(command)
            said = str(command.get("description") or "")
            kind = command.get("type")
            rest = {key: value for key, value in command.items() if key not in _COMMAND}
            if said.startswith(EXPECT) and not expect and len(said) <= _MAX_EXPECT:
                expect = said.removeprefix(EXPECT)
            elif said:
                words.append(said)
            if text is None:
                rest = command
            elif kind == "manual":
                words += [] if text in (words[0], headline(words[0])) else [text]
            else:
                lines.append(text)
                rest |= {} if kind == "bash" else {"type": kind}
            if rest:
                self.left.append((len(self.steps) + 1, name, {"command": rest}))
        self._append(Step(text=joined(*words), command="\n".join(lines), expect=expect))

    def _playbook(self, _name: str, node: dict[str, Any], _chain: tuple[str, ...]) -> None:
        self._append(
            Step(text=joined(title_of(node), f"Run the playbook `{shortened(node.get('playbook_id'))}`."))
        )

    def _if(self, _name: str, node: dict[str, Any], chain: tuple[str, ...]) -> None:
        here = self._announce(node)
        so = self.branch(node.get("on_true"), chain)
        no = self.branch(node["on_false"], chain) if node.get("on_false") is not None else None
        text = f"If {code_of(node.get('condition'))}, {do(so)}."
        if no is not None and (no.jump or no.first <= no.last):
            text += f" If not, {do(no)}."
        self._add(here, text + self._after(node))

    def _while(self, _name: str, node: dict[str, Any], chain: tuple[str, ...]) -> None:
        here = self._announce(node)
        span = self.branch(node.get("on_true"), chain)
        self._add(
            here,
            f"As long as {code_of(node.get('condition'))}, {do(span)}, again and again." + self._after(node),
        )

    def _parallel(self, name: str, node: dict[str, Any], chain: tuple[str, ...]) -> None:
        branches = node.get("next_steps")
        if not isinstance(branches, list):
            raise InputError(f"the parallel step {shortened(name)} has no next_steps", fix="Give it two.")
        here = self._announce(node)
        spans = [do(self.branch(branch, chain)) for branch in branches]
        self._add(here, f"At the same time: {'; '.join(spans)}." + self._after(node))

    def _switch(self, name: str, node: dict[str, Any], chain: tuple[str, ...]) -> None:
        cases = node.get("cases")
        if not isinstance(cases, dict):
            raise InputError(f"the switch {shortened(name)} has no cases", fix="Give it some.")
        here = self._announce(node)
        spans = [f"for {code_of(case)}, {do(self.branch(first, chain))}" for case, first in cases.items()]
        self._add(here, f"By {code_of(node.get('switch'))}: {'; '.join(spans)}." + self._after(node))

    def _after(self, node: dict[str, Any]) -> str:
        """Return where the branches meet again."""
        following = _following(node)
        if not isinstance(following, str) or self.workflow.get(following, {}).get("type") == "end":
            return ""
        return f" Then go on with step {self._numbers.get(following, len(self.steps) + 1)}."

    def _announce(self, node: dict[str, Any]) -> int:
        self._append(Step(text=title_of(node)))
        return len(self.steps)

    def _append(self, step: Step) -> None:
        if len(self.steps) >= MAX_STEPS:
            raise TooLargeError(f"it has more than {MAX_STEPS} steps", fix="Split the playbook.")
        self.steps.append(step)

    def _go_on(self, begin: int, number: int) -> None:
        """Say at the end of a branch that it goes on with a step written before."""
        if begin <= len(self.steps) and number <= len(self.steps):
            self._add(len(self.steps), f"Then go on with step {number}.")

    def _add(self, number: int, sentence: str) -> None:
        self._put(number, joined(self.steps[number - 1].text, sentence))

    def _put(self, number: int, text: str) -> None:
        self.steps[number - 1] = msgspec.structs.replace(self.steps[number - 1], text=text)

    def _leave(self, name: str, node: dict[str, Any], kind: str) -> None:
        """Keep what of a step has no place in a runbook: agents, targets, variables, time limits."""
        read = _READ | _BRANCHES[kind] if kind not in {"start", "end"} else _READ - {"name", "description"}
        rest = {
            key: value
            for key, value in node.items()
            if key not in read or (key in _WORDS and not isinstance(value, str))
        }
        if rest:
            number = len(self.steps) + 1 if kind in self._write else 0
            self.left.append((number, name, rest))


_WORDS: Final = frozenset({"name", "description"})
_COMMAND: Final = frozenset({"type", "description", "command", "command_b64"})


def _following(node: dict[str, Any]) -> Any:
    success = node.get("on_success")
    return node.get("on_completion") if success is None else success
