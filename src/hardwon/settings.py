"""Frozen settings, read once from the environment, a TOML file and the command line."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec
import platformdirs

from hardwon.domain.checkpoint import read_key
from hardwon.domain.cosignature import read_witness_key
from hardwon.domain.errors import InputError
from hardwon.domain.freeze import is_freezes
from hardwon.domain.locality import is_loopback

_CONFIG: Final = "hardwon.toml"
_PREFIX: Final = "HARDWON_"
_NOT_SETTINGS: Final = frozenset({"HOME", "TOKEN", "SEED", "CHROMIUM", "WRITES"})
"""What else is called HARDWON_ and is meant; HARDWON_TEST_ and HARDWON_BENCH_ are the developers'."""
_DEVELOPERS: Final = ("TEST_", "BENCH_", "KILLS_", "EDIT_")
_LARGEST: Final = 1 << 20
_DATABASES: Final = ("sqlite:///", "postgres://", "postgresql://", "postgresql+psycopg://")
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_RANGES: Final = {
    "port": (0, 65_535),
    "embed_threads": (1, 64),
    "max_import_bytes": (1, 1 << 40),
    "requests_per_minute": (0, 1_000_000),
    "gate_seconds": (1, 600),
}


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
    Where people sign in, each of them and each token is answered `requests_per_minute` times at most, an
    address ten times as often; 0 sets no bound.
    `egress_allow` names hosts and networks, with commas between them, that Hardwon may ask though they are not
    public or answer at another port than 80 and 443: `metrics.internal, 10.0.0.0/8`.
    With `upgrade_copy` the database is copied to `before-upgrade` in the workspace before a newer Hardwon changes
    its schema.
    `freezes` are the days on which nothing should ship, `2026-12-20/2027-01-03` with commas between; the risk
    score counts them.
    A gate is told to hold on what `gate_fail_on` names, `block` or `warn` and more. What cannot be answered within
    `gate_seconds` holds too, unless `gate_fail_open` lets it go on; it is said to be unchecked either way.
    Logs go to stderr as `log_format` says, `text` or `json`, from `log_level` on: `debug`, `info` (a line a
    request), `warning` or `error`. Spans go to the OpenTelemetry collector at `otlp_endpoint`, if one is named.
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
    requests_per_minute: int = 1_200
    egress_allow: str = ""
    anchor_url: str = ""
    witness_url: str = ""
    witness_key: str = ""
    witness_for: str = ""
    freezes: str = ""
    gate_fail_on: Literal["block", "warn"] = "block"
    gate_fail_open: bool = False
    gate_seconds: int = 20
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    otlp_endpoint: str = ""

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


class Mistake(NamedTuple):
    """One thing that is wrong in the settings: where it stands, what is wrong, what to do."""

    where: str
    what: str
    fix: str


def load_settings(
    home: Path | None = None, environ: Mapping[str, str] | None = None, **overrides: Any
) -> Settings:
    """Return the settings: built-in, then `hardwon.toml` in the workspace, then HARDWON_*, then given.

    Raises InputError that names every mistake in them, one a line.
    """
    env = os.environ if environ is None else environ
    folder = (home or Path(env.get("HARDWON_HOME") or platformdirs.user_data_path("hardwon"))).absolute()
    mistakes: list[Mistake] = []
    given: dict[str, tuple[str, Any]] = {}
    for key, value in _read(folder / _CONFIG, mistakes).items():
        given[key] = (f"{_CONFIG}, {key}", value)
    for key in _KINDS:
        if (name := f"{_PREFIX}{key.upper()}") in env:
            given[key] = (name, env[name])
    mistakes += _misspelt(env)
    given |= {key: (f"--{key}", value) for key, value in overrides.items() if value is not None}
    values: dict[str, Any] = {}
    for key, (where, value) in given.items():
        try:
            values[key] = msgspec.convert(value, _KINDS[key], strict=False)
        except msgspec.ValidationError:
            mistakes.append(Mistake(where, "it cannot be read", f"Give {_wanted(key)}."))
    settings = Settings(home=folder, **values)
    named = {key: where for key, (where, _) in given.items()}
    mistakes += (Mistake(named.get(at, at), what, fix) for at, what, fix in _unworkable(settings))
    if mistakes:
        raise _refusal(mistakes, folder / _CONFIG)
    return settings


