"""CODEOWNERS files as GitHub and GitLab read them, and what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardwon.domain.catalog import PathOwners, Service, Team
from hardwon.exchange.draft import ReadFile
from hardwon.exchange.importing import read
from hardwon.exchange.owner_rules import rules_of

RULES = """\
# Who is asked about what
*                 @shop/everybody
/docs/            docs@shop.example  # prose
*.py              @shop/Search-Team @sena
/a\\ path/x        @shop/search-team
*                 @shop/search-team @shop/platform
/vendor/
"""
SECTIONS = """\
[Everything] @shop/platform
*
/README.md @mika

^[Database][2] @shop/data/engines
*
/db/
!/db/fixtures/
[Roles]
/deploy/ @@maintainers
"""


def one(
    folder: Path, text: str, mapping: dict[str, str] | None = None, place: str = "CODEOWNERS"
) -> ReadFile:
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    (found,) = read([path], mapping)
    return found


def service_of(found: ReadFile) -> Service:
    (service,) = [draft.record for draft in found.drafts if isinstance(draft.record, Service)]
    return service


def test_the_last_rule_for_everything_owns_the_service_and_every_path_keeps_its_owners(
    tmp_path: Path,
) -> None:
    found = one(tmp_path / "Ranker", RULES, place=".github/CODEOWNERS")
    service = service_of(found)
    assert (service.id, service.team, found.problems) == ("ranker", "search-team", ())
    assert service.paths == (
        PathOwners(pattern="*", owners=("everybody",)),
        PathOwners(pattern="/docs/", owners=("docs",)),
        PathOwners(pattern="*.py", owners=("search-team", "sena")),
        PathOwners(pattern="/a path/x", owners=("search-team",)),
        PathOwners(pattern="*", owners=("search-team", "platform")),
        PathOwners(pattern="/vendor/"),
    )
    assert [draft.record.id for draft in found.drafts if isinstance(draft.record, Team)] == [
        "everybody",
        "search-team",
        "platform",
    ]
    assert found.left == (("line 6: * platform", "a service belongs to one team, the first"),)


def test_sections_give_their_owners_and_an_optional_one_owns_no_service(tmp_path: Path) -> None:
    found = one(tmp_path, SECTIONS, {"service": "Ledger"}, ".gitlab/CODEOWNERS")
    service = service_of(found)
    assert (service.id, service.team) == ("ledger", "platform")
    assert [(path.pattern, path.owners) for path in service.paths] == [
        ("*", ("platform",)),
        ("/README.md", ("mika",)),
        ("*", ("engines",)),
        ("/db/", ("engines",)),
        ("/deploy/", ("maintainers",)),
    ]
    assert found.left == (("line 8: !/db/fixtures/", "what a pattern leaves out is not kept"),)


def test_the_service_is_the_one_of_the_catalogue_file_beside_it(tmp_path: Path) -> None:
    component = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: {}}\n"
    catalogue = tmp_path / "catalog-info.yaml"
    catalogue.write_text(component.replace("{}", "scorer"))
    assert service_of(one(tmp_path, "* @shop/risk", place="docs/CODEOWNERS")).id == "scorer"
    catalogue.write_text(component.replace("{}", "a") + "---\n" + component.replace("{}", "b"))
    refused = one(tmp_path, "* @shop/risk")
    assert [problem.reason for problem in refused.problems] == [
        "the repository's catalog-info.yaml names 2 services"
    ]
    catalogue.write_text("]")
    assert service_of(one(tmp_path / "own", "* @shop/risk")).id == "own"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("* everybody", "line 1 it names `everybody`, which is no owner"),
        ("* @", "line 1 it names `@`, which is no owner"),
        ("* @shop/", "line 1 it names `@shop/`, which is no owner"),
        ("# ok\n* @shop/a\n/x @@nobody", "line 3 it names `@@nobody`, which is no owner"),
        ("* a@b", "line 1 it names `a@b`, which is no owner"),
        ("[Section] who\n* @a/b", "line 1 it names `who`, which is no owner"),
        ("* @a/b @c/d/ x", "line 1 it names `@c/d/`, which is no owner"),
        ("* @a b", "line 1 it names `b`, which is no owner"),
        ("*\x00 @a/b", "line 1 it holds a NUL byte"),
        ("/x @sena\n* ,@a/b", "line 2 it names `,@a/b`, which is no owner"),
    ],
)
def test_what_is_no_owner_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    found = one(tmp_path, text)
    problem = found.problems[0]
    assert f"line {problem.line} {problem.reason}" == said
    assert problem.fix


def test_people_alone_own_no_service_and_too_many_rules_are_counted(tmp_path: Path) -> None:
    assert service_of(found := one(tmp_path, "* @sena")).team is None
    assert found.left == (("line 1: *", "a service belongs to a team, and this names none"),)
    many = one(tmp_path, "\n".join(f"/{number} @a/b" for number in range(600)))
    assert len(service_of(many).paths) == 500
    assert many.left[0] == ("the first 100 rules", "the last 500 are kept: they count")


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_has_rules(text: str) -> None:
    for rule in rules_of(text):
        assert rule.line <= len(text)
