"""What a command costs before it does anything: CPU time beside a bare interpreter."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

RUNS = 15


def cpu_milliseconds(command: list[str]) -> float:
    """Return the median CPU time (user and system) of a child process in milliseconds."""
    spent = []
    for _ in range(RUNS):
        before = os.times()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        children = after.children_user + after.children_system
        spent.append(1000 * (children - before.children_user - before.children_system))
    return statistics.median(spent)


def run() -> None:
    """Measure and print."""
    print(f"\nCommands: median CPU time of {RUNS} runs")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import click": [sys.executable, "-c", "import click"],
        "hardwon --help": [sys.executable, "-c", "from hardwon.cli import main; main()", "--help"],
    }
    figures = {name: cpu_milliseconds(command) for name, command in commands.items()}
    base = figures["python -c pass"]
    for name, spent in figures.items():
        print(f"  {name:18}{spent:7.0f} ms  {spent / base:5.1f} x bare")
