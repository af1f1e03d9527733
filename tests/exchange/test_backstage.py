"""Backstage's catalogue as it is written by hand and by tools, and what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hardwon.domain.catalog import Person, Service, Team
from hardwon.exchange.draft import ReadFile
from hardwon.exchange.importing import read

CATALOGUE = """\
# Everything of the ranking group
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: ranker
  title: The ranker
  annotations:
    github.com/project-slug: shop/ranker
  tags: [python, search]
spec:
  type: service
  lifecycle: production
  owner: group:default/ranking
  dependsOn: ["component:feature-store", "resource:default/vectors-db", ranker]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: Feature_Store}
spec: {type: ml-model, owner: data-eng}
---
apiVersion: backstage.io/v1beta1
kind: Resource
metadata: {name: vectors-db}
spec: {type: database, owner: "user:sena"}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: ranking}
spec: {type: team, profile: {displayName: Ranking}}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: sena}
spec: {profile: {displayName: Sena A., email: sena@example.org}, memberOf: [ranking]}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: search}
"""


def file(folder: Path, text: str, name: str = "catalog-info.yaml") -> ReadFile:
    path = folder / name
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    (found,) = read([path])
    return found


def test_components_resources_groups_and_users_are_read(tmp_path: Path) -> None:
    found = file(tmp_path, CATALOGUE)
    assert found.problems == ()
    assert [draft.record for draft in found.drafts] == [
        Service(
            id="ranker",
            name="The ranker",
            team="ranking",
            calls=("feature-store", "vectors-db"),
            repository="https://github.com/shop/ranker",
            tags=("python", "search"),
        ),
        Service(id="feature-store", name="Feature_Store", team="data-eng", kind="model"),
        Service(id="vectors-db", name="vectors-db", kind="data"),
        Team(id="ranking", name="Ranking"),
        Person(id="sena", name="Sena A.", email="sena@example.org"),
        Team(id="data-eng", name="data-eng"),
    ]
    assert [name for name, _ in found.left] == ["the groups of sena", "system search"]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: &x 1\nb: *x", 3, "anchor"),
        ("kind: Component\nmetadata: {name: a\n", 5, "is no YAML"),
        ("kind: Component\nkind: Group", 4, "twice"),
        ("kind: Component\nmetadata: {}", 2, "name is missing"),
        ("- 1", 2, "name is missing"),
        ("a: " + "[" * 30 + "]" * 30, 3, "nested"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    found = file(tmp_path, f"# backstage.io/v1alpha1\n{text}\n")
    assert [(problem.line <= line, reason in problem.reason) for problem in found.problems] == [(True, True)]
    assert found.problems[0].line > 1


def test_what_stands_before_a_mistake_is_read(tmp_path: Path) -> None:
    found = file(tmp_path, CATALOGUE + "---\nkind: [\n")
    assert len(found.drafts) == 6
    assert len(found.problems) == 1


def test_an_alias_does_not_explode(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(30))
    assert "anchor" in file(tmp_path, f"# backstage.io/v1\n{bomb}").problems[0].reason


def test_another_yaml_is_not_claimed(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    assert not any(draft for found in read([tmp_path]) for draft in found.drafts)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {"apiVersion": st.just("backstage.io/v1alpha1")},
        optional={
            "kind": st.sampled_from(["Component", "Group", "User", "Resource"]) | VALUES,
            "metadata": st.fixed_dictionaries(
                {}, optional={"name": VALUES, "title": VALUES, "tags": VALUES, "annotations": VALUES}
            )
            | VALUES,
            "spec": st.fixed_dictionaries(
                {},
                optional={"owner": VALUES, "type": VALUES, "dependsOn": VALUES, "profile": VALUES},
            )
            | VALUES,
        },
    )
)
def test_any_entity_is_read_or_named(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    found = file(tmp_path_factory.mktemp("b"), yaml.safe_dump(value, allow_unicode=True))
    assert found.drafts or found.problems or found.left
