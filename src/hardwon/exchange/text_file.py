"""A text file's words: UTF-8 without NUL bytes, within the size limit, or the problem with its line."""

from __future__ import annotations

from pathlib import Path

from hardwon.exchange.draft import Problem


def size_text(size: int) -> str:
    """Return a size for people, e.g. `64 MiB`."""
    if size >= 1024 * 1024:
        return f"{size / (1024 * 1024):.0f} MiB"
    return f"{size / 1024:.0f} KiB" if size >= 1024 else f"{size} bytes"  # noqa: PLR2004


def too_large(path: Path, name: str, limit: int) -> Problem | None:
    """Return the problem of a file over the limit, or None."""
    size = path.stat().st_size
    if size <= limit:
        return None
    reason = f"it is {size_text(size)}, and at most {size_text(limit)} are read"
    return Problem(path=name, reason=reason, fix="Split it, or raise HARDWON_MAX_IMPORT_BYTES.")


def decode_text(data: bytes, name: str, line: int = 1) -> str | Problem:
    """Return the bytes as text with line feeds, or the problem and the line it is on."""
    nul = data.find(b"\x00")
    if nul >= 0:
        at = line + data.count(b"\n", 0, nul)
        return Problem(path=name, line=at, reason="it holds a NUL byte", fix="Save it as plain UTF-8 text.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        byte = data[error.start]
        reason = f"byte 0x{byte:02x} is no UTF-8"
        return Problem(path=name, line=at, reason=reason, fix="Save the file as UTF-8.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path, name: str, limit: int) -> str | Problem:
    """Return a file's text, or the problem that keeps it from being read."""
    return too_large(path, name, limit) or decode_text(path.read_bytes(), name)
