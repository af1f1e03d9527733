"""What lies at an address, and the one form under which it is found again."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardwon.domain.reference import Reference, guess_kind, key_of

KINDS = {
    "https://github.com/acme/ranker/pull/812": "change",
    "https://github.com/acme/ranker/pull/812/files": "change",
    "https://github.com/acme/ranker/commit/9fceb02d0ae598e95dc970b74767f19372d61af8": "change",
    "https://gitlab.example/group/sub/ranker/-/merge_requests/7": "change",
    "https://gitlab.example/group/ranker/-/commit/9fceb02": "change",
    "https://bitbucket.org/acme/ranker/pull-requests/3": "change",
    "https://github.com/acme/ranker/issues/44": "issue",
    "https://gitlab.example/group/ranker/-/issues/44": "issue",
    "https://acme.atlassian.net/browse/OPS-812": "issue",
    "http://mlflow:5000/#/experiments/3/runs/0a1b2c": "mlflow_run",
    "https://grafana.example/d/abc123/freshness": "dashboard",
    "https://metrics.example/dashboards/7": "dashboard",
    "https://wiki.example/runbooks/rebuild": "runbook",
    "https://github.com/acme/ranker": "document",
    "https://github.com/acme/ranker/tree/pull": "document",
    "https://wiki.example/browse/all": "document",
    "https://example.org/issues/": "document",
}
SAME = [
    ("HTTPS://GitHub.com/acme/ranker/pull/812/", "https://github.com/acme/ranker/pull/812"),
    ("https://github.com:443/acme/ranker/pull/812#discussion", "https://github.com/acme/ranker/pull/812"),
    ("http://mlflow:5000/#/experiments/3/runs/0a1b/", "http://mlflow:5000#/experiments/3/runs/0a1b"),
    ("http://example.org:80/a?b=c#d", "http://example.org/a?b=c"),
    ("https://example.org/", "https://example.org"),
]


@pytest.mark.parametrize(("url", "kind"), KINDS.items())
def test_an_address_tells_what_lies_there(url: str, kind: str) -> None:
    assert guess_kind(url) == kind
    assert Reference(url=url).kind == kind
    assert msgspec.json.decode(msgspec.json.encode({"url": url}), type=Reference).kind == kind


def test_a_kind_that_is_given_stays() -> None:
    assert Reference(url="https://github.com/acme/ranker/pull/812", kind="document").kind == "document"


@pytest.mark.parametrize(("typed", "key"), SAME)
def test_one_address_has_one_key(typed: str, key: str) -> None:
    assert key_of(typed) == key


def test_runs_of_one_tracking_server_differ() -> None:
    first, second = (f"http://mlflow:5000/#/experiments/3/runs/{run}" for run in ("a", "b"))
    assert key_of(first) != key_of(second)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://example.org/a",
        "file:///etc/passwd",
        "https://ada:secret@example.org/",
        "https://",
        "https:///path",
        "https://example.org/a b",
        "https://example.org/\x00",
        "https://example.org/\n",
        "",
    ],
)
def test_only_a_plain_web_address_is_kept(url: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"url": url}, Reference)


@given(st.text(max_size=3_000))
def test_a_key_is_stable_and_fits_an_index(text: str) -> None:
    key = key_of(f"https://example.org/{text}")
    assert len(key.encode("utf-8", "backslashreplace")) <= 1_200
    assert key_of(key) == key or "\n" in text or len(text) > 100
