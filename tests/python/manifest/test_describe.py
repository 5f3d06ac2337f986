"""What a manifest takes from a card, and what the seller is shown and asked before it is signed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from safetensors.numpy import save_file

from daimm_cli.base.errors import DaimmError
from daimm_cli.manifest import card
from daimm_cli.market.describe import describe, shown
from daimm_cli.market.sealing import Material
from tests.python.models.samples import saved, small_model

MIT = "---\nlicense: mit\n---\n"


@pytest.fixture
def material(tmp_path: Path) -> Material:
    save_file({"w": np.zeros(4, np.float32)}, tmp_path / "m.safetensors")
    return Material.of([tmp_path / "m.safetensors"])


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("# Magika\n\nText.", "Magika"),
        ("Text.\n#  Two   words #\n# Later", "Two words"),
        ("# C#\n", "C#"),
        ("# *Fast* [`net`](x) <b>2</b>\n", "Fast net 2"),
        ("Model Name\n==========\n", "Model Name"),
        ("```sh\n# install\n```\n# Real\n", "Real"),
        ("# ![logo](x.png)\n# Named\n", "Named"),
        ("# Model Card for Net-7B\n", "Net-7B"),
        ("## Second level\n#\n#no space\n", None),
        ("", None),
    ],
)
def test_the_first_heading_names_a_model(body: str, found: str | None) -> None:
    assert card.Card(body, {}, body).title == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("# Magika\n\nTells types.\nOf files.\n\nMore.", "Tells types. Of files."),
        ("![logo](x)\n\n- a list\n\n    code\n \t\nWords.", "Words."),
        ("# Heading\nDirectly below.", "Directly below."),
        ("```python\nimport x\n\nx.run()\n```\n\nTells types.", "Tells types."),
        ("~~~\nfirst\n\nsecond\n~~~\nProse.", "Prose."),
        ("| a | b |\n|---|---|\n| c | d |\n\nProse.", "Prose."),
        ("<div align=center>\n<img src=x>\n</div>\n\n<!-- note -->\n\nProse.", "Prose."),
        ("[![badge](a)](b) [![badge](c)](d)\n\nProse.", "Prose."),
        ("[Paper](a) | [Code](b) | **Demo**: [Space of ours](c)\n\nProse.", "Prose."),
        ("> [!NOTE]\n> Read this.\n\nProse.", "Prose."),
        ("1. one\n2. two\n\nProse.", "Prose."),
        ("[More Information Needed]\n\nProse.", "Prose."),
        ("A *small* [`net`](x) for <b>files</b> &amp; more.", "A small net for files & more."),
        ("Only [a link](x)", None),
        ("", None),
    ],
)
def test_the_first_prose_sums_it_up(body: str, found: str | None) -> None:
    assert card.Card(body, {}, body).summary == found


@pytest.mark.parametrize(
    "body",
    ["# " + " " * 500_000 + "x#", "\n" * 500_000, "a\n" * 250_000, "> " * 250_000, "[" * 500_000,
     "*a " * 170_000, "- " * 250_000, "`" * 500_000, "![" * 250_000, "<" * 500_000],
)  # fmt: skip
def test_a_large_card_takes_no_time(body: str) -> None:
    began = time.process_time()
    made = card.Card(body, {}, body)
    _ = made.title, made.summary
    assert time.process_time() - began < 2


def test_a_long_summary_ends_between_words(material: Material) -> None:
    parsed = card.parse(MIT + "# N\n\n" + "seven " * 500)
    summary = describe(material, parsed, {}).description
    assert len(summary) <= 2000
    assert summary.endswith("seven …")


@pytest.mark.parametrize(
    "said",
    [
        {"license": "proprietary"},
        {"license": "LicenseRef-commercial", "use": "any", "redistribution": "free"},
        {"license": "MIT OR GPL-3.0-only"},
    ],
)
def test_no_right_is_guessed(material: Material, said: dict[str, str]) -> None:
    with pytest.raises(DaimmError, match=r"does not follow from the licence.*--derivatives"):
        describe(material, None, said)


def test_a_card_without_known_rights_asks_for_them_too(material: Material) -> None:
    parsed = card.parse("---\nlicense: llama3.1\n---\n# N\n")
    with pytest.raises(DaimmError, match=r"LicenseRef-llama3\.1: say it with --use"):
        describe(material, parsed, {})
    rights = {"use": "any", "redistribution": "same-terms", "derivatives": "same-terms"}
    assert describe(material, parsed, rights).terms.license == "LicenseRef-llama3.1"


@pytest.mark.parametrize("license_id", ["MIT-0", "LicenseRef-mine", "MIT OR Apache-2.0", "MIT"])
def test_a_drafted_card_says_the_licence_of_the_terms(material: Material, license_id: str) -> None:
    rights = {"use": "any", "redistribution": "free", "derivatives": "free"}
    made = describe(material, None, {"license": license_id, **rights})
    assert card.parse(made.card).license == made.terms.license == license_id


def test_a_slip_in_a_licence_is_told(material: Material) -> None:
    with pytest.raises(DaimmError, match=r"did you mean Apache-2\.0\?"):
        describe(material, None, {"license": "Apahce-2.0"})


@pytest.mark.parametrize(
    ("front", "stated", "agreed"),
    [
        ("apache-2.0", "apache-2.0", "Apache-2.0"),
        ("apache-2.0", "APACHE-2.0", "Apache-2.0"),
        ("gpl-3.0", "gpl-3.0-or-later", "GPL-3.0-or-later"),
        ("cc-by-nc-2.0", None, "CC-BY-NC-2.0"),
        ("mit", "MIT-0", None),
        ("bsd-3-clause", "bsd-3-clause-clear", None),
    ],
)
def test_card_and_seller_agree_on_a_licence_or_hear_of_it(
    material: Material, front: str, stated: str | None, agreed: str | None
) -> None:
    parsed = card.parse(f"---\nlicense: {front}\n---\n# N\n")
    if agreed:
        assert describe(material, parsed, {"license": stated}).terms.license == agreed
    else:
        with pytest.raises(DaimmError, match="make them one"):
            describe(material, parsed, {"license": stated})


def test_the_seller_is_shown_all_that_is_signed(material: Material) -> None:
    said = {"derivative_share": "250", "text": "https://example.org/t"}
    parsed = card.parse("---\nlicense: cc-by-nc-2.0\n---\n# Net\n\nTells types.\n")
    assert shown(describe(material, parsed, said), ()) == {
        "model": "Net",
        "version": "1",
        "summary": "Tells types.",
        "licence": "CC-BY-NC-2.0: use non-commercial, redistribution same-terms, derivatives "
        "same-terms, 2.5% of what they earn; text: "
        "https://example.org/t",
    }


def test_what_no_manifest_holds_is_told_before_anything_is_sealed(
    material: Material, tmp_path: Path
) -> None:
    with pytest.raises(DaimmError, match="over 1 MiB: shorten the model card"):
        describe(material, card.parse(MIT + "\x01" * 300_000), {})
    model = small_model()
    model.opset_import.append(helper.make_opsetid("x" * 300, 1))
    odd = Material.of([saved(tmp_path, model)])
    with pytest.raises(DaimmError, match=r"not valid, files\.0\.model\.opset"):
        describe(odd, None, {"license": "MIT"})


@pytest.mark.parametrize("blank", ["\u3164", " \u115f ", "\u2800\u2800", "\ufe0f", "\u00a0 \u3000"])
@pytest.mark.parametrize("field", ["name", "summary", "version"])
def test_what_nobody_sees_is_no_name(material: Material, field: str, blank: str) -> None:
    said: dict[str, Any] = {"license": "MIT", field: blank}
    with pytest.raises(DaimmError, match="nothing to be seen"):
        describe(material, None, said)
