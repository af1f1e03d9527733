"""The unit and the container file start what the command line knows, and nothing else."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from hardwon.bootstrap import open_app
from hardwon.cli.root import Call, root
from hardwon.settings import Settings, load_settings
from tests.serving import serving

FOLDER = Path(__file__).parents[2] / "packaging"
UNIT = (FOLDER / "hardwon.service").read_text("utf-8")
SYSTEMD = shutil.which("systemd-analyze") or ""
CONTAINER = (FOLDER / "Containerfile").read_text("utf-8").replace("\\\n", "")


def values(name: str) -> list[str]:
    """What a key of the unit, or an instruction of the container file, says."""
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE) or re.findall(
        rf"^(?:HEALTHCHECK.* )?{name} (.*)$", CONTAINER, re.MULTILINE
    )


def parsed(arguments: list[str]) -> dict[str, object]:
    """The options of `hardwon serve` as the command line reads them; raises where it would refuse."""
    with root.make_context("hardwon", list(arguments)) as outer:
        outer.obj = Call(None)
        name, command, rest = root.resolve_command(outer, list(outer._protected_args) + outer.args)
        assert name == "serve"
        with command.make_context(name, rest, parent=outer) as inner:
            return {**outer.params, **inner.params}


def test_the_unit_starts_the_server() -> None:
    program, *arguments = shlex.split(values("ExecStart")[0])
    assert program.endswith("/hardwon")
    options = parsed(arguments)
    assert (str(options["workspace"]), options["host"]) == ("/var/lib/hardwon", "127.0.0.1")
    assert values("StateDirectory") == ["hardwon"]
    assert int(values("TimeoutStopSec")[0]) > 10
    environ = dict(pair.split("=", 1) for pair in values("Environment")[0].split())
    assert load_settings(Path("/nowhere"), environ).log_format == "json"
    with pytest.raises(click.UsageError):
        parsed(["serve", "--prot", "1"])


@pytest.mark.skipif(not SYSTEMD, reason="systemd is not on this machine")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "hardwon.service"
    unit.write_text(UNIT.replace("/opt/hardwon/bin/hardwon", sys.executable))
    done = subprocess.run([SYSTEMD, "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if "hardwon" in line]) == (0, [])
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMood=mixed"))
    done = subprocess.run([SYSTEMD, "verify", unit], capture_output=True, text=True, check=False)
    assert "KillMood" in done.stderr


def test_the_container_starts_the_server(tmp_path: Path) -> None:
    entry, given = (json.loads(values(name)[-1]) for name in ("ENTRYPOINT", "CMD"))
    assert entry == ["/opt/hardwon/bin/hardwon"]
    health = json.loads(values("CMD")[0]) if "urlopen" in values("CMD")[0] else None
    assert parsed(given)["port"] == 8321
    assert values("USER") == ["10001"]
    environ = dict(pair.split("=", 1) for pair in values("ENV")[0].split() if pair.startswith("HARDWON_"))
    assert str(load_settings(None, environ).home) == values("VOLUME")[0].strip('["]')
    assert health is not None
    with open_app(Settings(home=tmp_path, meaning=False)) as app, serving(app) as address:
        script = health[-1].replace("http://127.0.0.1:8321", address)
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    gone = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert gone.returncode == 1


def test_the_extras_exist() -> None:
    project = (FOLDER.parent / "pyproject.toml").read_text("utf-8")
    for extra in re.search(r"\[([a-z,]+)\]\"", CONTAINER)[1].split(","):
        assert re.search(rf"^{extra} = \[", project, re.MULTILINE)
