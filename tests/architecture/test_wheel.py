"""The wheel holds all that a running Hardwon needs, and is not built without it."""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MANIFEST = tomllib.loads((ROOT / "src/hardwon/web/VENDOR.toml").read_text(encoding="utf-8"))
SHIPPED = [file for package in MANIFEST["package"] for file in package.get("file", []) if file["ship"]]
INPUTS = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


def build(root: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def names(tmp_path_factory) -> dict[str, str]:
    """Map each file of a freshly built wheel to its sha256."""
    target = tmp_path_factory.mktemp("wheel")
    done = build(ROOT, target)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(target.glob("*.whl"))) as wheel:
        return {name: hashlib.sha256(wheel.read(name)).hexdigest() for name in wheel.namelist()}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file["target"].rsplit("/", 1)[-1])
def test_vendored_files_are_in_the_wheel_as_pinned(names, file):
    assert names[file["target"].removeprefix("src/")] == file["sha256"]


@pytest.mark.parametrize(
    "suffix", [".html", ".css", ".js", ".json", ".toml", ".py", ".yaml", ".md", ".jsonl"]
)
def test_every_file_of_the_source_is_in_the_wheel(names, suffix):
    source = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src/hardwon").rglob(f"*{suffix}")}
    assert source - names.keys() == set()


@pytest.mark.parametrize(
    "pattern",
    ["hardwon/web/templates/", "hardwon/web/static/", "hardwon/storage/migrations/"],
)
def test_what_faces_and_storage_read_at_run_time_is_in_the_wheel(names, pattern):
    assert [name for name in names if name.startswith(pattern)]


def test_nothing_else_is_in_the_wheel(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"hardwon"}
    assert not [name for name in names if "__pycache__" in name or "axe" in name.rsplit("/", 1)[-1]]


def test_the_licence_is_in_the_wheel(names):
    assert [name for name in names if name.endswith(".dist-info/licenses/LICENSE")]


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_no_wheel_without_the_pinned_files(tmp_path, harm):
    root = tmp_path / "project"
    shutil.copytree(ROOT / "src", root / "src", ignore=IGNORED)
    for name in INPUTS:
        shutil.copy(ROOT / name, root / name)
    victim = root / SHIPPED[0]["target"]
    if harm == "missing":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes() + b"\n")
    done = build(root, tmp_path / "out")
    assert done.returncode != 0
    assert "run `make vendor`" in done.stderr


def test_the_schemas_are_in_the_wheel(names):
    assert [name for name in names if "schemas/" in name and name.endswith(".json")]
