"""MLflow 3: new versions in the registry, and aliases that moved, told as its webhooks tell them.

The registry does not say when an alias was set, so what stands at the first poll is only noted. A move that is seen
later is dated with the latest moment at which it was surely not there yet: the sweep before, or the version's making.
Its webhook, which knows better, is newer than that, whichever of the two comes first.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from hardwon.domain.source import Source
from hardwon.exchange.pollers.ask import Ask, PollError, plain_address
from hardwon.exchange.pollers.poller import Found, Polled
from hardwon.exchange.webhooks.payload import Payload

_API: Final = "/api/2.0/mlflow"
_MODELS: Final = f"{_API}/registered-models/search"
_VERSIONS: Final = f"{_API}/model-versions/search"
_PROMPTS: Final = "tags.`mlflow.prompt.is_prompt` = 'true'"
_MOST_PAGES: Final = 200
_MOST_ALIASES: Final = 20_000
_TOKEN: Final = 2_000
Aliases = dict[str, dict[str, str]]
"""Of each model its aliases, and the version of each."""
Stage = Literal["models", "prompts", "versions"]


class _Cursor(msgspec.Struct, kw_only=True):
    """What the sweep before found, and how far this one is. Times are milliseconds by the server's clock; whatever
    is newer than `newest_ms` was written since.
    """

    known: dict[str, Aliases] | None = None
    swept_ms: int = 0
    newest_ms: int = 0
    stage: Stage = "models"
    page: str = ""
    pages: int = 0
    seen: dict[str, Aliases] = {}
    began_ms: int = 0
    rising_ms: int = 0


class MLflowRegistry:
    """The registry of a tracking server, swept page by page over as many rounds as it takes."""

    def check(self, address: str) -> str:
        """Return the tracking server's address. Raises InputError."""
        return plain_address(address, "https://mlflow.example.org")

    def poll(self, source: Source, cursor: bytes, ask: Ask) -> Polled:
        """Go on with the sweep; where a page is not answered, the next one starts over."""
        del source
        kept, found = _read(cursor), list[Found]()
        sweep = _Sweep(kept, ask, found)
        try:
            while ask.has_room():
                if sweep.step():
                    return Polled(tuple(found), _write(sweep.ended()))
        except PollError as error:
            return Polled(tuple(found), _write(sweep.afresh()), fault=str(error))
        return Polled(tuple(found), _write(kept), more=True)


class _Sweep:
    """One walk over all models, all prompts, and the versions that are new."""

    def __init__(self, cursor: _Cursor, ask: Ask, found: list[Found]) -> None:
        self._cursor, self._ask, self._found = cursor, ask, found

    def step(self) -> bool:
        """Read one page; tell whether it was the last of all. Raises PollError."""
        at = self._cursor
        at.pages += 1
        if at.pages > _MOST_PAGES:
            raise PollError(f"its registry does not end after {_MOST_PAGES} pages")
        if at.stage == "versions":
            query = {"order_by": "last_updated_timestamp DESC", "max_results": "100", "page_token": at.page}
            answer = self._ask.get(_VERSIONS, query)
            over = self._versions(_items(answer.value, "model_versions"))
        else:
            query = {"max_results": "100", "page_token": at.page}
            query["filter"] = _PROMPTS if at.stage == "prompts" else ""
            answer = self._ask.get(_MODELS, query)
            at.began_ms = at.began_ms or int(answer.at.timestamp() * 1000)
            self._models(_items(answer.value, "registered_models"))
            over = False
        at.page = _page(answer.value)
        if at.page and not over:
            return False
        at.page = ""
        last = at.stage == "versions"
        at.stage = "prompts" if at.stage == "models" else "versions"
        return last

    def ended(self) -> _Cursor:
        """Return from where the next sweep starts."""
        at = self._cursor
        newest = max(at.newest_ms, at.rising_ms + (at.known is None))
        return _Cursor(known=at.seen, swept_ms=at.began_ms, newest_ms=newest)

    def afresh(self) -> _Cursor:
        """Return from where this sweep starts again."""
        at = self._cursor
        return _Cursor(known=at.known, swept_ms=at.swept_ms, newest_ms=at.newest_ms)

    def _models(self, models: list[Payload]) -> None:
        at = self._cursor
        kept = at.seen.setdefault(at.stage, {})
        for model in models:
            name = model.name("name")
            standing = {
                one.name("alias"): one.name("version")
                for one in model.items("aliases")
                if one.name("alias") and one.name("version")
            }
            if not name or not standing:
                continue
            kept[name] = standing
            for alias, version in sorted(standing.items()):
                self._alias(model, name, alias, version)
        if sum(map(len, kept.values())) > _MOST_ALIASES:
            raise PollError(f"its registry holds more than {_MOST_ALIASES:,} aliases")

    def _alias(self, model: Payload, name: str, alias: str, version: str) -> None:
        at = self._cursor
        if at.known is None or at.known.get(at.stage, {}).get(name, {}).get(alias) == version:
            return
        made = next((one for one in model.items("latest_versions") if one.name("version") == version), None)
        not_yet = max(at.swept_ms, _ms(made, "creation_timestamp") if made else 0)
        entity = "prompt_alias" if at.stage == "prompts" else "model_version_alias"
        self._tell(entity, not_yet, {"name": name, "alias": alias, "version": version})

    def _versions(self, versions: list[Payload]) -> bool:
        """Tell of the versions that are new; tell whether older ones were reached, as always at the first sweep."""
        at = self._cursor
        for version in versions:
            made, changed = _ms(version, "creation_timestamp"), _ms(version, "last_updated_timestamp")
            at.rising_ms = max(at.rising_ms, made, changed)
            if at.known is not None and made >= at.newest_ms:
                data = {key: version.line(key) for key in ("name", "version", "source", "run_id")}
                self._tell("model_version", made, {**data, "description": version.prose("description")})
            if changed < at.newest_ms:
                return True
        return at.known is None

    def _tell(self, entity: str, at_ms: int, data: dict[str, Any]) -> None:
        body = {"entity": entity, "action": "created", "timestamp": at_ms, "data": data}
        self._found.append(Found(msgspec.json.encode(body)))


def _items(value: Payload, name: str) -> list[Payload]:
    """Return the members of a list, none where the server leaves an empty one out. Raises PollError."""
    if not isinstance(value.value, dict) or not isinstance(value.value.get(name, []), list):
        raise PollError("its answer is not MLflow's: is the address right?")
    return value.items(name)


def _page(value: Payload) -> str:
    token = value.value.get("next_page_token", "")
    if not isinstance(token, str) or len(token) > _TOKEN:
        raise PollError("its answer is not MLflow's: is the address right?")
    return token


def _ms(value: Payload, name: str) -> int:
    at = value.moment(name)
    return int(at.timestamp() * 1000) if at else 0


def _read(cursor: bytes) -> _Cursor:
    try:
        return msgspec.json.decode(cursor, type=_Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Cursor()


def _write(cursor: _Cursor) -> bytes:
    return msgspec.json.encode(cursor)
