"""The import contracts hold here, and break where they should."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FACES = ("web", "api", "mcp", "worker")
LINT = [
    sys.executable,
    "-c",
    "from importlinter.cli import lint_imports_command as run; run()",
    "--no-logo",
    "--no-cache",
]


@pytest.fixture
def house(tmp_path) -> Path:
    """A small package with every layer, under the project's own contracts."""
    source = tmp_path / "hardwon"
    layers = (*FACES, "usecases", "storage", "recall", "exchange", "render", "rules", "domain", "cli")
    for layer in layers:
        (source / layer).mkdir(parents=True)
        (source / layer / "__init__.py").touch()
    for module in (
        "__init__",
        "asgi",
        "bootstrap",
        "settings",
        "usecases/app",
        "usecases/actions",
        "usecases/drills",
    ):
        (source / f"{module}.py").touch()
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(house: Path, **modules: str) -> subprocess.CompletedProcess[str]:
    for name, imported in modules.items():
        path = house / "hardwon" / (name.replace("__", "/") + ".py")
        path.write_text(f"import {imported}\n", encoding="utf-8")
    environment = {"PYTHONPATH": str(house)}
    return subprocess.run(LINT, cwd=house, env=environment, capture_output=True, text=True, check=False)


def test_what_the_picture_draws_is_kept(house):
    done = lint(
        house,
        cli__serve="hardwon.asgi",
        asgi="hardwon.web",
        web__actions="hardwon.usecases.actions",
        bootstrap="hardwon.storage",
        usecases__actions="hardwon.usecases.app",
        usecases__drills="hardwon.recall",
        storage__actions="hardwon.domain",
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        *(
            (f"{face}__actions", f"hardwon.{layer}")
            for face in FACES
            for layer in ("storage", "recall", "render")
        ),
        ("cli__actions", "hardwon.storage"),
        ("cli__actions", "hardwon.web"),
        ("asgi", "hardwon.exchange"),
        ("web__actions", "hardwon.bootstrap"),
        ("web__actions", "hardwon.api"),
        ("usecases__actions", "hardwon.usecases.drills"),
        ("usecases__app", "hardwon.usecases.drills"),
        ("storage__actions", "hardwon.recall"),
        ("storage__actions", "hardwon.usecases.app"),
        ("domain__actions", "hardwon.settings"),
        ("domain__actions", "sqlalchemy"),
        ("domain__actions", "time"),
        ("newlayer", "hardwon.domain"),
    ],
)
def test_what_the_picture_does_not_draw_is_broken(house, module, imported):
    done = lint(house, **{module: imported})
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout or "newlayer" in done.stdout