_KINDS: Final[dict[str, Any]] = {
    field.name: field.type for field in msgspec.structs.fields(Settings) if field.name != "home"
}


def _refusal(mistakes: list[Mistake], config: Path) -> InputError:
    number = len(mistakes)
    said = "A setting cannot be used" if number == 1 else f"{number} settings cannot be used"
    lines = [f"  {where}: {what}. {fix}" for where, what, fix in mistakes]
    return InputError(
        "\n".join([f"{said}:", *lines]),
        fix=f"Correct {'it' if number == 1 else 'them'} in {config} or there.",
    )


def _read(config: Path, mistakes: list[Mistake]) -> dict[str, Any]:
    """Return what the file says of known settings; what it says besides is a mistake."""
    if not config.is_file():
        return {}
    try:
        if config.stat().st_size > _LARGEST:
            raise ValueError("it is over 1 MiB")  # noqa: TRY301
        values = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        text = "it is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        mistakes.append(Mistake(_CONFIG, f"it cannot be read: {text}", "Write `name = value` lines of TOML."))
        return {}
    for key in sorted(values.keys() - _KINDS.keys()):
        near = difflib.get_close_matches(key, _KINDS, 1)
        fix = f"Write {near[0]}." if near else "Take it out."
        mistakes.append(Mistake(f"{_CONFIG}, {key[:60]!r}", "there is no such setting", fix))
    return {key: value for key, value in values.items() if key in _KINDS}


def _misspelt(env: Mapping[str, str]) -> Iterator[Mistake]:
    """Yield the variables that are almost a setting's; others may be somebody else's."""
    known = {key.upper() for key in _KINDS}
    for name in sorted(env):
        rest = name.removeprefix(_PREFIX)
        if rest == name or rest in known | _NOT_SETTINGS or rest.startswith(_DEVELOPERS):
            continue
        if near := difflib.get_close_matches(rest, known, 1, cutoff=0.75):
            yield Mistake(name[:60], "there is no such setting", f"Write {_PREFIX}{near[0]}, or unset it.")


def _wanted(key: str) -> str:
    kind = _KINDS[key]
    if kind is bool:
        return "true or false"
    if kind is int:
        return "a whole number"
    return "one of " + ", ".join(kind.__args__) if hasattr(kind, "__args__") else "text"


def _unworkable(settings: Settings) -> Iterator[Mistake]:
    """Yield what no Hardwon could run with; each names the setting that is to be changed."""
    for key, (least, most) in _RANGES.items():
        if not least <= getattr(settings, key) <= most:
            yield Mistake(key, "it is out of bounds", f"Give a number from {least} to {most}.")
    if not settings.host.strip():
        yield Mistake("host", "it is empty", "Give an address, such as 127.0.0.1.")
    if settings.database_url and not settings.database_url.startswith(_DATABASES):
        fix = "Use postgresql://user@host/name, or leave it out for SQLite."
        yield Mistake("database_url", "it names no database Hardwon knows", fix)
    if not is_freezes(settings.freezes):
        fix = "Write spans of days, such as 2026-12-20/2027-01-03, with commas between."
        yield Mistake("freezes", "it holds something other than spans of days", fix)
    if settings.base_url:
        yield from _unfit_base(settings)
    yield from _unfit_anchors(settings)
    if settings.sign_in == "oidc":
        yield from _unfit_oidc(settings)
    if settings.otlp_endpoint:
        yield from _unfit_endpoint(settings)
    if settings.sign_in == "proxy":
        yield from _unfit_proxy(settings)


