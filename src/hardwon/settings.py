"""Frozen settings, read once from the environment, a TOML file and the command line."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import platformdirs

_CONFIG = "hardwon.toml"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the workspace lies and how Hardwon runs.

    `database_url` empty means SQLite inside the workspace. `meaning` false asks words only even
    where the model is installed. `sign_in` says who may open the pages: the `owner` at this machine,
    people with `accounts`, these and whom an OpenID Connect provider knows (`oidc`), or whom a trusted
    `proxy` names in `proxy_header`. `base_url` is the address at which people reach the pages;
    `proxy_from` are the addresses from which the proxy connects. Each checkpoint of the trail is appended
    to `anchor_file`, if one is named: best in a git work tree or on another machine's disk;
    and is sent to `anchor_url` by POST. `witness_url` is another workspace that signs each checkpoint with
    `witness_key`, having seen that the trail goes on; `witness_for` are the keys, with commas between them, of
    workspaces for which this one does that.
    `egress_allow` names hosts and networks, with commas between them, that Hardwon may ask though they are not
    public or answer at another port than 80 and 443: `metrics.internal, 10.0.0.0/8`.
    With `upgrade_copy` the database is copied to `before-upgrade` in the workspace before a newer Hardwon changes
    its schema.
    """

    home: Path
    database_url: str = ""
    meaning: bool = True
    host: str = "127.0.0.1"
    port: int = 8321
    max_import_bytes: int = 64 * 1024 * 1024
    embed_threads: int = 2
    anchor_file: str = ""
    upgrade_copy: bool = True
    sign_in: Literal["owner", "accounts", "oidc", "proxy"] = "owner"
    base_url: str = ""
    proxy_header: str = ""
    proxy_from: str = "127.0.0.1"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    egress_allow: str = ""
    anchor_url: str = ""
    witness_url: str = ""
    witness_key: str = ""
    witness_for: str = ""

    @property
    def has_accounts(self) -> bool:
        """Whether people have passwords and sessions here."""
        return self.sign_in in {"accounts", "oidc"}

    @property
    def reachable(self) -> tuple[str, ...]:
        """Hosts and networks that may be asked though they are not public."""
        return tuple(name for part in self.egress_allow.lower().split(",") if (name := part.strip()))

    @property
    def database(self) -> str:
        """The database's URL: the team's own, else SQLite in the workspace."""
        return self.database_url or f"sqlite:///{self.database_file}"

    @property
    def database_file(self) -> Path:
        """Where SQLite's database lies, where no URL names another."""
        return self.home / "hardwon.db"

    @property
    def index_folder(self) -> Path:
        """Where the search index lies: derived, may be deleted."""
        return self.home / "index"

    @property
    def anchor(self) -> Path | None:
        """Where checkpoints are put down outside the database; a relative path lies in the workspace."""
        return self.home / self.anchor_file if self.anchor_file else None

    @property
    def attachments(self) -> Path:
        """Where attached files lie, each named by its SHA-256."""
        return self.home / "attachments"


def load_settings(
    home: Path | None = None, environ: Mapping[str, str] | None = None, **overrides: Any
) -> Settings:
    """Return the settings: built-in, then `hardwon.toml` in the workspace, then HARDWON_*, then given.

    Raises msgspec.ValidationError where a value has the wrong type, ValueError for broken TOML.
    """
    env = os.environ if environ is None else environ
    folder = home or Path(env.get("HARDWON_HOME") or platformdirs.user_data_path("hardwon"))
    values: dict[str, Any] = {}
    config = folder / _CONFIG
    if config.is_file():
        values |= tomllib.loads(config.read_text(encoding="utf-8"))
    for field in Settings.__struct_fields__:
        name = f"HARDWON_{field.upper()}"
        if name in env and field != "home":
            values[field] = env[name]
    values |= {key: value for key, value in overrides.items() if value is not None}
    return msgspec.convert(
        {**values, "home": str(folder.absolute())}, Settings, strict=False, dec_hook=_convert
    )


def _convert(kind: type[Any], value: Any) -> Any:
    """Read what JSON does not know."""
    if kind is Path:
        return Path(value)
    raise NotImplementedError(f"no setting is a {kind.__name__}")
