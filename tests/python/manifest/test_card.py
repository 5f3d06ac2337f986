from pathlib import Path

import magika
import pytest

from daimm_cli.base.errors import DaimmError
from daimm_cli.manifest import card
from daimm_cli.manifest.fields import stated
from daimm_cli.models.inspect import inspect_model

HUB = """---
language:
- en
- multilingual
license: apache-2.0
library_name: onnx
tags:
- vision
datasets:
- mnist
base_model: org/parent
pipeline_tag: image-classification
model-index:
- name: small
  results:
  - task:
      type: image-classification
    dataset:
      name: MNIST
      type: mnist
    metrics:
    - type: accuracy
      value: 0.991
      verified: false
---

# Small

Text with --- in it.

---
More.
"""


def test_a_card_of_the_hub_is_taken_to_the_letter() -> None:
    parsed = card.parse(HUB)
    assert parsed.source == HUB
    assert parsed.body == HUB.split("---\n", 2)[2]
    assert parsed.license == "Apache-2.0"
    assert parsed.metadata["language"] == ["en", "multilingual"]
    assert parsed.metadata["model-index"][0]["results"][0]["metrics"][0]["value"] == 0.991
    assert parsed.scores == [{"suite": "MNIST", "metric": "accuracy", "value": "0.991"}]
    assert parsed.text("base_model") == "org/parent"
    assert parsed.text("tags") is None


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_are_kept(newline: str, tmp_path: Path) -> None:
    source = HUB.replace("\n", newline)
    path = tmp_path / "README.md"
    path.write_bytes(source.encode())
    parsed = card.read(path)
    assert parsed.source == source
    assert parsed.metadata["license"] == "apache-2.0"


