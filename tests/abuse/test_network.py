"""Requests that come slowly, in pieces, too large, cut off or forged, to a real server over raw sockets.

Nobody else waits for them, none is half written, and none is answered with a 5xx. `HARDWON_SLOW` (200) sets
how many slow connections hang at once.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.abuse import shim
from tests.fresh import fresh

SLOW = int(os.environ.get("HARDWON_SLOW", "200"))
WAIT = 2.0
"""The patience of the server under test, in seconds."""
HUGE = 100 * 1024 * 1024
BODY = b'{"title":"Search is slow"}'
JSON = "Content-Type: application/json"
LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = "Transfer-Encoding: chunked"
ENV = {**os.environ, "HARDWON_MEANING": "false", "PYTHONPATH": str(shim.ROOT / "src")}
WRITES = {
    "a record": ("/api/v1/incidents", "application/json"),
    "an import": ("/api/v1/import", "application/jsonl"),
    "a form": ("/incidents/new", "application/x-www-form-urlencoded"),
    "a file": ("/incidents/INC-0001/files", "multipart/form-data; boundary=b"),
    "a sign-in": ("/sign-in", "application/x-www-form-urlencoded"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[shim.Server]:
    home = fresh(tmp_path_factory.mktemp("network") / "home")
    with shim.served(home, ENV, mutant="impatient") as running:
        yield running
        assert "Traceback" not in running.said.read_text()


def connect(site: str) -> socket.socket:
    address = urlsplit(site)
    made = socket.create_connection((address.hostname, address.port), timeout=10)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def head(site: str, *lines: str, path: str = "/api/v1/incidents", method: str = "POST") -> bytes:
    """Return the head of a request."""
    told = (f"{method} {path} HTTP/1.1", f"Host: {urlsplit(site).netloc}", *lines)
    return "\r\n".join((*told, "Sec-Fetch-Site: same-origin", "", "")).encode("latin-1")


def status_of(connection: socket.socket) -> int:
    """Return the status of the answer, 0 where the server hung up without one."""
    try:
        said = connection.recv(100_000)
    except (ConnectionError, TimeoutError):
        return 0
    return int(said.split(b" ", 2)[1]) if said.startswith(b"HTTP/1.1 ") else 0


def count(site: str) -> int:
    """Return how many incidents there are."""
    return len(httpx.get(f"{site}/api/v1/incidents?limit=200").json()["rows"])


def pinch(site: str, stack: ExitStack) -> list[socket.socket]:
    """Hang slow requests on the server: half of them in their heads, half in their bodies."""
    hanging = [stack.enter_context(connect(site)) for _ in range(SLOW)]
    length = ("Content-Type: application/json", "Content-Length: 1000")
    for number, connection in enumerate(hanging):
        whole = head(site, *length)
        connection.sendall(whole if number % 2 else whole[:-8])
    return hanging


def drip(hanging: list[socket.socket]) -> int:
    """Send one byte on each, and return how many are still open."""
    open_ones = 0
    for connection in hanging:
        try:
            connection.sendall(b"x")
            connection.settimeout(0)
            open_ones += connection.recv(1) != b""
        except BlockingIOError:
            open_ones += 1
        except OSError:
            continue
        finally:
            connection.settimeout(10)
    return open_ones


def test_others_are_answered_while_slow_ones_hang_and_these_are_let_go(server: shim.Server) -> None:
    before = count(server.site)
    with ExitStack() as stack:
        hanging = pinch(server.site, stack)
        longest, answers = 0.0, 0
        end = time.monotonic() + WAIT * 2.5
        while time.monotonic() < end:
            began = time.monotonic()
            assert httpx.post(f"{server.site}/api/v1/incidents", content=BODY).status_code == 201
            longest, answers = max(longest, time.monotonic() - began), answers + 1
            left = drip(hanging)
            time.sleep(0.2)
        assert longest < 1, f"somebody waited {longest:.1f} s"
        assert left == 0, f"{left} slow connections were kept"
    assert count(server.site) == min(200, before + answers)
    print(f"{SLOW} slow connections, {answers} answers beside them, longest {longest * 1000:.0f} ms")  # noqa: T201


def test_a_server_that_waits_for_ever_is_caught(tmp_path: Path) -> None:
    home = fresh(tmp_path / "home")
    running = shim.served(home, ENV, mutant="patient-for-ever")
    with running as server, ExitStack() as stack:
        hanging = pinch(server.site, stack)
        time.sleep(WAIT * 1.5)
        assert drip(hanging) == SLOW, "nobody was kept waiting"


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("how", ["told", "chunked"])
def test_a_huge_body_is_refused_before_it_is_there(server: shim.Server, what: str, how: str) -> None:
    path, kind = WRITES[what]
    sent = send_huge(server.site, path, kind, chunked=how == "chunked")
    assert sent < HUGE * 0.8, f"{sent:,} bytes were taken"  # an import may have 64 MiB
    assert memory_of(server) < 400, "MiB"


def send_huge(site: str, path: str, kind: str, *, chunked: bool, huge: int = HUGE) -> int:
    """Send until the server refuses, and return how many bytes it took."""
    size = CHUNKED if chunked else f"Content-Length: {huge}"
    block, sent = b"a" * 65_536, 0
    with connect(site) as connection:
        connection.sendall(head(site, f"Content-Type: {kind}", size, path=path))
        while sent < huge and not select.select([connection], [], [], 0)[0]:
            try:
                connection.sendall(b"10000\r\n" + block + b"\r\n" if chunked else block)
            except ConnectionError:
                break
            sent += len(block)
        assert sent >= huge or status_of(connection) in {0, 400, 401, 403, 413}
    return sent


def test_a_server_that_reads_everything_is_caught(tmp_path: Path) -> None:
    home = fresh(tmp_path / "home")
    with shim.served(home, ENV, mutant="takes-any-size") as server:
        sent = send_huge(server.site, *WRITES["a form"], chunked=True, huge=12 * 1024 * 1024)
    assert sent == 12 * 1024 * 1024, "a form of any size went unnoticed"


def memory_of(server: shim.Server) -> int:
    """Return the resident memory of the server in MiB."""
    for line in Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) // 1024
    return 0


def test_a_request_in_single_bytes_is_one_request(server: shim.Server) -> None:
    before = count(server.site)
    with connect(server.site) as connection:
        for byte in head(server.site, JSON, LENGTH) + BODY:
            connection.send(bytes((byte,)))
        assert status_of(connection) == 201
    with connect(server.site) as connection:
        connection.sendall(head(server.site, JSON, CHUNKED))
        for byte in BODY:
            connection.sendall(b"1\r\n" + bytes((byte,)) + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        assert status_of(connection) == 201
    assert count(server.site) == before + 2


def test_who_hangs_up_half_way_is_told_or_not_but_never_told_wrong(server: shim.Server) -> None:
    before = count(server.site)
    with connect(server.site) as connection:
        connection.sendall(head(server.site, JSON, LENGTH) + BODY)
        connection.shutdown(socket.SHUT_WR)
        status = status_of(connection)
    assert status in {0, 201}
    assert count(server.site) - before in ({1} if status else {0, 1})


def cut(site: str, *, reset: bool, chunked: bool) -> None:
    """Send half a body, then hang up."""
    with connect(site) as connection:
        connection.sendall(head(site, JSON, CHUNKED if chunked else f"Content-Length: {len(BODY) + 9}"))
        connection.sendall(b"1a\r\n" + BODY[:9] if chunked else BODY)
        time.sleep(0.05)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_half_a_body_is_not_written(server: shim.Server) -> None:
    before = count(server.site)
    for reset in (False, True):
        for chunked in (False, True):
            for _ in range(5):
                cut(server.site, reset=reset, chunked=chunked)
    time.sleep(0.2)
    assert count(server.site) == before


FORGED = {
    "both lengths": (JSON, LENGTH, CHUNKED),
    "two lengths": (JSON, LENGTH, "Content-Length: 1"),
    "a negative length": (JSON, "Content-Length: -1"),
    "a length that is none": (JSON, "Content-Length: 1e3"),
    "a length of many digits": (JSON, f"Content-Length: {'9' * 400}"),
    "an unknown encoding": (JSON, "Transfer-Encoding: gzip, chunked"),
    "64 KiB of one header": (JSON, LENGTH, f"X-Long: {'x' * 65_536}"),
    "two hosts": (JSON, LENGTH, "Host: elsewhere"),
    "a line feed in a header": (JSON, LENGTH, "X-A: b\nX-C: d"),
    "a NUL in a header": (JSON, LENGTH, "X-A: b\x00c"),
    "a folded header": (JSON, LENGTH, "X-A: b\r\n c"),
    "a space before the colon": (JSON, LENGTH, "X-A : b"),
    "an Expect of something": (JSON, LENGTH, "Expect: the-unexpected"),
    "a broken If-Match": (JSON, LENGTH, 'If-Match: "9223372036854775808"'),
    "Latin-1 in a cookie": (JSON, LENGTH, "Cookie: \xe9=\xff"),
    "a range of ranges": (JSON, LENGTH, f"Range: bytes={'0-,' * 5_000}"),
}
PATHS = [
    "/%00",
    "/incidents/%00",
    "/..%2f..%2fetc/passwd",
    "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%252f..%252fetc%252fpasswd",
    "/incidents/" + "%41" * 4_000,
    "/incidents/" + "a" * 60_000,
    "/incidents/%ff%fe",
    "/incidents/%ED%A0%80",
    "/incidents/%",
    "/incidents/%zz",
    "/incidents?page=" + "9" * 5_000,
    "/incidents?severity=9223372036854775808&after=%ff",
    "/incidents?after=-9223372036854775809",
    "/search?q=%0d%0aSet-Cookie:%20a=b",
    "/trail?since=99999-01-01&position=" + "9" * 30,
    "/api/v1/incidents?" + "&".join(f"a{n}=b" for n in range(3_000)),
    "//evil.example/..",
    "/incidents;a=b",
    "/incidents/INC-0001/files/" + "0" * 64,
    "/postmortems/PM-0001/history?from=99999999999999999999&to=-1",
    "/calendar/%00.ics",
    "*",
    "http://evil.example/incidents",
]


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_head_is_refused_or_read_one_way(server: shim.Server, what: str) -> None:
    before = count(server.site)
    with connect(server.site) as connection:
        connection.sendall(head(server.site, *FORGED[what]) + BODY)
        status = status_of(connection)
    assert status < 500
    assert count(server.site) == before + (status == 201)


def test_no_address_is_too_strange(server: shim.Server) -> None:
    for path in PATHS:
        for method in ("GET", "POST", "HEAD", "BREW"):
            with connect(server.site) as connection:
                connection.sendall(head(server.site, "Content-Length: 0", path=path, method=method))
                assert status_of(connection) < 500, f"{method} {path[:60]}"
    assert httpx.get(f"{server.site}/livez").status_code == 200


def test_a_foreign_host_is_nobody_at_this_machine(server: shim.Server) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "127.0.0.1:99999999", "[::1", "a\tb"):
        with connect(server.site) as connection:
            told = f"POST /api/v1/incidents HTTP/1.1\r\nHost: {host}\r\n{JSON}\r\n{LENGTH}\r\n\r\n"
            connection.sendall(told.encode() + BODY)
            assert status_of(connection) in {0, 400, 401, 403}, host


def test_a_request_sent_twice_is_two_requests_and_no_half_one(server: shim.Server) -> None:
    before = count(server.site)
    with connect(server.site) as connection:
        connection.sendall((head(server.site, JSON, LENGTH) + BODY) * 2)
        time.sleep(0.3)
        said = connection.recv(100_000)
    assert said.count(b"HTTP/1.1 201") == count(server.site) - before == 2
