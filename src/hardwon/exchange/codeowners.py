"""CODEOWNERS: the team of a repository owns its service, and each path has its owners."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from hardwon.domain.capture import name_of
from hardwon.domain.catalog import MAX_PATHS, PathOwners, Service, Team
from hardwon.exchange.catalogue import entry_draft, fault, line_of
from hardwon.exchange.draft import Limits, NewId, Problem, ReadFile
from hardwon.exchange.importing import SourceFile, failed
from hardwon.exchange.owner_rules import Rule, rules_of
from hardwon.exchange.plain_yaml import PlainYamlError, documents
from hardwon.exchange.text_file import read_text

_FOLDERS: Final = frozenset({".github", ".gitlab", ".bitbucket", "docs"})
_EVERYTHING: Final = frozenset({"*", "/", "/*", "**", "/**", "**/*", "/**/*"})
_MOST_OWNERS: Final = 50
_FIX: Final = "Say which service it is: --map service=NAME."


class CodeOwners:
    """Reads the CODEOWNERS file of one repository.

    Its service is the one that `--map service=NAME` names, else the one of the repository's
    `catalog-info.yaml`, else it is called like the repository's folder.
    """

    name = "codeowners"

    def claims(self, path: Path, head: bytes) -> bool:
        """Claim a file of that name."""
        return bool(head.strip()) and path.name == "CODEOWNERS"

    def read(
        self, file: SourceFile, mapping: Mapping[str, str], limits: Limits, new_id: NewId
    ) -> Iterator[ReadFile]:
        """Read all rules; what cannot be read is a problem of its line, and the rest goes on."""
        del new_id
        text = read_text(file.path, file.name, limits.file_bytes)
        if isinstance(text, Problem):
            yield ReadFile(path=file.name, problems=(text,))
            return
        names = [mapping["service"]] if mapping.get("service") else _services(file.path, limits)
        service = name_of(names[0]) if len(names) == 1 else None
        if service is None:
            reason = (
                f"the repository's catalog-info.yaml names {len(names)} services"
                if len(names) > 1
                else "nothing says which service it is of"
            )
            yield failed(file.name, reason, _FIX)
            return
        yield _read(file, service, tuple(rules_of(text)))


def _read(file: SourceFile, service: str, rules: Sequence[Rule]) -> ReadFile:
    kept = [rule for rule in rules if rule.pattern and not rule.strange and not rule.pattern.startswith("!")]
    team, why = _team(kept)
    paths = tuple(PathOwners(pattern=rule.pattern[:2_000], owners=_names(rule)) for rule in kept[-MAX_PATHS:])
    owners = [owner for rule in kept for owner in rule.owners if owner.kind == "team"]
    teams = {name: owner.name[:500] for owner in owners if (name := name_of(owner.name))}
    drafts = [entry_draft(file, "team", Team(id=name, name=said)) for name, said in teams.items()]
    if paths:
        record = Service(id=service, name=service, team=team, paths=paths)
        drafts.append(entry_draft(file, "service", record))
    whose = f"the service {service} is {team}'s" if team else f"the service is {service}"
    return ReadFile(
        path=file.name,
        understood=(f"rules: {len(kept)}, teams: {len(teams)}; {whose}",),
        left=(*_left(rules, len(kept)), *why),
        problems=tuple(_problems(file, rules)),
        drafts=tuple(drafts),
    )


def _left(rules: Sequence[Rule], kept: int) -> Iterator[tuple[str, str]]:
    for rule in rules:
        if rule.pattern.startswith("!"):
            yield f"line {rule.line + 1}: {rule.pattern[:200]}", "what a pattern leaves out is not kept"
    if kept > MAX_PATHS:
        yield f"the first {kept - MAX_PATHS:,} rules", f"the last {MAX_PATHS} are kept: they count"


def _problems(file: SourceFile, rules: Sequence[Rule]) -> Iterator[Problem]:
    fix = "Write @team, @organisation/team, @user or an e-mail address."
    for rule in rules:
        for word in rule.strange:
            yield fault(file, rule.line, f"names `{word[:60]}`, which is no owner", fix)


def _team(rules: Sequence[Rule]) -> tuple[str | None, list[tuple[str, str]]]:
    """Return the team that owns everything, by the last rule that says so, and what else it names."""
    whole = [rule for rule in rules if rule.pattern in _EVERYTHING]
    last = next((rule for rule in reversed(whole) if not rule.optional), whole[-1] if whole else None)
    if last is None:
        return None, [("whose service it is", "no rule is about everything (`*`)")]
    teams = [name for owner in last.owners if owner.kind == "team" and (name := name_of(owner.name))]
    place = f"line {last.line + 1}: {last.pattern}"
    if not teams:
        return None, [(place, "a service belongs to a team, and this names none")]
    return teams[0], [(f"{place} {name}", "a service belongs to one team, the first") for name in teams[1:]]


def _names(rule: Rule) -> tuple[str, ...]:
    names = (name_of(owner.name) for owner in rule.owners)
    return tuple(dict.fromkeys(name for name in names if name))[:_MOST_OWNERS]


def _services(path: Path, limits: Limits) -> list[str]:
    """Return the components of the repository's catalogue file, or the name of its folder."""
    folder = path.parent.parent if path.parent.name in _FOLDERS else path.parent
    catalogue = folder / "catalog-info.yaml"
    found: list[str] = []
    if catalogue.is_file() and not catalogue.is_symlink():
        text = read_text(catalogue, catalogue.name, limits.file_bytes)
        try:
            entities = [value for _, value in documents(text)] if isinstance(text, str) else []
        except PlainYamlError:
            entities = []  # what is wrong with it is said where that file is imported
        found = [
            line_of(value, "metadata", "name")
            for value in entities
            if line_of(value, "kind").lower() == "component"
        ]
    return [name for name in found if name] or [folder.name]