def test_a_byte_order_mark_is_no_part_of_a_card(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(b"\xef\xbb\xbf" + HUB.encode())
    assert card.read(path) == card.parse(HUB)


@pytest.mark.parametrize(
    "source", ["", "# Only text\n", "text\n---\nlicense: mit\n---\n", "---\nx"]
)
def test_a_card_without_front_matter(source: str) -> None:
    assert card.parse(source) == card.Card(source, {}, source)


def test_empty_front_matter() -> None:
    assert card.parse("---\n\n---\nx").metadata == {}
    assert card.parse("---\n# a comment\n---\nx").metadata == {}


@pytest.mark.parametrize(
    ("stated", "spdx"),
    [
        ("mit", "MIT"),
        ("MIT", "MIT"),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
        ("[apache-2.0]", "Apache-2.0"),
        ("[apache-2.0, mit]", None),
        ("other", None),
        ("unknown", None),
        ("other\nlicense_name: Llama 3.2 Community", "LicenseRef-Llama-3.2-Community"),
        ("Other\nlicense_name: MIT-0", "MIT-0"),
        ("other\nlicense_name: [x]", None),
        ("other\nlicense_name: ' '", None),
        ("mit\nlicense_name: other-than-this", "MIT"),
        ("3", None),
        ("llama3.1", "LicenseRef-llama3.1"),
        ("openrail++", "LicenseRef-openrail++"),
        ("CC-by-nc-2.0", "CC-BY-NC-2.0"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("bigscience-openrail-m", "LicenseRef-bigscience-openrail-m"),
        ('"a\\e[2J b"', "LicenseRef-a-2J-b"),
    ],
)
def test_licences_in_spdx_terms(stated: str, spdx: str | None) -> None:
    assert card.parse(f"---\nlicense: {stated}\n---\n").license == spdx


@pytest.mark.parametrize(
    "number",
    [
        "0x" + "f" * 60_000,
        "-0b" + "1" * 60_000,
        "1:" * 30_000 + "1",
        ".nan",
        "2024-02-03",
        "!!set {b}",
    ],
)
def test_what_is_no_text_is_no_licence(number: str) -> None:
    assert card.parse(f"---\nlicense: {number}\n---\n").license is None


BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcde", "bcdef", strict=True)
)


@pytest.mark.parametrize(
    "front",
    [
        "[1, 2]",
        "just text",
        "a: [",
        "a: b: c",
        "date: 2024-99-99",
        "x: !!python/object/apply:os.system ['touch should-not-exist']",
        "x: !!python/name:os.system",
        "a: &a [*a]",
        BOMB,
        "a: " + "[" * 50 + "]" * 50,
        "a: " + "[" * 30_000,
        "x: " + "y" * 70_000,
        "? [a]\n: b",
        "\x00: 1",
        "license: mit\ntags: []\nlicense: gpl-3.0",
        "a: {b: 1, b: 2}",
        "1: a\n'1': b",
        "a: !!bool maybe",
        "a: !!int ''",
        "a: !!float ''",
        "a: !!timestamp soon",
        f"? {'9' * 5000}\n: b",
    ],
    ids=lambda front: front[:20],
)
def test_hostile_front_matter_ends_in_a_sentence(
    front: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DaimmError, match="front matter"):
        card.parse(f"---\n{front}\n---\n")
    assert list(tmp_path.iterdir()) == []


def test_a_card_has_bounds(tmp_path: Path) -> None:
    with pytest.raises(DaimmError, match="512 KiB"):
        card.parse("é" * (card.MAX_BYTES // 2 + 1))
    path = tmp_path / "README.md"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DaimmError, match="UTF-8"):
        card.read(path)
    with pytest.raises(DaimmError, match="There is no file"):
        card.read(tmp_path / "none.md")


def test_a_draft_says_what_was_found_and_what_is_not_stated() -> None:
    model = Path(magika.__file__).parent / "models" / "standard_v3_3" / "model.onnx"
    drafted = card.draft("Magika", "Names file types.", "Apache-2.0", [inspect_model(model)])
    assert drafted.license == "Apache-2.0"
    assert drafted.metadata["library_name"] == "onnx"
    assert "input `bytes`: int32 [" in drafted.body
    assert "## Limitations\n\nNot stated." in drafted.body
    rail = card.draft("X", "Y", "LicenseRef-OpenRAIL-M", [inspect_model(model)])
    assert rail.metadata["license"] == "other"
    assert rail.license == "LicenseRef-OpenRAIL-M"
    assert rail.metadata["license_name"] == "LicenseRef-OpenRAIL-M"


@pytest.mark.parametrize(
    "said",
    [
        "model-index: 3",
        "model-index: [3, {results: x}, {results: [x, {metrics: [x]}]}]",
        "model-index: [{results: [{dataset: x, metrics: [{type: a, value: 1}]}]}]",
        "model-index: [{results: [{dataset: {name: d}, metrics: [{type: a, value: yes}]}]}]",
        "model-index: [{results: [{dataset: {name: d}, metrics: [{type: a, value: .nan}]}]}]",
        "model-index: [{results: [{dataset: {name: d}, metrics: [{type: a, value: 0x"
        + "f" * 9_000
        + "}]}]}]",
    ],
    ids=["number", "other lists", "no dataset", "truth", "nan", "enormous"],
)
def test_scores_that_are_not_as_the_hub_has_them_are_passed_over(said: str) -> None:
    assert card.parse(f"---\n{said}\n---\n# A model\n").scores == []


def test_a_manifest_takes_the_scores_that_it_can() -> None:
    metrics = ", ".join(["{type: accuracy, value: 0.5}"] * 300)
    shown = (
        f"{{dataset: {{name: digits}}, metrics: [{{type: accuracy, value: 1.0e-20}}, {metrics}]}}"
    )
    blank = '{dataset: {name: "  "}, metrics: [{type: accuracy, value: 1}]}'
    told = stated(f"---\nmodel-index: [{{results: [{blank}, {shown}]}}]\n---\n# A model\n")
    assert len(told) == 256
    assert told[0] == {"suite": "digits", "metric": "accuracy", "value": "0.00000000000000000001"}
