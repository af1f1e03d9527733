"""Runs commands of the product one after the other in one process: a line of JSON each, in and out."""

from __future__ import annotations

import contextlib
import io
import json
import sys

from hardwon.cli.root import run


def main() -> None:
    answers = sys.stdout
    for line in sys.stdin:
        said, complained = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
            code = run(json.loads(line))
        answer = {"code": code, "out": said.getvalue(), "err": complained.getvalue()}
        print(json.dumps(answer), file=answers, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
