"""The verifier of one file: against RFC 8032's own vectors, another Ed25519, and tampered files."""

from __future__ import annotations

import ast
import random
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardwon.domain.audit import (
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
)
from hardwon.domain.checkpoint import (
    Checkpoint,
    consistency_text,
    inclusion_text,
    key_of,
    note_of,
    read_key,
    read_notes,
)
from hardwon.domain.errors import InputError
from hardwon.exchange import verifier
from hardwon.storage.keys import SigningKey

KEY, OTHER = SigningKey(b"k" * 32), SigningKey(b"o" * 32)
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
)
"""Tests 1 and 2 of RFC 8032 section 7.1."""
ENTRIES = [f'{{"n":{number}}}'.encode() for number in range(23)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def note(size: int, signer: SigningKey = KEY, top: bytes | None = None) -> str:
    key = key_of(signer.public)
    checkpoint = Checkpoint(key.name, size, top or root_of(LEAVES[:size]))
    return note_of(checkpoint, key, signer.sign)


def proof(index: int, size: int) -> str:
    return inclusion_text(ENTRIES[index], index, inclusion_path(LEAVES[:size], index), note(size))


def check(text: str, held: str = "") -> list[str]:
    key = str(key_of(KEY.public))
    return verifier.check_proof(text, key, verifier.read_notes(held, key) if held else [])[0]


@pytest.mark.parametrize(("public", "data", "first", "second"), VECTORS)
def test_signatures_are_those_of_the_standard(public, data, first, second):
    key, said, signed = bytes.fromhex(public), bytes.fromhex(data), bytes.fromhex(first + second)
    assert verifier.is_signed(key, said, signed)
    assert not verifier.is_signed(key, said + b"x", signed)
    order = verifier.ORDER
    for bad in (
        signed[:-1],
        signed + b"\0",
        b"",
        b"\xff" * 64,
        signed[:32] + (int.from_bytes(signed[32:], "little") + order).to_bytes(32, "little"),
    ):
        assert not verifier.is_signed(key, said, bad)
    for bad_key in (b"", b"\xff" * 32, b"\x02" + b"\0" * 31, key[:31]):
        assert not verifier.is_signed(bad_key, said, signed)


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100), st.integers(0, 511))
def test_it_agrees_with_another_implementation(secret, data, bit):
    signer = SigningKey(secret)
    signature = bytearray(signer.sign(data))
    assert verifier.is_signed(signer.public, data, bytes(signature))
    signature[bit // 8] ^= 1 << bit % 8
    assert not verifier.is_signed(signer.public, data, bytes(signature))


def test_a_key_is_read_as_it_is_written():
    key = key_of(KEY.public)
    assert read_key(f" {key}\n") == key
    for wrong in ("", "x", str(key)[:-1], str(key).replace("+", " "), f"x{key}", f"{key.name}+00000000+AAAA"):
        with pytest.raises(InputError):
            read_key(wrong)


def test_notes_are_read_one_by_one_and_nothing_else_is():
    for between in ("", "\n", "\n\n"):
        text = f"{between}{note(3)}{between}{note(5)}{between}"
        assert [said.checkpoint.size for said in read_notes(text)] == [3, 5]
        assert [said.size for said in verifier.read_notes(text, str(key_of(KEY.public)))] == [3, 5]
    for wrong in (
        "",
        "\n\n",
        "a\n1\nxx\n\n\u2014 a b",
        note(3).replace("\n3\n", "\n03\n"),
        note(3).replace("\n3\n", "\n-3\n"),
        note(3).replace("\n3\n", "\n" + "9" * 30 + "\n"),
        note(3).replace("\u2014", "-"),
        note(3).partition("\n\n")[0],
    ):
        with pytest.raises(InputError):
            read_notes(wrong)
        with pytest.raises((ValueError, IndexError)):
            verifier.read_notes(wrong, str(key_of(KEY.public)))


@pytest.mark.parametrize("size", [1, 2, 3, 8, 13, 23])
def test_every_entry_is_proven(size):
    for index in range(size):
        said, where = check(proof(index, size))
        assert said == ENTRIES[index].decode()
        assert where == f"this is entry {index} of the {size} that were signed"


def test_every_older_trail_is_gone_on_from():
    for old in range(1, 23):
        text = consistency_text(old, consistency_path(LEAVES, old), note(23))
        assert check(text, note(old))
        with pytest.raises(ValueError, match="does not go on"):
            check(text, note(old, top=b"\0" * 32))
        with pytest.raises(ValueError, match="not signed by"):
            check(text, note(old, OTHER))
        for held in ("", f"{note(old)}\n{note(23)}"):
            with pytest.raises(ValueError, match="--checkpoint"):
                check(text, held)


def test_no_changed_letter_proves_anything_else():
    chance = random.Random(11)
    text = proof(9, 23)
    said = check(text)
    for _ in range(600):
        at = chance.randrange(len(text))
        letter = chance.choice("0123456789abcXYZ+/= \n\u2014")
        changed = text[:at] + letter + text[at + 1 :]
        try:
            assert check(changed) == said
        except (ValueError, IndexError):
            continue


def test_it_uses_nothing_but_pythons_own_library():
    source = Path(verifier.__file__).read_text("utf-8")
    names = {
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_a_witness_keeps_what_goes_on_and_nothing_else(tmp_path, monkeypatch, capsys):
    held, file, key = tmp_path / "held.txt", tmp_path / "since.txt", str(key_of(KEY.public))
    held.write_text(note(5), "utf-8")

    def offer(old: int, new: str, path: tuple[bytes, ...]) -> int:
        file.write_text(consistency_text(old, path, new), "utf-8")
        arguments = ["verify.py", str(file), "--key", key, "--checkpoint", str(held), "--keep"]
        monkeypatch.setattr(sys, "argv", arguments)
        return verifier.main()

    assert offer(5, note(9), consistency_path(LEAVES[:9], 5)) == 0
    assert offer(9, note(9), ()) == 0
    fork = [*LEAVES[:7], leaf_hash(b"another"), *LEAVES[8:12]]
    forked = note(12, top=root_of(fork))
    assert offer(5, forked, consistency_path(fork, 5)) == 1
    assert offer(9, forked, consistency_path(fork, 9)) == 1
    assert offer(9, note(23), consistency_path(LEAVES, 9)) == 0
    assert [kept.size for kept in verifier.read_notes(held.read_text("utf-8"), key)] == [5, 9, 23]
    assert [kept.checkpoint.size for kept in read_notes(held.read_text("utf-8"))] == [5, 9, 23]
    assert capsys.readouterr().out.count("NOT VERIFIED") == 2
