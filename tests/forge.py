"""A loopback server with the parts of GitHub's and GitLab's APIs that Hardwon writes to."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

COMMENTS = re.compile(r"/repos/acme/ranker/issues/7/comments|/projects/3/merge_requests/5/notes")
COMMENT = re.compile(r"(?:/repos/acme/ranker/issues/comments|/projects/3/merge_requests/5/notes)/(\d+)")
RULE = re.compile(r"/repos/acme/ranker/actions/runs/\d+/deployment_protection_rule")
TOKENS = re.compile(r"/app/installations/\d+/access_tokens")


class Sent(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Forge:
    """The server's state. `broken` is the status with which everything is answered, if any."""

    def __init__(self) -> None:
        self.address = ""
        self.token = "secret-token"
        self.comments: list[dict[str, Any]] = []
        self.sent: list[Sent] = []
        self.broken = 0
        self.hang = threading.Event()
        self.hangs = False

    def add(self, body: str, author: int = 9, kind: str = "User", association: str = "NONE") -> int:
        """Write a comment as somebody, and return its number."""
        number = 100 + len(self.comments)
        user = {"id": author, "type": kind}
        self.comments.append(
            {"id": number, "body": body, "user": user, "author": user, "author_association": association}
        )
        return number

    def writes(self) -> list[Sent]:
        """Return what was written, in order."""
        return [one for one in self.sent if one.method != "GET"]

    def answer(self, sent: Sent, query: dict[str, list[str]]) -> tuple[int, Any]:  # noqa: C901, PLR0911
        """Answer one request as the forges do."""
        if self.broken:
            return self.broken, {"message": "it is broken"}
        given = sent.headers.get("private-token") or sent.headers.get("authorization", "").partition(" ")[2]
        if TOKENS.fullmatch(sent.path) and sent.method == "POST":
            return (201, {"token": self.token}) if given.count(".") == 2 else (401, {})
        if given != self.token:
            return 401, {"message": "Bad credentials"}
        if sent.path == "/user":
            return 200, {"id": 1}
        if COMMENTS.fullmatch(sent.path) and sent.method == "GET":
            each, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
            return 200, self.comments[(page - 1) * each : page * each]
        if COMMENTS.fullmatch(sent.path) and sent.method == "POST":
            return 201, {"id": self.add(sent.body["body"], 1, "Bot")}
        found = COMMENT.fullmatch(sent.path)
        if found and sent.method in {"PATCH", "PUT"}:
            for comment in self.comments:
                if comment["id"] == int(found[1]):
                    comment["body"] = sent.body["body"]
                    return 200, comment
        if RULE.fullmatch(sent.path) and sent.method == "POST":
            return 204, None
        return 404, {"message": "Not Found"}


@contextmanager
def forging() -> Iterator[Forge]:
    """Serve on a port of the loopback address while the block runs."""
    forge = Forge()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            parts = urlsplit(self.path)
            names = {name.lower(): value for name, value in self.headers.items()}
            sent = Sent(self.command, parts.path, names, json.loads(raw) if raw else None)
            forge.sent.append(sent)
            if forge.hangs:
                forge.hang.wait(30)
            status, value = forge.answer(sent, parse_qs(parts.query))
            body = b"" if value is None else json.dumps(value).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    forge.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        forge.hang.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
