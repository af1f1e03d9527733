"""Every public module, class and function of the package says what it is for."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
MODULES = sorted(SOURCE.rglob("*.py"))
Named = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, Named]]:
    for node in body:
        if isinstance(node, Named) and not node.name.startswith("_"):
            yield f"{owner}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


def undocumented(source: str) -> list[str]:
    tree = ast.parse(source)
    missing = [] if ast.get_docstring(tree) else ["the module"]
    overloads = {"overload", "override"}
    for name, node in public(tree.body):
        decorators = {ast.unparse(decorator).rsplit(".", 1)[-1] for decorator in node.decorator_list}
        setter = any(decorator in {"setter", "deleter"} for decorator in decorators)
        if not ast.get_docstring(node) and not decorators & overloads and not setter:
            missing.append(name)
    return missing


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_names_are_documented(path):
    assert undocumented(path.read_text(encoding="utf-8")) == []


def test_the_check_sees_what_is_missing():
    source = '"""A module."""\nclass A:\n    """A class."""\n    def b(self): ...\n    def _c(self): ...\n'
    source += "def d(): ...\n"
    assert undocumented(source) == ["A.b", "d"]
    assert undocumented("x = 1\n") == ["the module"]
