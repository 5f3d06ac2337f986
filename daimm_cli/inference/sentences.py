"""Sentence models of BERT's kind, out of safetensors weights, in numpy; `child.py` uses them.

A folder has model.safetensors, config.json and vocab.txt or tokenizer.json, as the library
sentence-transformers writes it. A text becomes the mean of its tokens' last states, of length 1.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np

_KINDS = {"F32": np.float32, "F16": np.float16, "F64": np.float64}
_LONGEST = 100  # letters of a word that is looked up


class Sentences:
    """The model, loaded."""

    def __init__(self, folder: Path) -> None:
        told = json.loads((folder / "config.json").read_text())
        if told.get("model_type") != "bert" or told.get("hidden_act", "gelu") != "gelu":
            raise SystemExit("Of safetensors, only sentence models of BERT's kind are run.")
        self.heads, self.layers = told["num_attention_heads"], told["num_hidden_layers"]
        self.epsilon = told.get("layer_norm_eps", 1e-12)
        self.weights = stored((folder / "model.safetensors").read_bytes())
        self.longest = len(self.weights["embeddings.position_embeddings.weight"])
        self.words = vocabulary(folder)

    def embed(self, text: str) -> Any:
        """A row of numbers."""
        tokens = ["[CLS]", *self.pieces(text)[: self.longest - 2], "[SEP]"]
        numbers = [self.words.get(token, self.words["[UNK]"]) for token in tokens]
        state = self.weights["embeddings.word_embeddings.weight"][numbers]
        state = state + self.weights["embeddings.position_embeddings.weight"][: len(numbers)]
        state = state + self.weights["embeddings.token_type_embeddings.weight"][0]
        state = self.normed("embeddings.LayerNorm", state)
        for layer in range(self.layers):
            state = self.layer(f"encoder.layer.{layer}.", state)
        mean = state.mean(0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)

    def layer(self, at: str, state: Any) -> Any:
        parts = (
            self.dense(f"{at}attention.self.{part}", state) for part in ("query", "key", "value")
        )
        query, key, value = (
            part.reshape(len(state), self.heads, -1).transpose(1, 0, 2) for part in parts
        )
        likeness = query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(query.shape[2]))
        weight = np.exp(likeness - likeness.max(2, keepdims=True))
        seen = (weight / weight.sum(2, keepdims=True)) @ value
        seen = seen.transpose(1, 0, 2).reshape(state.shape)
        seen = self.dense(f"{at}attention.output.dense", seen)
        state = self.normed(f"{at}attention.output.LayerNorm", seen + state)
        wide = gelu(self.dense(f"{at}intermediate.dense", state))
        return self.normed(f"{at}output.LayerNorm", self.dense(f"{at}output.dense", wide) + state)

    def dense(self, at: str, state: Any) -> Any:
        return state @ self.weights[f"{at}.weight"].T + self.weights[f"{at}.bias"]

    def normed(self, at: str, state: Any) -> Any:
        centred = state - state.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + np.float32(self.epsilon))
        return centred / scale * self.weights[f"{at}.weight"] + self.weights[f"{at}.bias"]

    def pieces(self, text: str) -> list[str]:
        """WordPiece of lower-case words without accents."""
        plain = unicodedata.normalize("NFD", text.lower())
        spaced = "".join(
            f" {c} " if alone(c) else c for c in plain if unicodedata.category(c) != "Mn"
        )
        return [piece for word in spaced.split() for piece in self.pieces_of(word)]

    def pieces_of(self, word: str) -> list[str]:
        found: list[str] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            ends = range(len(word), start, -1) if len(word) <= _LONGEST else ()
            end = next((end for end in ends if mark + word[start:end] in self.words), None)
            if end is None:
                return ["[UNK]"]
            found.append(mark + word[start:end])
            start = end
        return found


def alone(letter: str) -> bool:
    """Whether it is a word by itself: punctuation, and Chinese."""
    ascii_sign = 33 <= ord(letter) <= 126 and not letter.isalnum()
    return ascii_sign or unicodedata.category(letter)[0] == "P" or "\u3400" <= letter <= "\u9fff"


def gelu(x: Any) -> Any:
    """x times the normal distribution up to x; erf by Abramowitz and Stegun 7.1.26, to 1.5e-7."""
    z = np.abs(x) / np.sqrt(np.float32(2))
    t = 1 / (1 + 0.3275911 * z)
    poly = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    return x * (1 + np.sign(x) * (1 - poly * np.exp(-z * z))) / 2


def stored(data: bytes) -> dict[str, Any]:
    """The tensors of a safetensors file, in 32 bits, without a prefix that some have."""
    length = int.from_bytes(data[:8], "little")
    found = {}
    for name, told in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__" and told["dtype"] in _KINDS:
            begin, end = (8 + length + place for place in told["data_offsets"])
            values = np.frombuffer(data[begin:end], _KINDS[told["dtype"]]).astype(np.float32)
            found[name.removeprefix("bert.")] = values.reshape(told["shape"])
    return found


def vocabulary(folder: Path) -> dict[str, int]:
    if (folder / "vocab.txt").exists():
        lines = (folder / "vocab.txt").read_text().split("\n")
        return {word: number for number, word in enumerate(lines)}
    told = json.loads((folder / "tokenizer.json").read_text())["model"]
    return dict(told["vocab"])
