"""Find or install the real servers that the pollers' tests ask, and print the paths of their programs.

MLflow gets an environment of its own below `build`, so that its pins never meet ours: what `mlflow.lock` names, which
is what its tracking server imports and no more. Prometheus and Alertmanager are those on this machine, else Debian's
packages, unpacked below `build` and not installed. `--find` only looks. Exits 1, saying why, when one is missing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build/servers"
LOCK = ROOT / "tools/mlflow.lock"
DEBIAN = {"prometheus": "prometheus", "alertmanager": "prometheus-alertmanager"}
"""The program of each server, which is also the name of its package."""
RUN = """#!/bin/sh
# Debian's builds read their templates below /usr/share alone: for this process the package's lie there too.
here=$(cd "$(dirname "$0")" && pwd)
exec unshare --map-root-user --mount sh -c '
  mount -t overlay overlay -o "lowerdir=$0/usr/share:/usr/share" /usr/share && exec "$0/usr/bin/{name}" "$@"
' "$here" "$@"
"""
SERVERS = ("mlflow", *DEBIAN)


def run(*command: str | Path) -> bool:
    """Run a command, its output among the messages; say whether it succeeded."""
    try:
        done = subprocess.run([str(part) for part in command], stdout=sys.stderr, check=False)
    except OSError:
        return False
    return done.returncode == 0


def find(server: str) -> Path | None:
    """Return the path of a server's program that stands on this machine, or None."""
    if server == "mlflow":
        program = FOLDER / "mlflow/bin/mlflow"
        fresh = FOLDER / "mlflow/lock"
        return program if fresh.is_file() and fresh.read_bytes() == LOCK.read_bytes() else None
    if found := shutil.which(DEBIAN[server]):
        return Path(found)
    program = FOLDER / server / "run"
    return program if program.is_file() and run(program, "--version") else None


def install_mlflow() -> None:
    """Make the environment anew with exactly what the lock names; pip stands in where uv has no way out."""
    target = FOLDER / "mlflow"
    shutil.rmtree(target, ignore_errors=True)
    venv.create(target, with_pip=False)
    python, uv = target / "bin/python", Path(sys.executable).parent / "uv"
    told = ("install", "--quiet", "--no-deps", "--require-hashes", "-r", LOCK)
    pip = (sys.executable, "-m", "pip", "--python", python)
    if run(uv, "pip", *told, "--python", python) or run(*pip, *told):
        (target / "lock").write_bytes(LOCK.read_bytes())


def unpack(server: str) -> None:
    """Fetch Debian's package and unpack it; nothing is installed, and no service starts."""
    target = FOLDER / server
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fetch = ["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root", DEBIAN[server]]
        try:
            for _ in range(2):
                if not subprocess.run(fetch, cwd=folder, stdout=sys.stderr, check=False).returncode:
                    break
                run("apt-get", "update", "-qq")
        except OSError:
            return
        for package in Path(folder).glob("*.deb"):
            if run("dpkg-deb", "-x", package, target):
                program = target / "run"
                program.write_text(RUN.format(name=DEBIAN[server]), encoding="utf-8")
                program.chmod(0o755)


def main() -> int:
    """Run the command; return 0 when all servers asked for are there, else 1."""
    asked = [name for name in sys.argv[1:] if name in SERVERS] or list(SERVERS)
    for server in asked:
        if find(server) is None and "--find" not in sys.argv[1:]:
            install_mlflow() if server == "mlflow" else unpack(server)
    found = [find(server) for server in asked]
    for path in found:
        if path is not None:
            sys.stdout.write(f"{path}\n")
    missing = [server for server, path in zip(asked, found, strict=True) if path is None]
    if missing:
        sys.stderr.write(f"no {', no '.join(missing)}: the tests that ask a real one will be skipped.\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
