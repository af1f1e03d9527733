"""The workspace's key: made once, read by its owner alone, and what it signs can be checked."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from hardwon.domain.errors import InputError
from hardwon.storage.keys import KEY_FILE, is_signed, open_key


def test_it_is_made_once_whoever_comes_first(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        found = {key.public for key in pool.map(lambda _: open_key(tmp_path / "home"), range(16))}
    assert len(found) == 1
    path = tmp_path / "home" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [KEY_FILE]


def test_a_signature_holds_for_its_bytes_and_its_key_alone(tmp_path):
    key, other = open_key(tmp_path / "a"), open_key(tmp_path / "b")
    signature = key.sign(b"root")
    assert is_signed(key.public, b"root", signature)
    assert not is_signed(key.public, b"Root", signature)
    assert not is_signed(other.public, b"root", signature)
    assert not is_signed(key.public, b"root", signature[:-1])
    assert not is_signed(b"short", b"root", signature)


def test_a_file_that_is_no_key_is_never_replaced(tmp_path):
    (tmp_path / KEY_FILE).write_bytes(b"half")
    with pytest.raises(InputError, match="holds no key"):
        open_key(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == b"half"
