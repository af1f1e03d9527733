"""GitHub: deployments and how they went, those that wait for our answer, merges, and issues that name actions."""

from __future__ import annotations

import re
from typing import Final, Literal

from hardwon.domain.deployment import Outcome
from hardwon.domain.signal import ChangeSignal, DeploymentSignal, GateSignal, TicketSignal
from hardwon.exchange.webhooks.payload import Payload
from hardwon.exchange.webhooks.source import Headers, Reported

USED: Final = frozenset(
    {"deployment", "deployment_protection_rule", "deployment_status", "pull_request", "issues"}
)
"""The events that are read."""
_ACTION: Final = re.compile(r"\bACT-[0-9]{4,12}\b")
_MOST_ACTIONS: Final = 20
_OUTCOMES: Final[dict[str, Outcome]] = {
    "error": "failed",
    "failure": "failed",
    "in_progress": "running",
    "queued": "planned",
    "pending": "planned",
    "success": "succeeded",
}
"""`inactive` says that a later one took its place: how this one went, it does not say."""


class GitHub:
    """Deliveries of a repository or an organisation."""

    def key(self, headers: Headers, body: bytes) -> str:
        """Return the delivery's id, which GitHub keeps when it is sent again."""
        del body
        return headers.get("x-github-delivery", "")

    def read(self, headers: Headers, payload: Payload) -> Reported:
        """Read deployments and their states; other events are kept as they came."""
        event = headers.get("x-github-event", "")
        action = payload.line("action")
        told = f"{event}.{action}" if action else event
        if event not in USED:
            return Reported(told)
        if event == "pull_request":
            return Reported(told, self._merge(payload))
        if event == "issues":
            return Reported(told, self._ticket(payload))
        if event == "deployment_protection_rule":
            asked = self._asked(payload) if action == "requested" else None
            return Reported(told, (asked,) if asked else ())
        return Reported(told, (self._deployment(payload),))

    def _merge(self, payload: Payload) -> tuple[ChangeSignal, ...]:
        """Return what a pull request merged; one that is open, or was closed without, changes nothing."""
        pull = payload.at("pull_request")
        commit = pull.name("merge_commit_sha")
        if payload.line("action") != "closed" or not pull.flag("merged") or not commit:
            return ()
        said = ChangeSignal(
            commit=commit,
            title=pull.title("title", otherwise=commit),
            text=pull.prose("body"),
            repository=payload.url("repository", "html_url"),
            url=pull.url("html_url"),
            authored_at=pull.moment("created_at"),
            merged_at=pull.moment("merged_at"),
        )
        return (said,)

    def _ticket(self, payload: Payload) -> tuple[TicketSignal, ...]:
        """Return an issue that names actions of ours, in its title, its text, or a mark that nobody sees."""
        issue = payload.at("issue")
        words = f"{issue.line('title')}\n{issue.prose('body')}"
        named = tuple(dict.fromkeys(_ACTION.findall(words)))[:_MOST_ACTIONS]
        state, url = issue.line("state"), issue.url("html_url")
        if not named or not url or state not in {"open", "closed"}:
            return ()
        key = f"{payload.line('repository', 'full_name')}#{issue.line('number')}"[:200]
        title = issue.title("title", otherwise=key)
        kept: Literal["open", "closed"] = "closed" if state == "closed" else "open"
        return (TicketSignal(key=key, title=title, actions=named, state=kept, url=url),)

    def _asked(self, payload: Payload) -> GateSignal | None:
        """Return what a protection rule asks, nothing where it says not whom to answer."""
        made, callback = payload.at("deployment"), payload.url("deployment_callback_url")
        repository, environment = payload.line("repository", "full_name"), payload.line("environment")
        installation = payload.at("installation", "id").value
        if not callback or not isinstance(installation, int | None):
            return None
        titles = [one.line("title") for one in payload.items("pull_requests")[:20]]
        version = _version_of(payload)
        said = [title for title in titles if title] or [f"{repository} {version} to {environment}"]
        return GateSignal(
            key=made.name("id") or "0",
            title=said[0][:500],
            callback=callback,
            at=made.moment("created_at"),
            text="\n".join([*said, made.prose("description")[:10_000]]),
            service=repository.rpartition("/")[2],
            environment=environment,
            version=version,
            repository=repository,
            installation=installation or 0,
        )

    def _deployment(self, payload: Payload) -> DeploymentSignal:
        made, state = payload.at("deployment"), payload.at("deployment_status")
        repository = payload.line("repository", "full_name")
        environment = made.line("original_environment") or made.line("environment")
        sha, version = made.line("sha"), _version_of(payload)
        return DeploymentSignal(
            key=f"{repository}/{made.name('id')}"[:200],
            title=f"{repository.rpartition('/')[2]} {version} to {environment}"[:500],
            at=state.moment("updated_at") or state.moment("created_at") or made.moment("created_at"),
            outcome=_OUTCOMES.get(state.line("state"), "unknown") if state.value else "planned",
            service=repository.rpartition("/")[2],
            environment=environment,
            version=version,
            repository=payload.url("repository", "html_url"),
            commit=sha,
            description=made.prose("description") or state.prose("description"),
            url=state.url("environment_url") or state.url("log_url") or state.url("target_url"),
        )


def _version_of(payload: Payload) -> str:
    """Return what is deployed: a tag or a branch of its own, else the commit."""
    made, branch = payload.at("deployment"), payload.line("repository", "default_branch")
    sha, ref = made.line("sha"), made.line("ref")
    return sha[:12] if sha and ref in {"", sha, branch, f"refs/heads/{branch}"} else ref
