"""Prompts that an agent's user may choose: they say what to ask Hardwon, and what to do with the answer."""

from __future__ import annotations

from typing import Final, NamedTuple


class Prompt(NamedTuple):
    """One prompt; `asks` are its arguments, `{name}` in the text is where one goes."""

    name: str
    title: str
    description: str
    asks: dict[str, str]
    text: str


PROMPTS: Final = {
    prompt.name: prompt
    for prompt in (
        Prompt(
            "before_it_ships",
            "Before it ships",
            "Ask what is known about a change, and what to do before it ships.",
            {"change": "The diff or the description of the change.", "service": "The service it changes."},
            "Here is a change to the service\n{service}\n\n{change}\n\nCall check_change with it. Then tell me the "
            "verdict and its reasons, each lesson that applies in one sentence with its id, each promise that is "
            "still open with its owner, and what I should do before it ships. Say so plainly if nothing applies. "
            "Do not go beyond what the tool answered.",
        ),
        Prompt(
            "seen_before",
            "Was this seen before?",
            "Ask whether something like this happened before, and what helped then.",
            {"symptoms": "What is seen: messages, alerts, what people say."},
            "This is happening:\n\n{symptoms}\n\nCall similar_incidents with it, and get_artifact for the most "
            "alike. Then tell me which past incidents are like it and why, what helped then and what did not, and "
            "which runbook is there. Keep what is known apart from what you guess.",
        ),
    )
}
