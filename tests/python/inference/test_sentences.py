"""Sentence models: a text becomes the vector that its weights say."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from daimm_cli.inference import sentences
from tests.python.cli.conftest import Ran

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "play", "##ing", "##ed", "caf", "##e", "!", "the"]
WIDTH = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of one layer that passes on what it gets."""
    draws = np.random.RandomState(0)
    made = tmp_path / "words"
    made.mkdir()
    at = "encoder.layer.0."
    square = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
    shapes = dict.fromkeys([*square, f"{at}attention.output.dense"], (WIDTH, WIDTH))
    shapes |= {f"{at}intermediate.dense": (16, WIDTH), f"{at}output.dense": (WIDTH, 16)}
    weights = {}
    for name, shape in shapes.items():
        weights[f"{name}.weight"] = np.zeros(shape, np.float32)
        weights[f"{name}.bias"] = np.zeros(shape[0], np.float32)
    for name in ("embeddings", f"{at}attention.output", f"{at}output"):
        weights[f"{name}.LayerNorm.weight"] = np.ones(WIDTH, np.float32)
        weights[f"{name}.LayerNorm.bias"] = np.zeros(WIDTH, np.float32)
    for name, rows in (("word", len(WORDS)), ("position", 6), ("token_type", 2)):
        table = draws.normal(size=(rows, WIDTH)).astype(np.float32)
        weights[f"embeddings.{name}_embeddings.weight"] = table
    save_file(weights, made / "model.safetensors")
    config = {"model_type": "bert", "num_attention_heads": 2, "num_hidden_layers": 1}
    (made / "config.json").write_text(json.dumps(config))
    (made / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    return made


def test_words_are_cut_into_the_longest_known_pieces(folder: Path) -> None:
    model = sentences.Sentences(folder)
    assert model.pieces("Playing the CAFÉ!") == ["play", "##ing", "the", "caf", "##e", "!"]
    assert model.pieces("played  playful") == ["play", "##ed", "[UNK]"]
    assert model.pieces("中a" + "the" * 50) == ["[UNK]", "[UNK]"]


def test_the_middle_of_the_tokens_is_what_comes_out(
    folder: Path, types: Callable[..., Ran]
) -> None:
    (folder.parent / "texts.txt").write_text("the\nplaying playing playing\n")
    ran = types("license", "run", "words", "-i", "texts.txt", "--json")
    assert ran.status == 0, ran.err
    found = np.array(ran.json["outputs"]["embedding"])
    model = sentences.Sentences(folder)
    tables = [model.weights[f"embeddings.{n}_embeddings.weight"] for n in ("word", "position")]
    kind = model.weights["embeddings.token_type_embeddings.weight"][0]
    for row, tokens in zip(found, ([2, 10, 3], [2, 4, 5, 4, 5, 3]), strict=True):
        state = tables[0][tokens] + tables[1][: len(tokens)] + kind
        state = (state - state.mean(1, keepdims=True)) / state.std(1, keepdims=True)
        mean = state.mean(0)
        assert row == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_attention_and_the_wide_layer_do_what_they_say(folder: Path) -> None:
    model = sentences.Sentences(folder)
    draws = np.random.RandomState(1)
    for name, value in model.weights.items():
        if "layer.0" in name and "LayerNorm" not in name:
            model.weights[name] = draws.normal(size=value.shape).astype(np.float32)
    state = draws.normal(size=(3, WIDTH)).astype(np.float32)
    at = "encoder.layer.0."

    def dense(name: str, row: list[float]) -> list[float]:
        weight, bias = model.weights[f"{at}{name}.weight"], model.weights[f"{at}{name}.bias"]
        return [sum(float(w) * x for w, x in zip(ws, row, strict=True)) + float(b)
                for ws, b in zip(weight, bias, strict=True)]  # fmt: skip

    def normed(row: list[float]) -> list[float]:
        middle = sum(row) / len(row)
        spread = math.sqrt(sum((x - middle) ** 2 for x in row) / len(row))
        return [(x - middle) / spread for x in row]

    rows = [[float(x) for x in row] for row in state]
    told = [
        [dense(f"attention.self.{part}", row) for row in rows] for part in ("query", "key", "value")
    ]
    expected = []
    for index, row in enumerate(rows):
        seen: list[float] = []
        for half in (slice(0, 4), slice(4, 8)):
            query, keys, values = told[0][index][half], told[1], told[2]
            alike = [
                math.exp(sum(q * k for q, k in zip(query, key[half], strict=True)) / 2)
                for key in keys
            ]
            seen += [
                sum(a * v[half][i] for a, v in zip(alike, values, strict=True)) / sum(alike)
                for i in range(4)
            ]
        after = normed(
            [a + b for a, b in zip(dense("attention.output.dense", seen), row, strict=True)]
        )
        wide = [
            x * (1 + math.erf(x / math.sqrt(2))) / 2 for x in dense("intermediate.dense", after)
        ]
        expected.append(
            normed([a + b for a, b in zip(dense("output.dense", wide), after, strict=True)])
        )
    assert model.layer(at, state) == pytest.approx(np.array(expected), abs=1e-4)


def test_other_weights_are_not_run(folder: Path, types: Callable[..., Ran]) -> None:
    (folder.parent / "texts.txt").write_text("the\n")
    (folder.parent / "n.csv").write_text("1\n")
    assert "it takes texts" in types("license", "run", "words", "-i", "n.csv").err
    ran = types("license", "run", "words/model.safetensors", "-i", "texts.txt")
    assert "holds weights alone" in ran.err
    ran = types("bench", "run", "words", "--suite", "wine")
    assert "Suites ask ONNX models" in ran.err
    (folder / "config.json").write_text(
        '{"model_type": "llama", "num_attention_heads": 1, "num_hidden_layers": 1}'
    )
    ran = types("license", "run", "words", "-i", "texts.txt")
    assert ran.status == 4
    assert "only sentence models of BERT's kind are run" in ran.err
