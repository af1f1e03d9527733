"""The real program, in a process of its own that need not import everything once more.

A server process imports what the commands use, once. Each call is a fork of it that takes over the caller's
arguments, environment, folder and open streams, so that pipes and signals work as ever. What is about the start
itself (`--help` loads nothing heavy) starts the program plainly, by PROGRAM.

    python -m tests.program SOCKET      serves, until its standard input ends
"""

from __future__ import annotations

import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

PROGRAM = [sys.executable, "-c", "from hardwon.cli import main; main()"]
ROOT = Path(__file__).resolve().parents[1]
_TIMEOUT = 60
_CLIENT = f"""#!{sys.executable} -ISE
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.program import call
import os
raise SystemExit(call({{socket!r}}, sys.argv[1:], dict(os.environ), (0, 1, 2), passing_on=True))
"""


@contextmanager
def served() -> Iterator[str]:
    """Serve forks while the block runs; yield the socket's path."""
    with tempfile.TemporaryDirectory(prefix="forks-") as folder:
        path = str(Path(folder) / "socket")
        command = [sys.executable, "-m", "tests.program", path]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            yield path
            server.communicate()


def write_client(path: Path, served_at: str) -> None:
    """Write an executable that runs the program as a shell would."""
    path.write_text(_CLIENT.format(socket=served_at), "utf-8")
    path.chmod(0o755)


def run(
    served_at: str, arguments: Sequence[str], environment: Mapping[str, str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command and return its exit code and what it printed."""
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        stdin.write(given.encode())
        stdin.seek(0)
        code = call(served_at, arguments, environment, (stdin.fileno(), out.fileno(), err.fileno()))
        printed = []
        for stream in (out, err):
            stream.seek(0)
            printed.append(stream.read().decode("utf-8", "replace"))
    return subprocess.CompletedProcess(list(arguments), code, *printed)


def call(
    served_at: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    streams: tuple[int, int, int],
    *,
    passing_on: bool = False,
) -> int:
    """Let the server run a command with these streams, and return its exit code, passing signals on if wanted."""
    told = json.dumps(
        {"arguments": list(arguments), "environment": dict(environment), "folder": str(Path.cwd())}
    )
    data = told.encode("utf-8", "surrogateescape")
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(served_at)
        socket.send_fds(link, [len(data).to_bytes(4, "big")], list(streams))
        link.sendall(data)
        pid = int.from_bytes(link.recv(4), "big")
        if passing_on:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda got, _frame: os.kill(pid, got))
        link.settimeout(_TIMEOUT)
        try:
            answer = link.recv(1)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            raise
    return answer[0] if answer else 128 + signal.SIGKILL


def serve(path: str) -> None:
    """Fork for each call until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(16)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if listener not in ready:
                return
            link, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _become(link)
            link.close()


def _become(link: socket.socket) -> None:
    """Be the program that the caller asked for, and leave with its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, streams, _, _ = socket.recv_fds(link, 4, 3)
    size, data = int.from_bytes(head, "big"), b""
    while len(data) < size:
        data += link.recv(size - len(data))
    told = json.loads(data.decode("utf-8", "surrogateescape"))
    link.sendall(os.getpid().to_bytes(4, "big"))
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8", line_buffering=os.isatty(1)
    )
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(2, "w", closefd=False)), encoding="utf-8", write_through=True
    )
    sys.argv = ["hardwon", *told["arguments"]]
    code = 1
    try:
        import_module("hardwon.cli").main()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        link.sendall(bytes([code & 255]))
        os._exit(code)


def preload() -> None:
    """Import what commands use."""
    for name in ("sqlalchemy.dialects.sqlite", "hardwon.asgi", "hardwon.bootstrap", "uvicorn"):
        import_module(name)
    for entry in import_module("hardwon.cli.root").COMMANDS.values():
        import_module(f"hardwon.cli.{entry.module}")


if __name__ == "__main__":
    preload()
    serve(sys.argv[1])
