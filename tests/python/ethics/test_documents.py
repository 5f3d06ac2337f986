"""Items that no run of a model tells: cards, training data, licences, energy."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from safetensors.numpy import save_file

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.benchmark import reports
from daimm_cli.benchmark.reports import Report
from daimm_cli.ethics import completeness, documents, energy, licensing, training_data
from daimm_cli.ethics.items import Item
from daimm_cli.ethics.licensing import Source, may
from daimm_cli.manifest import card
from daimm_cli.models.inspect import inspect_model
from tests.python.benchmark.written import written
from tests.python.cli.conftest import Ran
from tests.python.ethics import trained
from tests.python.inference import samples

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "ethics.md").read_text()
WHOLE = """---
license: mit
datasets: [digits]
model-index:
- name: a
  results: [{dataset: {name: digits, type: digits}, metrics: [{type: accuracy, value: 0.97}]}]
pipeline_tag: image-classification
metrics: [accuracy]
---
# Model Card for Digits

It reads digits.

- **Developed by:** Ann

## Uses

### Direct Use

Reading digits.

### Out-of-Scope Use

Letters.

## Bias, Risks, and Limitations

Seven is not always seven.

### Recommendations

Ask a person.

## How to Get Started with the Model

Run it.

### Training Procedure

Once.

### Testing Data

One row in five.

## Environmental Impact

None to speak of.

## Model Card Contact

ann@example.org
"""
TEMPLATE = """# Model Card for {{ model_id }}

<!-- Provide a quick summary of what the model is/does. -->

## Model Details

### Model Description

- **Developed by:** [More Information Needed]
- **License:** [More Information Needed]

## Uses

### Direct Use

<!-- This section is for the model use without fine-tuning. -->

[More Information Needed]

## Bias, Risks, and Limitations

