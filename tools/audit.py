"""Writes the bill of materials, and checks it: every package we ship on is named, under a licence we allow.

`python tools/audit.py --offline` writes `build/sbom.json` (CycloneDX 1.5) from `uv.lock` and checks it;
without `--offline` it also asks pip-audit for known vulnerabilities, and says so where that cannot be asked.
Exits 1 for a package that is missing, a licence that is not allowed, or a vulnerability.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parent.parent
UV: Final = ROOT / ".venv/bin/uv"
SBOM: Final = ROOT / "build/sbom.json"
_EXPORT: Final = ("export", "--quiet", "--frozen", "--offline", "--all-extras", "--no-dev")
_ALLOWED: Final = re.compile(
    r"(0BSD|Apache([ -]2\.0|[ ]Software[ ]License)?|(3-Clause[ ])?BSD(-[23]-Clause|[ ]License)?|CC0-1\.0|ISC"
    r"|LGPL-3\.0-only|MIT(-0|[ ]License)?|MPL-2\.0|Mozilla[ ]Public[ ]License[ ]2\.0[ ]\(MPL[ ]2\.0\)|PSF-2\.0"
    r"|Zlib)"
)
_SAID_ELSEWHERE: Final = {"pysqlite3": "Zlib"}
"""Packages whose metadata names no licence, and the one in their source."""
_LONGEST: Final = 60
_SECONDS: Final = 180


def write() -> dict[str, Any]:
    """Write the bill from the lock file, with each package's licence, and return it."""
    SBOM.parent.mkdir(exist_ok=True)
    done = subprocess.run(
        [UV, *_EXPORT, "--format", "cyclonedx1.5"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    bill: dict[str, Any] = json.loads(done.stdout)
    for component in bill["components"]:
        if licence := licence_of(component["name"]):
            component["licenses"] = [{"license": {"name": licence}}]
    SBOM.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")
    return bill


def licence_of(name: str) -> str:
    """Return what an installed package says of its licence, empty where it is not installed or says nothing."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    fields = {key: told.get_all(key) or [] for key in ("License-Expression", "License", "Classifier")}
    if fields["License-Expression"]:
        return str(fields["License-Expression"][0])
    classified = [text for text in fields["Classifier"] if text.startswith("License :: ")]
    if classified:
        return " OR ".join(text.rpartition(" :: ")[2] for text in classified)
    written = str(fields["License"][0]).splitlines()[0].strip() if fields["License"] else ""
    return written[:_LONGEST] or _SAID_ELSEWHERE.get(name, "")


def is_allowed(licence: str) -> bool:
    """Tell whether every licence that an expression names is one we allow."""
    parts = re.split(r"\s+(?:OR|AND)\s+|,\s*", licence)
    return all(_ALLOWED.fullmatch(part.strip("() ") if "MPL" not in part else part) for part in parts)


def faults(bill: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the bill."""
    named = {canonicalize_name(component["name"]) for component in bill["components"]}
    for needed, by in required(sorted(named)):
        if needed not in named:
            yield f"{needed}, which {by} needs, is not in the bill"
    for component in bill["components"]:
        name = component["name"]
        licence = licence_of(name)
        if not licence and is_installed(name):
            yield f"{name} names no licence"
        elif licence and not is_allowed(licence):
            yield f"{name} is under {licence!r}, which is not allowed"


def required(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what Hardwon with all its extras needs, and what each of the named packages needs here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    needs = [
        ("hardwon", own),
        *((name, metadata.requires(name) or []) for name in names if is_installed(name)),
    ]
    for name, texts in needs:
        for text in texts:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                yield canonicalize_name(requirement.name), name


def is_installed(name: str) -> bool:
    """Tell whether a package is installed here; some are for other systems."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def vulnerabilities() -> tuple[list[str], str]:
    """Ask pip-audit about the locked packages; return what it knows, and what is to be said of the asking."""
    listed = SBOM.with_name("audited.txt")
    subprocess.run([UV, *_EXPORT, "--no-emit-project", "--output-file", listed], cwd=ROOT, check=True)
    command = [
        UV,
        "tool",
        "run",
        "pip-audit",
        "--disable-pip",
        "--require-hashes",
        "-f",
        "json",
        "-r",
        listed,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return [], "pip-audit SKIPPED: it did not end"
    return read_answer(done.stdout)


def read_answer(text: str) -> tuple[list[str], str]:
    """Return what pip-audit's JSON tells; a package that it could not ask about is not called safe."""
    try:
        told = json.loads(text)["dependencies"]
    except (ValueError, KeyError):
        return [], "pip-audit SKIPPED: it cannot be had or asked here"
    asked = [one for one in told if "skip_reason" not in one]
    if not asked:
        return [], f"pip-audit SKIPPED: none of {len(told)} packages could be asked about here"
    known = [f"{one['name']} {one['version']}: {v['id']}" for one in asked for v in one.get("vulns", [])]
    said = f"pip-audit knows of {len(known)} vulnerabilities in {len(asked)} packages"
    return known, said + (f"; {len(told) - len(asked)} SKIPPED" if len(told) > len(asked) else "")


def main(arguments: list[str]) -> int:
    """Write, check, say."""
    bill = write()
    wrong = list(faults(bill))
    said = [f"{SBOM.relative_to(ROOT)} names {len(bill['components'])} packages"]
    if "--offline" not in arguments:
        known, asked = vulnerabilities()
        wrong += known
        said.append(asked)
    sys.stdout.write("".join(f"{line}\n" for line in [*wrong, *said]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
