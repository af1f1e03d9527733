"""Make the project's own environment in `.venv`, from nothing but Python 3.11+ and a package registry.

Run by the Makefile before anything else, with the machine's Python, so it uses the standard library alone.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / "python"
UV = "uv>=0.13.9,<0.14"
OLDEST = (3, 11)


def run(*command: str | Path) -> bool:
    """Run a command in the project's folder; say whether it succeeded."""
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode == 0


def make_environment() -> None:
    """Create `.venv` with pip and uv, unless it stands."""
    if not PYTHON.exists():
        try:
            venv.create(VENV, with_pip=True)
        except subprocess.CalledProcessError:
            sys.exit("this Python cannot make environments: install its venv package (Debian: python3-venv)")
    if not (BIN / "uv").exists() and not run(PYTHON, "-m", "pip", "install", "--quiet", UV):
        sys.exit("pip could not install uv: check the network and pip's index setting")


def install() -> bool:
    """Install exactly what `uv.lock` names; say whether that succeeded.

    Where uv cannot reach the registry (a mirror that only pip is told of), pip installs the same files by hash.
    """
    uv = BIN / "uv"
    if run(uv, "sync", "--quiet", "--locked", "--all-extras", "--inexact", "--python", PYTHON):
        return True
    sys.stderr.write("uv could not install; trying pip with the same hashes\n")
    listed = ROOT / "build/requirements.txt"
    listed.parent.mkdir(exist_ok=True)
    export = ("export", "--quiet", "--frozen", "--all-extras", "--no-emit-project", "--output-file", listed)
    pip = (PYTHON, "-m", "pip", "install", "--quiet")
    return (
        run(uv, *export)
        and run(*pip, "--require-hashes", "-r", listed)
        and run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    )


def main() -> int:
    """Run the command; return 0 when the environment stands."""
    if sys.version_info < OLDEST:
        sys.exit("Hardwon needs Python 3.11 or newer: run make with PYTHON=/path/to/python3.11")
    make_environment()
    if not install():
        sys.exit("the dependencies could not be installed: see the messages above")
    return 0


if __name__ == "__main__":
    sys.exit(main())