[More Information Needed]
"""
CROISSANT = {
    "@context": {"@vocab": "https://schema.org/", "cr": "http://mlcommons.org/croissant/"},
    "@type": "sc:Dataset",
    "dct:conformsTo": "http://mlcommons.org/croissant/1.0",
    "name": "Digits 8x8",
    "description": "Handwritten digits.",
    "license": "https://spdx.org/licenses/CC-BY-4.0.html",
    "url": "https://example.org/digits",
    "creator": {"@type": "sc:Person", "name": "Ann"},
    "datePublished": "1998-07-01",
    "distribution": [
        {
            "@type": "cr:FileObject",
            "@id": "digits.csv",
            "contentUrl": "https://example.org/digits.csv",
            "encodingFormat": "text/csv",
            "sha256": "00",
        }
    ],
}


def only(items: list[Item]) -> Item:
    (made,) = items
    return made


# Cards


def test_a_card_that_says_all_of_the_template_is_complete() -> None:
    made = only(completeness.items(card.parse(WHOLE)))
    assert (made.value, made.outcome) == ("1.000000000", "met")
    assert set(made.facts.values()) == {"said"}


def test_the_template_itself_says_nothing() -> None:
    made = only(completeness.items(card.parse(TEMPLATE)))
    assert (made.value, made.outcome) == ("0.000000000", "missed")


@pytest.mark.parametrize(
    "front",
    ["datasets: 7", "datasets: [' ', a]", "datasets: []", "model-index: 7", "license: other"],
)
def test_front_matter_of_another_kind_says_nothing(front: str) -> None:
    made = only(completeness.items(card.parse(f"---\n{front}\n---\n")))
    assert made.value == "0.000000000"


def test_without_a_card_it_is_unknown() -> None:
    assert only(completeness.items(None)).outcome == "unknown"


@pytest.mark.parametrize("name", completeness.FIELDS)
def test_each_field_is_worth_its_weight(name: str) -> None:
    whole = sum(field.weight for field in completeness.FIELDS.values())
    field = completeness.FIELDS[name]
    text = f"# A\n\n## {field.titles[0].title()}\n\nWords.\n"
    text = f"---\nlicense: mit\n---\n{text}" if name == "license" else text
    made = only(completeness.items(card.parse(text)))
    said = [key for key, it in made.facts.items() if it == "said"]
    assert name in said
    weights = sum(completeness.FIELDS[key].weight for key in said)
    assert float(made.value or 0) == pytest.approx(weights / whole, abs=1e-8)


# Training data


def declared(tmp_path: Path, told: Any, name: str = "data.json") -> Path:
    path = tmp_path / name
    path.write_text(told if isinstance(told, str) else json.dumps(told))
    return path


def test_a_declaration_with_all_that_is_required_is_met(tmp_path: Path) -> None:
    made = only(training_data.items([declared(tmp_path, CROISSANT)]))
    assert (made.name, made.value, made.outcome) == ("digits_8x8", "1.000000000", "met")


def test_whole_names_and_other_prefixes_are_the_same_names(tmp_path: Path) -> None:
    told = {
        key if key.startswith("@") else f"https://schema.org/{key.removeprefix('dct:')}": value
        for key, value in CROISSANT.items()
    }
    told["@type"] = ["https://schema.org/Dataset"]
    assert only(training_data.items([declared(tmp_path, told)])).outcome == "met"


@pytest.mark.parametrize("lacking", CROISSANT)
def test_whatever_is_required_is_missed(tmp_path: Path, lacking: str) -> None:
    told = {key: value for key, value in CROISSANT.items() if key != lacking}
    made = only(training_data.items([declared(tmp_path, told)]))
    assert (made.value, made.outcome) == ("0.900000000", "partly")
    name = re.sub(r"^(@|dct:)", "", lacking).lower()
    assert [key for key, it in made.facts.items() if it == "lacks"] == [name]


WRONG: dict[str, object] = {
    "@type": "sc:Person", "dct:conformsTo": "http://mlcommons.org/croissant/0.8", "name": 7,
    "description": " ", "license": [{}], "url": "nowhere", "creator": [], "datePublished": "soon",
    "distribution": [{"@type": "cr:FileObject", "@id": "a", "contentUrl": "b"}], "@context": 1,
}  # fmt: skip


@pytest.mark.parametrize("key", WRONG)
def test_what_is_of_another_kind_is_not_there(tmp_path: Path, key: str) -> None:
    made = only(training_data.items([declared(tmp_path, CROISSANT | {key: WRONG[key]})]))
    assert made.value == "0.900000000"


def test_no_declaration_is_unknown_and_two_of_a_name_are_two(tmp_path: Path) -> None:
    assert only(training_data.items([])).outcome == "unknown"
    path = declared(tmp_path, CROISSANT)
    assert len({it.name for it in training_data.items([path, path, path])}) == 3


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 4000, '{"a":' * 40 + "1" + "}" * 40])
def test_a_declaration_of_any_bytes_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DaimmError, match="name a Croissant file"):
        training_data.items([declared(tmp_path, text)])


def test_an_enormous_declaration_is_refused_at_once(tmp_path: Path) -> None:
    path = declared(tmp_path, '{"a":[' + "1," * (1 << 20) + "1]}")
    begun = time.process_time()
    with pytest.raises(DaimmError, match="name a Croissant file"):
        training_data.items([path])
    assert time.process_time() - begun < 2
    path.write_text('"' + "a" * (5 << 20) + '"')
    with pytest.raises(DaimmError, match="over 4 MiB"):
        training_data.items([path])


# Licences

PAIRS = [
    ("MIT", "Apache-2.0", True),
    ("MIT", "AGPL-3.0-only", True),
    ("MIT", "LicenseRef-mine", True),
    ("Apache-2.0", "GPL-2.0-only", False),
    ("Apache-2.0", "GPL-2.0-or-later", True),
    ("Apache-2.0", "GPL-3.0", True),
    ("AGPL-3.0", "MIT", False),
    ("AGPL-3.0", "AGPL-3.0-only", True),
    ("AGPL-3.0-only", "LicenseRef-mine", None),
    ("GPL-3.0-only", "AGPL-3.0-only", True),
    ("GPL-2.0-only", "GPL-3.0-only", False),
    ("GPL-2.0-or-later", "AGPL-3.0-or-later", True),
    ("LGPL-2.1-only", "GPL-3.0-only", True),
    ("MPL-2.0", "AGPL-3.0", True),
    ("MPL-2.0", "MIT", False),
    ("CC-BY-4.0", "CC-BY-SA-4.0", True),
    ("CC-BY-SA-3.0", "GPL-3.0", True),
    ("CC-BY-SA-4.0", "CC-BY-4.0", False),
    ("CC-BY-NC-4.0", "MIT", False),
    ("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", True),
    ("CC-BY-NC-SA-4.0", "CC-BY-NC-4.0", False),
    ("CC-BY-ND-4.0", "CC-BY-ND-4.0", False),
    ("LicenseRef-llama3.1", "LicenseRef-llama3.1", True),
    ("LicenseRef-llama3.1", "Apache-2.0", False),
    ("LicenseRef-llama3.1", "LicenseRef-mine", None),
    ("LicenseRef-mine", "MIT", None),
    ("MIT OR AGPL-3.0-only", "Apache-2.0", True),
    ("MIT AND AGPL-3.0-only", "Apache-2.0", False),
    ("MIT AND AGPL-3.0-only", "AGPL-3.0-only", True),
    ("AGPL-3.0-only", "MIT OR AGPL-3.0-only", False),
    ("AGPL-3.0-only", "MIT AND AGPL-3.0-only", True),
    ("MIT OR LicenseRef-mine", "MIT", True),
    ("MIT AND LicenseRef-mine", "MIT", None),
    ("GPL-2.0-only WITH Classpath-exception-2.0", "MIT", None),
    ("MIT AND Apache-2.0 OR GPL-2.0-only", "MIT", None),
]


@pytest.mark.parametrize(("source", "made", "allowed"), PAIRS)
def test_what_may_be_made_from_what(source: str, made: str, allowed: bool | None) -> None:
    assert may(source, made) is allowed


def test_a_conflict_is_named_and_misses_the_aspect() -> None:
    made = only(licensing.items("MIT", [Source("1:1", "AGPL-3.0-only")]))
    assert (made.outcome, made.value) == ("missed", "1.000000000")
    assert made.facts["conflict_1"] == "this is MIT, 1:1 is AGPL-3.0-only"


def test_a_conflict_behind_a_licence_that_nobody_knows_is_found() -> None:
    found = [Source("2:1", "LicenseRef-mine"), Source("1:1", "CC-BY-NC-4.0", "2:1")]
    made = only(licensing.items("MIT", found))
    assert made.facts["conflict_1"] == "this is MIT, 1:1 is CC-BY-NC-4.0"
    assert made.caveat == "this is MIT, 1:1 is CC-BY-NC-4.0; not known: 2:1, 1:1"


def test_a_conflict_that_is_reached_in_two_ways_is_one() -> None:
    found = [Source("3:1", "MIT"), Source("2:1", "MIT"), Source("1:1", "AGPL-3.0", "3:1")]
    made = only(licensing.items("AGPL-3.0", [*found, Source("1:1", "AGPL-3.0", "2:1")]))
    assert made.value == "2.000000000"
    made = only(licensing.items("MIT", [Source("1:1", "AGPL-3.0")] * 2))
    assert made.value == "1.000000000"


def test_a_conflict_between_ancestors_counts() -> None:
    found = [Source("2:1", "MIT"), Source("1:1", "GPL-3.0-only", "2:1")]
    made = only(licensing.items("GPL-3.0-only", found))
    assert made.facts["conflict_1"] == "2:1 is MIT, 1:1 is GPL-3.0-only"


def test_what_nobody_knows_is_unknown_and_never_met() -> None:
    assert only(licensing.items("MIT", [Source("1:1", None)])).outcome == "unknown"
    assert only(licensing.items(None, [])).outcome == "unknown"
    assert only(licensing.items("MIT", [Source("1:1", "Apache-2.0")])).outcome == "met"
    made = only(licensing.items("MIT", [], lineage=False))
    assert (made.outcome, made.caveat) == ("unknown", "not known: what it was made from")


def labelled(path: Path, text: str) -> Path:
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"license": text})
    onnx.save(model, path)
    return path


STATED = [
    ("AGPL-3.0 License (https://ultralytics.com/license)", "missed"),
    ("agpl-3.0", "missed"),
    ("MIT", "met"),
    ("see our site\x1b[2J", "unknown"),
]


@pytest.mark.parametrize(("text", "outcome"), STATED)
def test_a_file_that_says_another_licence_than_its_listing(
    tmp_path: Path, text: str, outcome: str
) -> None:
    model = labelled(samples.scores(tmp_path / "m.onnx"), text)
    told = documents.items(
        documents.Documents(license_id="MIT", ancestors=()), documents.inspected(model)
    )
    (made,) = (it for it in told if it.aspect == "licences")
    assert made.outcome == outcome
    assert "\x1b" not in str(made.told())


def test_safetensors_say_their_licence_too(tmp_path: Path) -> None:
    save_file({"a": np.zeros(2)}, tmp_path / "m.safetensors", {"license": "CC-BY-NC-4.0"})
    file = inspect_model(tmp_path / "m.safetensors")
    assert licensing.of_files([file]) == [Source("m.safetensors", "CC-BY-NC-4.0")]


# Energy


def measured(joules: str | None) -> Report:
    """Of six rows."""
    told = written()
    told["measured"]["joules"] = joules
    return reports.checked(told)


def test_energy_is_that_of_one_answer() -> None:
    made = only(energy.items([measured("3.000000000")], "22" * 32))
    assert (made.name, made.value, made.outcome) == ("mine", "0.500000000", "met")


def test_all_of_a_report_is_what_energy_rests_on() -> None:
    made = (energy.items([measured(it)], "22" * 32) for it in ("1.000000000", "3.000000000"))
    one, two = map(only, made)
    assert one.data["report"] != two.data["report"]


def test_energy_that_nobody_measured_is_unknown() -> None:
    assert only(energy.items([measured(None)], "22" * 32)).outcome == "unknown"
    assert only(energy.items([], "22" * 32)).outcome == "unknown"


def test_a_report_of_another_model_says_nothing_of_this_one_s_energy() -> None:
    with pytest.raises(VerificationFailed, match="another model"):
        energy.items([measured("3.000000000")], "00" * 32)


def test_a_report_has_the_items_of_its_papers_and_whoever_has_them_gets_the_same(
    tmp_path: Path, types: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trained.diabetes(tmp_path / "model.onnx")
    labelled(tmp_path / "model.onnx", "AGPL-3.0")
    Path("README.md").write_text(WHOLE)
    declared(tmp_path, CROISSANT)
    words = ("model.onnx", "--declaration", "diabetes")
    papers = ("--card", "README.md", "--data-sheet", "data.json", "--parent", "none")
    made = types("ethics", "report", *words, *papers, "--output", "ethics.json", "--json")
    assert made.status == 0, made.err
    found = {it["kind"]: it for it in made.json["result"]["items"]}
    assert found["card_completeness"]["outcome"] == "met"
    assert found["declaration_completeness"]["outcome"] == "met"
    assert found["joules_per_answer"]["outcome"] == "unknown"
    conflict = found["licence_conflicts"]["facts"]["conflict_1"]
    assert conflict == "this is MIT, model.onnx is AGPL-3.0"
    again = types("ethics", "check", "ethics.json", *words, *papers)
    assert again.status == 0, again.err
    assert types("ethics", "check", "ethics.json", *words).status == 5
    shown = types("ethics", "report", *words, *papers).out
    assert "missed 1; this is MIT, model.onnx is AGPL-3.0" in shown
    assert "There is no card" in types("ethics", "report", *words).out


def test_the_tables_of_the_page_are_those_that_decide() -> None:
    fields = re.findall(r"^\| `(\w+)` \| (\d) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert {name: row for name, *row in fields} == {
        name: [str(it.weight), ", ".join(f"`{key}`" for key in it.front), "; ".join(it.titles)]
        for name, it in completeness.FIELDS.items()
    }
    rows = re.findall(r"^\| `([\w.-]+)` \| (`[A-Z][^|]*) \|$", PAGE, re.MULTILINE)
    assert {name: told.replace("`", "").replace(",", "") for name, told in rows} == dict(
        licensing.FOLLOWED_BY
    )
