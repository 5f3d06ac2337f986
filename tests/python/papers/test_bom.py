"""Bills of materials: what is in them, and that nothing is written that the standard refuses."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.benchmark import reports
from daimm_cli.benchmark.reports import Report
from daimm_cli.bindings.structs import Relation
from daimm_cli.chain.terms import ModelId, Parent
from daimm_cli.ethics.items import Item, item, rate
from daimm_cli.manifest import manifest
from daimm_cli.manifest.fields import Described
from daimm_cli.market.lineage import Ancestor
from daimm_cli.market.measured import Measured
from daimm_cli.papers.bom import bom, checked
from daimm_cli.papers.model_card import Subject
from tests.python.benchmark.written import written
from tests.python.ethics.test_documents import CROISSANT
from tests.python.manifest.conftest import Case


def report(case: Case, **changed: object) -> Report:
    (model,) = (file for file in case.body.files if file.model)
    of = {"sha256": model.sha256, "size": model.size}
    return reports.checked(written(**({"model": of} | changed)))


def described(case: Case, **changed: object) -> Described:
    names = Described.model_fields
    fields = {name: it for name, it in case.fields.items() if name in names}
    return manifest.describe(fields | changed)


def ancestor(of: tuple[int, int] | None, model: int) -> Ancestor:
    parent = Parent(ModelId(model), 1, Relation.MERGE)
    return Ancestor(of, parent, None, None, "not\x1b[2J read")


def test_files_ports_and_hashes_are_the_manifest_s(case: Case) -> None:
    told = described(case)
    document = bom(Subject(told))
    checked(document)
    listed = {it["name"]: it["hashes"][0]["content"] for it in document["components"]}
    assert listed == {file.name: file.sha256 for file in told.files}
    parameters = document["metadata"]["component"]["modelCard"]["modelParameters"]
    assert parameters["inputs"] == [{"format": "x: float32[batch, 4]"}]
    assert parameters["outputs"] == [{"format": "y: float32[?, 3]"}]


def test_scores_come_with_their_interval(case: Case) -> None:
    document = bom(Subject(described(case), reports=[report(case)]))
    checked(document)
    card = document["metadata"]["component"]["modelCard"]
    (score,) = card["quantitativeAnalysis"]["performanceMetrics"]
    assert (score["type"], score["value"]) == ("accuracy", "0.970000000")
    assert score["confidenceInterval"]["lowerBound"] == "0.950000000"
    assert score["slice"].startswith("suite mine, report ")


def test_a_report_of_another_model_or_without_a_score_is_refused(case: Case) -> None:
    other = report(case, model={"sha256": "00" * 32, "size": 1})
    with pytest.raises(VerificationFailed, match="another model"):
        bom(Subject(described(case), reports=[other]))
    with pytest.raises(VerificationFailed, match="another model"):
        bom(Subject(described(case), rated=other))
    with pytest.raises(VerificationFailed, match="no score"):
        bom(Subject(described(case), reports=[rated(case)]))
    with pytest.raises(VerificationFailed, match="rates nothing"):
        bom(Subject(described(case), rated=report(case)))


def test_a_result_that_nothing_bears_out_is_no_score(case: Case) -> None:
    told = Measured(
        *(bytes(32), "mine", "0.9", "0x12", "1"),
        stands=True, posted_at=1, expires_at=0, report=bytes(32), rating=None, shown="0.9 by mine",
    )  # fmt: skip
    bare = replace(told, value=None, shown="a result by mine (its report cannot be had)")
    document = bom(Subject(described(case), measured=[told, bare]))
    card = document["metadata"]["component"]["modelCard"]
    (score,) = card["quantitativeAnalysis"]["performanceMetrics"]
    assert score == {"type": "mine", "value": "0.9", "slice": "0.9 by mine"}


def rated(case: Case, *items: Item) -> Report:
    rating = rate(items)
    told = {"items": [it.told() for it in items], "rating": rating.told(), "score": rating.value}
    return report(case, metric="ethics", interval=None, **told)


def test_a_rating_comes_with_its_items_and_never_alone(case: Case) -> None:
    found = [
        item("fairness", "accuracy_difference", "sex", "how", {}, value=0.03),
        item("privacy", "membership_auc", "rows", "how", {}, caveat="nobody tried"),
    ]
    document = bom(Subject(described(case), rated=rated(case, *found)))
    checked(document)
    card = document["metadata"]["component"]["modelCard"]
    (group,) = card["considerations"]["fairnessAssessments"]
    assert group == {"groupAtRisk": "sex", "harms": "accuracy difference of sex: met 0.03"}
    (other,) = card["considerations"]["ethicalConsiderations"]
    assert other["name"] == "membership auc of rows: unknown; nobody tried"
    told = {it["name"]: it["value"] for it in card["properties"]}
    assert told["daimm:ethics_rating"].startswith("0.125 of 1, resting on 1 of 8")


def test_what_is_reached_in_two_ways_tells_of_its_parents_once(case: Case) -> None:
    found = [
        ancestor(None, 1), ancestor(None, 2), ancestor((1, 1), 3), ancestor((2, 1), 3),
        ancestor((3, 1), 4),
    ]  # fmt: skip
    document = bom(Subject(described(case), ancestors=found))
    text = checked(document)
    one, two = document["metadata"]["component"]["pedigree"]["ancestors"]
    (first,), (again,) = (it["pedigree"]["ancestors"] for it in (one, two))
    assert first["name"] == again["name"] == "model 3"
    assert [it["name"] for it in first["pedigree"]["ancestors"]] == ["model 4"]
    assert "pedigree" not in again
    assert "\\u001b" not in text
    assert "not read" in text


@pytest.mark.parametrize(
    "front",
    ["datasets: 7", "datasets: {a: b}", "datasets: [[a], {b: c}, 3]", "pipeline_tag: [x]"],
)
def test_front_matter_of_any_shape_makes_a_valid_document(case: Case, front: str) -> None:
    card = f"---\nlicense: apache-2.0\n{front}\n---\n# A\n\n## Uses\n\n[More Information Needed]\n"
    licensed = {**case.fields["terms"], "license": "Apache-2.0"}
    document = bom(Subject(described(case, card=card, terms=licensed)))
    checked(document)
    made = document["metadata"]["component"]["modelCard"]
    assert "datasets" not in made["modelParameters"]
    assert "considerations" not in made


def test_declared_data_is_named_with_where_it_is(case: Case, tmp_path: Path) -> None:
    path, wrong = tmp_path / "data.json", tmp_path / "wrong.json"
    path.write_text(json.dumps(CROISSANT | {"url": "https://example.org/a%20b?c=d"}))
    odd = {"name": 7, "url": "https://example.org/%zz#a#b\x1b[2J", "description": {}}
    wrong.write_text(json.dumps(odd))
    document = bom(Subject(described(case), declared=[path, wrong]))
    text = checked(document)
    one, other = document["metadata"]["component"]["modelCard"]["modelParameters"]["datasets"]
    assert (one["name"], one["description"]) == ("Digits 8x8", "Handwritten digits.")
    assert one["contents"]["url"] == "https://example.org/a%20b?c=d"
    assert other.keys() == {"type", "contents"}
    assert other["contents"].keys() == {"properties"}
    assert "\\u001b" not in text


def test_the_same_facts_are_the_same_document_and_others_have_another_number(case: Case) -> None:
    one, same = (bom(Subject(described(case))) for _ in range(2))
    other = bom(Subject(described(case, name="another")))
    assert json.dumps(one) == json.dumps(same)
    assert one["serialNumber"] != other["serialNumber"]


def test_what_the_standard_does_not_have_is_not_written(case: Case) -> None:
    document = bom(Subject(described(case)))
    document["metadata"]["component"]["modelCard"]["mood"] = "good"
    with pytest.raises(VerificationFailed, match="No bill of materials"):
        checked(document)


def test_without_what_checks_it_nothing_is_written(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cyclonedx.validation.json", None)
    with pytest.raises(DaimmError, match="'bom' extra"):
        checked(bom(Subject(described(case))))
