"""`hardwon audit`: what it prints, where it writes, and with which code it leaves."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.fixture
def workspace(tmp_path, hardwon) -> str:
    """A new workspace with one entry beyond what it begins with."""
    made = str(tmp_path / "home")
    hardwon("--workspace", made, "init")
    assert hardwon("--workspace", made, "declare", "Search is slow").returncode == 0
    return made


def test_a_proof_is_printed_or_written_and_checked_by_the_printed_program(hardwon, workspace, tmp_path):
    def audit(*arguments: str) -> subprocess.CompletedProcess[str]:
        return hardwon("--workspace", workspace, "audit", *arguments)

    key, old = audit("key").stdout.strip(), tmp_path / "old.txt"
    old.write_text(audit("checkpoint").stdout, "utf-8")
    assert key.startswith(old.read_text("utf-8").partition("\n")[0] + "+")
    printed = audit("prove", "INC-0001").stdout
    assert printed.startswith("c2sp.org/tlog-proof@v1\nextra ")
    file = tmp_path / "one.tlog-proof"
    assert audit("prove", "INC-0001", "--out", str(file)).stdout == ""
    assert file.read_text("utf-8") == printed
    program = tmp_path / "verify.py"
    program.write_text(audit("verifier").stdout, "utf-8")
    command = [sys.executable, "-I", "-S", str(program), str(file), "--key", key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.endswith("VERIFIED\n")) == (0, True), done
    assert hardwon("--workspace", workspace, "declare", "Mail is late").returncode == 0
    assert audit("prove", "--since", str(old)).stdout.startswith("old ")
    report = json.loads(audit("verify", "--json", "--checkpoint", str(old), "--key", key).stdout)
    assert (report["problems"], report["checkpoints"]) == ([], 3)


def test_a_trail_that_does_not_lead_to_what_was_put_aside_leaves_with_1(hardwon, workspace, tmp_path):
    other = str(tmp_path / "other")
    hardwon("--workspace", other, "init")
    held = tmp_path / "held.txt"
    held.write_text(hardwon("--workspace", workspace, "audit", "checkpoint").stdout, "utf-8")
    done = hardwon("--workspace", other, "audit", "verify", "--checkpoint", str(held))
    assert (done.returncode, "problem the checkpoint you hold" in done.stdout) == (1, True), done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("prove",), 2),
        (("prove", "INC-0001", "--since", "x"), 2),
        (("prove", "INC-0099"), 3),
        (("prove", "--since", "/nowhere"), 2),
        (("verify", "--checkpoint", "/nowhere"), 2),
        (("verify", "--checkpoint", "/dev/null"), 2),
        (("verify", "--key", "nonsense"), 2),
    ],
)
def test_wrong_input_is_said_plainly(hardwon, workspace, arguments, code):
    done = hardwon("--workspace", workspace, "audit", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
