"""`hardwon doctor --fix` asks before each step, and does what was agreed to."""

from __future__ import annotations

import json
import os
from pathlib import Path


def test_each_step_is_asked_for(hardwon, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert hardwon("--workspace", str(home), "init").returncode == 0
    (home / "attachments").mkdir(exist_ok=True)
    orphan = home / "attachments" / ("ab" * 32)
    orphan.write_bytes(b"nobody's")
    os.utime(orphan, (1, 1))
    key = home / "audit.key"
    key.write_bytes(os.urandom(32))
    key.chmod(0o640)
    seen = hardwon("--workspace", str(home), "doctor", "--json")
    assert seen.returncode == 1
    assert {one["mend"] for one in json.loads(seen.stdout)} == {"", "permissions", "orphans"}
    half = hardwon("--workspace", str(home), "doctor", "--fix", given="y\nn\n")
    assert half.returncode == 1
    assert half.stderr.count("[y/N]") == 2
    assert key.stat().st_mode & 0o777 == 0o600
    assert orphan.exists()
    whole = hardwon("--workspace", str(home), "doctor", "--fix", "--yes", "--json")
    assert "[y/N]" not in whole.stderr
    assert not orphan.exists()
    assert (home / "attachments" / "orphans" / orphan.name).read_bytes() == b"nobody's"
    assert not [one for one in json.loads(whole.stdout) if one["name"] == "orphans" and not one["ok"]]