def _unfit_base(settings: Settings) -> Iterator[Mistake]:
    parts = _parts(settings.base_url)
    if parts is None or parts.rest:
        fix = "Write scheme and host, such as https://hardwon.example.org."
        yield Mistake("base_url", "it is no address of a site", fix)
    elif settings.has_accounts and not parts.safe:
        what = "people sign in over plain HTTP, where no browser keeps the session's cookie"
        yield Mistake("base_url", what, "Put Hardwon behind HTTPS and write https://.")


def _unfit_anchors(settings: Settings) -> Iterator[Mistake]:
    """Yield what would keep checkpoints from going out, or requests from leaving."""
    for key in ("anchor_url", "witness_url"):
        if (url := getattr(settings, key)) and _parts(url) is None:
            yield Mistake(key, "it is no web address", "Write https:// and the rest of it.")
    keys: list[tuple[str, str, Callable[[str], object]]] = []
    if settings.witness_url or settings.witness_key:
        keys.append(("witness_key", settings.witness_key, read_witness_key))
    keys += [("witness_for", key, read_key) for key in settings.witness_for.split(",") if key.strip()]
    for name, key, read in keys:
        try:
            read(key)
        except InputError as error:
            yield Mistake(name, f"{key.strip()[:40]!r} cannot be read", error.fix)
    for text in settings.reachable:
        if "/" in text:
            try:
                ip_network(text)
            except ValueError:
                yield Mistake("egress_allow", f"{text[:40]!r} is no network", "Write it as 10.0.0.0/8.")


def _unfit_oidc(settings: Settings) -> Iterator[Mistake]:
    for key in ("oidc_issuer", "oidc_client_id"):
        if not getattr(settings, key):
            yield Mistake(key, "it is empty, and sign_in is oidc", "Name what the provider gave you.")
    issuer = _parts(settings.oidc_issuer)
    if settings.oidc_issuer and (issuer is None or not issuer.safe):
        yield Mistake("oidc_issuer", "it is reached without HTTPS", "Write https://.")
    if not _is_installed("authlib", "httpx2"):
        yield Mistake("sign_in", "oidc needs the extra `oidc`", "Install hardwon[oidc].")


def _unfit_proxy(settings: Settings) -> Iterator[Mistake]:
    if not _HEADER.fullmatch(settings.proxy_header):
        fix = "Name the header in which the proxy says who somebody is."
        yield Mistake("proxy_header", "it is no header's name, and sign_in is proxy", fix)
    addresses = [part.strip() for part in settings.proxy_from.split(",") if part.strip()]
    if not addresses or not all(map(_is_address, addresses)):
        fix = "Name the addresses from which the proxy connects, with commas between."
        yield Mistake("proxy_from", "it holds something other than IP addresses", fix)


def _unfit_endpoint(settings: Settings) -> Iterator[Mistake]:
    if _parts(settings.otlp_endpoint) is None:
        fix = "Write http:// or https://, host and port, such as http://127.0.0.1:4318."
        yield Mistake("otlp_endpoint", "it is no address of a collector", fix)
    if not _is_installed("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"):
        fix = "Install hardwon[tracing], or leave it out."
        yield Mistake("otlp_endpoint", "spans need the extra `tracing`", fix)


def _is_installed(*modules: str) -> bool:
    try:
        return all(find_spec(module) is not None for module in modules)
    except ModuleNotFoundError:
        return False


class _Parts(NamedTuple):
    """An address of a site: whether what is sent there is safe, and what follows the host."""

    safe: bool
    rest: str


def _parts(url: str) -> _Parts | None:
    """Return what matters of an HTTP address, None for what is none."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        return None
    rest = parts.path.rstrip("/") + parts.query + parts.fragment
    return _Parts(parts.scheme == "https" or is_loopback(host), rest)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
