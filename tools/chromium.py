"""Find or install the Chromium the browser tests drive, and print the path of its program.

In order: `HARDWON_CHROMIUM`, a Chromium on this machine, Debian's package (where root and apt are), the binary
inside npm's `@sparticuz/chromium`. `--find` only looks. Exits 1, saying why, when there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from npm import ROOT, FetchError, Package, fetch, npm_command

BUNDLED = ROOT / "build/chromium/chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "@sparticuz/chromium"
UNPACK = (
    "const fs=require('fs'),z=require('zlib'),[from,to]=process.argv.slice(1);"
    "fs.writeFileSync(to,z.brotliDecompressSync(fs.readFileSync(from)))"
)


def works(program: str) -> bool:
    """Say whether a browser program starts (a placeholder, or a binary without its libraries, does not)."""
    try:
        done = subprocess.run(
            [program, "--headless", "--no-sandbox", "--version"], capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def find() -> str | None:
    """Return the path of a Chromium that stands on this machine, or None."""
    candidates = [os.environ.get("HARDWON_CHROMIUM"), *map(shutil.which, NAMES), str(BUNDLED)]
    return next((program for program in candidates if program and works(program)), None)


def install_package() -> None:
    """Install Debian's package, where this is root on a machine with apt."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "-y", "-qq", "--no-install-recommends", "chromium"]
    for command in ([apt, "update", "-qq"], install):
        subprocess.run(command, env=environment, stdout=sys.stderr, check=False)


def decompress(package: Package, source: str, target: Path) -> None:
    """Write one brotli file of the package to `target`, with the node that came with npm."""
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / "packed.br"
        packed.write_bytes(package.read(source))
        command = [*npm_command(), "exec", "--offline", "--call", f'node -e "{UNPACK}" "{packed}" "{target}"']
        subprocess.run(command, stdout=sys.stderr, check=True)


def unpack_bundled() -> None:
    """Fetch the pinned npm package and unpack its browser, with the libraries it brings, below `build/chromium`."""
    listed = tomllib.loads((ROOT / "src/hardwon/web/VENDOR.toml").read_text(encoding="utf-8"))["package"]
    pinned = next(package for package in listed if package["name"] == PACKAGE)
    package = fetch(PACKAGE, pinned["version"], pinned["integrity"])
    folder = BUNDLED.parent
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "headless_shell"
    decompress(package, "bin/chromium.br", program)
    program.chmod(0o755)
    for name in ("al2023", "swiftshader"):
        archive = folder / f"{name}.tar"
        decompress(package, f"bin/{name}.tar.br", archive)
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        archive.unlink()
    BUNDLED.write_text(
        '#!/bin/sh\nhere=$(dirname "$0")\n'
        'LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/headless_shell" "$@"\n',
        encoding="utf-8",
    )
    BUNDLED.chmod(0o755)


def main() -> int:
    """Run the command; return 0 when there is a browser, else 1."""
    program = find()
    if program is None and "--find" not in sys.argv[1:]:
        install_package()
        program = find()
    if program is None and "--find" not in sys.argv[1:]:
        try:
            unpack_bundled()
        except (FetchError, OSError, subprocess.CalledProcessError) as problem:
            sys.stderr.write(f"{problem}\n")
        program = find()
    if program is None:
        sys.stderr.write(
            "no Chromium: install one, or set HARDWON_CHROMIUM to its path. Browser tests will be skipped.\n"
        )
        return 1
    sys.stdout.write(f"{program}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
