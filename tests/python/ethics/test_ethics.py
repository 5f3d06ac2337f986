"""`daimm ethics`: items that anybody computes again, held against other libraries."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
from onnx import TensorProto, helper
from sklearn.metrics import brier_score_loss, mean_absolute_error, roc_auc_score

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.ethics import calibration, declarations, fairness, items, privacy, robustness
from daimm_cli.ethics.declarations import Declaration, Perturbation
from daimm_cli.ethics.items import Item
from daimm_cli.ethics.seen import Evidence, Seen
from tests.python.cli.conftest import Ran
from tests.python.ethics import test_documents
from tests.python.ethics.trained import diabetes, table
from tests.python.inference import samples

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "ethics.md").read_text()
Types = Callable[..., Ran]
DATA = {"rows": "ab" * 32}


def by_title(found: list[Item]) -> dict[str, Item]:
    return {it.title: it for it in found}


def rated(types: Types, *words: object) -> tuple[dict[str, Any], dict[str, Item]]:
    ran = types("ethics", "report", *words, "--json")
    assert ran.status == 0, ran.err
    return ran.json, by_title(items.load(ran.json["result"]["items"]))


def test_a_classifier_is_rated_as_fairlearn_and_scikit_learn_see_it(
    tmp_path: Path, types: Types
) -> None:
    model = diabetes(tmp_path / "model.onnx", classes=True)
    report, found = rated(types, "model.onnx", "--declaration", "diabetes_classes")
    rows, target = (each[::3] for each in table())
    right, told = (target > 140).astype(int), model.predict(rows)
    sex = rows[:, 1]
    for kind, metric in (
        ("demographic parity difference", demographic_parity_difference),
        ("equalised odds difference", equalized_odds_difference),
    ):
        it = found[f"{kind} of sex"]
        assert float(it.value or "") == pytest.approx(
            metric(right, told, sensitive_features=sex), abs=1e-9
        )
        assert it.interval
        low, high = map(float, it.interval)
        assert low < float(it.value or "") < high
    accuracy = found["accuracy difference of sex"]
    assert {group.name: group.rows for group in accuracy.groups} == {
        "coded 1": int((sex == 1).sum()),
        "coded 2": int((sex == 2).sum()),
    }
    for code, group in zip((1, 2), accuracy.groups, strict=True):
        expected = (right == told)[sex == code].mean()
        assert float(group.values["accuracy"]) == pytest.approx(expected, abs=1e-9)
    sure = model.predict_proba(rows)
    calibrated = found["calibration error of rows"]
    assert float(calibrated.facts["brier"]) == pytest.approx(
        2 * brier_score_loss(right, sure[:, 1]), abs=1e-5
    )
    assert sum(each.rows for each in calibrated.bins) == len(rows)
    result = report["result"]
    assert result["score"] == items.rate(list(found.values())).value
    assert (result["rating"]["known"], result["rating"]["items"]) == (12, 16)
    assert result["rating"]["aspects"]["card"] == "unknown"


def test_a_regression_is_rated_by_its_errors(tmp_path: Path, types: Types) -> None:
    model = diabetes(tmp_path / "model.onnx")
    _, found = rated(types, "model.onnx", "--declaration", "diabetes")
    rows, target = table()
    told = model.predict(rows)
    errors = [
        mean_absolute_error(target[::3][rows[::3, 1] == code], told[::3][rows[::3, 1] == code])
        for code in (1, 2)
    ]
    it = found["error ratio of sex"]
    assert float(it.value or "") == pytest.approx(max(errors) / min(errors), rel=1e-4)
    trained_on, losses = np.arange(len(rows)) % 3 > 0, -abs(target - told)
    expected = roc_auc_score(trained_on, losses)
    assert float(found["membership auc of members"].value or "") == pytest.approx(
        expected, abs=1e-3
    )
    scaled = rows[::3].copy()
    scaled[:, 2:] *= 1.02
    after = mean_absolute_error(target[::3], model.predict(scaled))
    lost = found["score lost of scaling"]
    assert lost.outcome == "met"
    assert float(lost.facts["after"]) == pytest.approx(after, rel=1e-4)
    assert float(lost.facts["after"]) != float(lost.facts["before"])
    assert [each.rows for each in found["regression calibration error of rows"].bins] == [37] * 4


def test_a_report_is_the_same_again_and_one_that_says_more_is_found_out(
    tmp_path: Path, types: Types
) -> None:
    diabetes(tmp_path / "model.onnx")
    words = ("model.onnx", "--declaration", "diabetes")
    ran = types("ethics", "report", *words, "--output", "report.json")
    assert "resting on 8 of 12 items" in ran.out
    assert "Card: unknown" in ran.out
    assert re.search(r"error ratio of sex .* coded 1 \d+\.\d \(81 rows\), coded 2 ", ran.out)
    assert "daimm ethics check report.json" in ran.err
    report = json.loads((tmp_path / "report.json").read_text())
    assert sha256(canonical_of(report["result"])).hexdigest() in ran.out
    again = types("ethics", "check", "report.json", *words, "--json").json
    assert (again["same_outputs"], again["score"]) == (True, report["result"]["score"])

    def forged(change: Callable[[dict[str, Any]], None]) -> str:
        told = json.loads(json.dumps(report))
        change(told["result"])
        (tmp_path / "forged.json").write_bytes(canonical_of(told))
        said = types("ethics", "check", "forged.json", *words)
        assert (said.status, said.out) == (5, "")
        return " ".join(said.err.split())

    def better(result: dict[str, Any]) -> None:
        for it in result["items"]:
            if it["name"] == "age":
                it |= {"value": "1.100000000", "interval": ["1.0", "1.2"], "outcome": "met"}
        found = items.rate(items.load(result["items"]))
        result |= {"score": found.value, "rating": found.told()}

    assert "error ratio of age the report says 'met 1.1" in forged(better)
    assert "another rating" in forged(lambda it: it.update(score="1.000000000"))
    assert "outcome" in forged(lambda it: it["items"][1].update(outcome="met"))
    assert "other items" in forged(dropped)
    assert "another model" in forged(lambda it: it["model"].update(sha256="0" * 64))


def dropped(result: dict[str, Any]) -> None:
    del result["items"][0]
    found = items.rate(items.load(result["items"]))
    result |= {"score": found.value, "rating": found.told()}


def canonical_of(value: object) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


SUITE: dict[str, Any] = {
    "format": "daimm-suite/1",
    "name": "mine",
    "description": "Who is told yes.",
    "task": "classification",
    "metric": "accuracy",
    "tolerance": 0.001,
    "labels": ["no", "yes"],
    "table": {"path": "rows.csv", "sha256": "0" * 64},
}
DECLARATION: dict[str, Any] = {
    "format": "daimm-ethics/1",
    "name": "mine",
    "description": "Whether all are told alike.",
    "suite": SUITE,
    "favourable": "yes",
    "groups": [{"name": "kind", "column": 0, "values": {"0": "a", "1": "b"}}],
}


def declared(**changed: Any) -> Declaration:
    return Declaration.model_validate(DECLARATION | changed)


def seen(rows: Seen, of: list[str] | None = None, **parts: Any) -> Evidence:
    groups = {"kind": of} if of else {}
    given: dict[str, Any] = {"declaration": declared(), "perturbed": {}, "members": None} | parts
    return Evidence(data=DATA, rows=rows, groups=groups, **given)


def answers(right: list[str], told: list[str], sure: Any = None) -> Seen:
    return Seen(np.array(right), np.array(told), sure)


def test_a_group_that_is_too_small_is_named_and_not_compared() -> None:
    sizes = {"a": 40, "b": 40, "c": 29}
    of = [name for name, size in sizes.items() for _ in range(size)]
    right = ["yes", "no"] * 40 + ["yes"] * 29
    told = ["yes", "no"] * 40 + ["no"] * 29  # wrong for all of the small one
    accuracy, parity, odds = fairness.items(seen(answers(right, told), of))
    for it in (accuracy, parity, odds):
        assert (it.outcome, it.value) == ("partly", "0.000000000")
        assert it.caveat == "too few rows to compare: c (29)"
        assert [bool(group.values) for group in it.groups] == [True, True, False]
    (small, *_) = fairness.items(seen(answers(right[40:], told[40:]), ["a"] * 40 + of[80:]))
    assert (small.outcome, small.caveat) == ("unknown", "too few rows to compare: c (29)")
    (one, *_) = fairness.items(seen(answers(right[:80], told[:80]), ["a"] * 80))
    assert (one.outcome, one.caveat) == ("unknown", "all rows are of one group")


def test_errors_are_compared_by_truth_only_where_there_are_enough_of_each() -> None:
    of = ["a"] * 40 + ["b"] * 40 + ["c"] * 40
    right = ["yes"] * 20 + ["no"] * 20 + ["yes"] * 30 + ["no"] * 10 + ["yes"] * 31 + ["no"] * 9
    accuracy, _, odds = fairness.items(seen(answers(right, right), of))
    assert (accuracy.outcome, accuracy.caveat) == ("met", None)
    assert odds.caveat == "too few rows to compare: c (40)"


def test_who_is_told_yes_less_often_and_who_wrongly_is_seen() -> None:
    of = ["a"] * 100 + ["b"] * 100
    right = (["yes"] * 50 + ["no"] * 50) * 2
    told = ["yes"] * 50 + ["no"] * 50 + ["yes"] * 20 + ["no"] * 80
    accuracy, parity, odds = fairness.items(seen(answers(right, told), of))
    assert [it.value and float(it.value) for it in (accuracy, parity, odds)] == [0.3, 0.3, 0.6]
    assert {it.outcome for it in (accuracy, parity, odds)} == {"missed"}
    assert odds.groups[1].values == {
        "true_positive_rate": "0.400000000",
        "false_positive_rate": "0.000000000",
    }


def test_what_is_not_declared_is_unknown() -> None:
    rows = answers(["yes", "no"], ["yes", "no"])
    found = [
        *(it for each in (fairness, calibration, robustness) for it in each.items(seen(rows))),
        *privacy.items(seen(rows)),
        *fairness.items(seen(rows, ["a", "b"], declaration=declared(favourable=None)))[1:],
    ]
    assert {it.outcome for it in found} == {"unknown"}
    assert {it.caveat for it in found} == {
        "no groups are declared",
        "the model does not say how sure it is",
        "no perturbation is declared",
        "no rows of the training are declared",
        "no class is declared favourable",
    }


def test_a_model_that_is_surer_than_it_is_right_is_seen() -> None:
    right, told = ["yes"] * 600 + ["no"] * 400, ["yes"] * 1000
    honest = np.tile([0.4, 0.6], (1000, 1))
    (it,) = calibration.items(seen(answers(right, told, honest)))
    assert (it.outcome, it.value) == ("met", "0.000000000")
    assert [each.model_dump() for each in it.bins] == [
        {"rows": 1000, "said": "0.600000000", "right": "0.600000000"}
    ]
    (it,) = calibration.items(seen(answers(right, told, np.tile([0.05, 0.95], (1000, 1)))))
    assert (it.outcome, it.value) == ("missed", "0.350000000")


def test_who_is_quite_sure_is_in_the_last_bin() -> None:
    sure = np.array([[0.0, 1.0], [0.05, 0.95], [0.15, 0.85]])
    (it,) = calibration.items(seen(answers(["yes"] * 3, ["yes"] * 3, sure)))
    assert [(each.rows, each.said) for each in it.bins] == [
        (1, "0.850000000"),
        (2, "0.975000000"),
    ]


def test_a_model_that_remembers_its_rows_betrays_them() -> None:
    draws = np.random.RandomState(3)
    sure = draws.uniform(0.5, 0.9, 200)
    others = answers(["yes"] * 200, ["yes"] * 200, np.stack([1 - sure, sure], 1))
    known = np.tile([0.01, 0.99], (200, 1))
    members = answers(["yes"] * 200, ["yes"] * 200, known)
    auc, found = privacy.items(seen(others, members=members))
    assert (auc.value, found.value) == ("1.000000000", "1.000000000")
    assert {auc.outcome, found.outcome} == {"missed"}
    auc, found = privacy.items(seen(others, members=others))
    assert (auc.value, auc.outcome) == ("0.500000000", "met")
    assert float(found.value or "") <= 0.01
    few = answers(["yes"] * 99, ["yes"] * 99, known[:99])
    assert {it.outcome for it in privacy.items(seen(others, members=few))} == {"unknown"}


def test_the_attack_on_privacy_is_scored_as_scikit_learn_does() -> None:
    draws = np.random.RandomState(4)
    inside, outside = draws.randint(0, 9, 150) / 9, draws.randint(0, 12, 120) / 9
    marks = [1] * 150 + [0] * 120
    expected = roc_auc_score(marks, -np.concatenate([inside, outside]))
    assert privacy.auc(inside, outside) == pytest.approx(expected)
    taken = privacy.found(inside, outside)
    assert taken == (inside < np.sort(outside)[1]).mean()


@pytest.mark.parametrize(
    ("kind", "size", "columns"),
    [("noise", 0.5, [1]), ("missing", 0.2, []), ("scaling", 1.5, [0, 2]), ("missing", 1, [2])],
)
def test_a_perturbation_does_what_it_says_and_the_same_again(
    kind: str, size: float, columns: list[int]
) -> None:
    how = Perturbation.model_validate(
        {"name": "it", "kind": kind, "size": size, "columns": columns}
    )
    inputs = np.random.RandomState(5).randn(4000, 3) * [1, 10, 100] + 7
    changed = robustness.perturbed(inputs, how, 1)
    assert (changed == robustness.perturbed(inputs, how, 1)).all()
    chosen = columns or [0, 1, 2]
    for column in range(3):
        before, after = inputs[:, column], changed[:, column]
        if column not in chosen:
            assert (before == after).all()
        elif kind == "noise":
            assert (after - before).std() == pytest.approx(size * before.std(), rel=0.05)
        elif kind == "missing":
            assert (before != after).mean() == pytest.approx(size, abs=0.03)
            assert after[before != after] == pytest.approx(before.mean())
        else:
            assert (after == before * size).all()


def test_what_a_model_loses_is_a_share_of_what_it_had() -> None:
    told = {"perturbations": [{"name": "noise", "kind": "noise", "size": 1}]}
    right = ["yes"] * 100
    before = answers(right, ["yes"] * 80 + ["no"] * 20)
    after = answers(right, ["yes"] * 60 + ["no"] * 40)
    given: dict[str, Any] = {"declaration": declared(**told), "perturbed": {"noise": after}}
    (it,) = robustness.items(seen(before, **given))
    assert (it.value, it.outcome) == ("0.250000000", "missed")
    numbers: dict[str, Any] = {"task": "regression", "metric": "mae", "labels": []}
    given["declaration"] = declared(suite=SUITE | numbers, favourable=None, **told)
    truths = np.arange(100.0)
    given["perturbed"] = {"noise": Seen(truths, truths + 1.2)}
    (it,) = robustness.items(seen(Seen(truths, truths + 1), **given))
    assert (it.value, it.outcome) == ("0.200000000", "missed")
    given |= {"declaration": declared(**told), "perturbed": {"noise": after}}
    (it,) = robustness.items(seen(answers(right, ["no"] * 100), **given))
    assert (it.outcome, it.caveat) == ("unknown", "there was nothing to lose")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"format": "daimm-ethics/2"}, "format"),
        ({"colour": "red"}, "colour"),
        ({"favourable": "maybe"}, "none of the suite"),
        ({"suite": SUITE | {"tolerance": 0.06}}, "the tolerance is over 0.05"),
        ({"rest_is_trained_on": True}, "there is no rest"),
        ({"groups": DECLARATION["groups"] * 2}, "a name twice"),
        ({"groups": [{"name": "kind", "column": 0}]}, "either values or bounds"),
        ({"groups": [{"name": "k", "column": -1, "values": {"0": "a", "1": "b"}}]}, "column"),
        ({"groups": [{"name": "k", "column": 0, "values": {"x": "a", "1": "b"}}]}, "no number"),
        ({"groups": [{"name": "k", "column": 0, "values": {"1": "a", "1.0": "b"}}]}, "each its"),
        ({"groups": [{"name": "k", "column": 0, "values": {"0": "a", "1": "a"}}]}, "each its"),
        ({"groups": [{"name": "k", "column": 0, "bounds": [1], "names": ["a"]}]}, "another number"),
        (
            {"groups": [{"name": "k", "column": 0, "bounds": [2, 1], "names": ["a", "b", "c"]}]},
            "do not rise",
        ),
        ({"perturbations": [{"name": "m", "kind": "missing", "size": 2}]}, "at most 1"),
        ({"perturbations": [{"name": "m", "kind": "noise", "size": 0}]}, "size"),
        ({"groups": [{"name": "k", "column": 3, "values": {"0": "a", "1": "b"}}]}, "Column 3"),
        ({"groups": [{"name": "k", "column": 0, "values": {"0": "a", "2": "b"}}]}, "value 1"),
        ({"perturbations": [{"name": "m", "kind": "noise", "size": 1, "columns": [7]}]}, "Column"),
        ({"trained_on": {"path": "narrow.csv", "sha256": "NARROW"}}, "other columns"),
        ({"trained_on": {"path": "../rows.csv", "sha256": "0" * 64}}, "a path below its folder"),
    ],
)
def test_a_declaration_that_is_none_is_refused(
    tmp_path: Path, types: Types, changed: dict[str, Any], says: str
) -> None:
    samples.scores(tmp_path / "model.onnx")
    write(tmp_path, **changed)
    ran = types("ethics", "report", "model.onnx", "--declaration", "mine.json")
    assert ran.status in (2, 5)
    assert ran.out == ""
    assert says in " ".join(ran.err.split())


def write(folder: Path, rows: str = "0,1,2,0\n1,5,5,1\n", **changed: Any) -> None:
    """A declaration, beside rows of three numbers and a class each."""
    (folder / "rows.csv").write_text(rows)
    (folder / "narrow.csv").write_text("1,0\n")
    told = json.loads(json.dumps(DECLARATION | changed))
    told["suite"]["table"]["sha256"] = sha256(rows.encode()).hexdigest()
    text = json.dumps(told).replace("NARROW", sha256(b"1,0\n").hexdigest())
    (folder / "mine.json").write_text(text)


def test_rows_that_are_no_numbers_or_too_many_are_refused(
    tmp_path: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples.scores(tmp_path / "model.onnx")
    words = ("ethics", "report", "model.onnx", "--declaration", "mine.json")
    write(tmp_path, "nan,1,2,0\n1,5,5,1\n")
    assert "no number" in types(*words).err
    noise = [{"name": "n", "kind": "noise", "size": 1}]
    write(tmp_path, "0,1,2,0\n1,5,5,1\n" * 3, perturbations=noise)
    monkeypatch.setattr(declarations, "MAX_ROWS", 11)
    assert "Over 11 rows" in types(*words).err


def test_a_model_is_not_told_what_is_withheld(tmp_path: Path, types: Types) -> None:
    samples.scores(tmp_path / "model.onnx")  # takes three numbers
    hidden = [DECLARATION["groups"][0] | {"withheld": True}]
    write(tmp_path, "0,1,2,3,0\n1,5,5,5,1\n" * 40, groups=hidden)
    _, found = rated(types, "model.onnx", "--declaration", "mine.json")
    assert [group.rows for group in found["accuracy difference of kind"].groups] == [40, 40]
    write(tmp_path, "0,1,2,3,0\n1,5,5,5,1\n" * 40)
    ran = types("ethics", "report", "model.onnx", "--declaration", "mine.json")
    assert "x is of shape" in ran.err


def test_declarations_are_listed_and_shown(types: Types) -> None:
    names = [row["declaration"] for row in types("ethics", "list", "--json").json]
    assert names == ["diabetes", "diabetes_classes"]
    shown = types("ethics", "show", "diabetes", "--json").json
    assert shown["groups"] == ["sex", "age"]
    assert shown["sha256"] == sha256((declarations.OURS / "diabetes.json").read_bytes()).hexdigest()
    assert "the rows that are not asked" in types("ethics", "show", "diabetes").out


def test_a_group_begins_at_its_bound() -> None:
    told = {"name": "age", "column": 1, "bounds": [40, 55], "names": ["young", "middle", "old"]}
    ages = np.array([[0, age] for age in (39.9, 40, 54.9, 55)])
    [groups] = declared(groups=[told]).groups
    assert groups.of(ages) == ["young", "middle", "middle", "old"]


def test_a_group_without_errors_has_no_ratio() -> None:
    numbers = {"task": "regression", "metric": "mae", "labels": []}
    told = declared(suite=SUITE | numbers, favourable=None)
    right = np.arange(80.0)
    said = right + np.array([0.0] * 40 + [1.0] * 40)
    (it,) = fairness.items(seen(Seen(right, said), ["a"] * 40 + ["b"] * 40, declaration=told))
    assert (it.outcome, it.value) == ("unknown", None)
    with pytest.raises(VerificationFailed, match="no group has the value 7"):
        told.groups[0].of(np.array([[7.0]]))


@pytest.mark.parametrize("size", [np.inf, np.nan, 3e38])
def test_a_model_whose_answers_are_out_of_all_bounds_is_told_so(
    tmp_path: Path, types: Types, size: float
) -> None:
    node = helper.make_node("ReduceMean", ["x"], ["m"], keepdims=1)
    last = helper.make_node("Mul", ["m", "s"], ["y"])
    ports: Any = (TensorProto.FLOAT, ["N", 3]), (TensorProto.FLOAT, ["N", 1])
    samples.write(tmp_path / "model.onnx", [node, last], *ports, s=np.array([[size]], np.float32))
    numbers = SUITE | {"task": "regression", "metric": "mae", "labels": []}
    write(tmp_path, suite=numbers, favourable=None)
    ran = types("ethics", "report", "model.onnx", "--declaration", "mine.json")
    assert (ran.status, ran.out) == (5, "")
    assert "no number up to 1e+15" in ran.err


def test_classes_in_an_order_of_the_models_own_are_the_same_classes(
    tmp_path: Path, types: Types
) -> None:
    samples.scores(tmp_path / "model.onnx")
    write(tmp_path, "0,1,2,0\n1,5,5,1\n" * 40)
    words = ("model.onnx", "--declaration", "mine.json")
    _, ours = rated(types, *words)
    (tmp_path / "recipe.json").write_text('{"labels": ["yes", "no"]}')
    _, theirs = rated(types, *words)
    ours_sure, theirs_sure = (it["calibration error of rows"] for it in (ours, theirs))
    assert [each.said for each in ours_sure.bins] == [each.said for each in theirs_sure.bins]
    assert [float(each.right) for each in ours_sure.bins] == [
        1 - float(each.right) for each in theirs_sure.bins
    ]
    assert float(ours_sure.facts["brier"]) != float(theirs_sure.facts["brier"])
    (tmp_path / "recipe.json").write_text('{"labels": ["good", "bad"]}')
    _, strange = rated(types, *words)
    assert strange["calibration error of rows"].outcome == "unknown"


def test_a_value_beyond_all_bounds_is_told_as_the_bound() -> None:
    it = items.item("fairness", "error_ratio", "x", "told", DATA, value=1e300, interval=(1, np.inf))
    assert (it.value, it.interval) == (f"{10**15}.000000000", ["1.000000000", it.value])


def test_the_commands_of_the_page(tmp_path: Path, types: Types) -> None:
    diabetes(tmp_path / "model.onnx")
    samples.scores(tmp_path / "scores.onnx")
    for kind, name in {"json": "mine.json", "csv": "rows.csv"}.items():
        [text] = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
        (tmp_path / name).write_text(text)
    (tmp_path / "README.md").write_text(test_documents.WHOLE)
    (tmp_path / "patients.json").write_text(json.dumps(test_documents.CROISSANT))
    told = {}
    for line in re.findall(r"^\w+\$ daimm (.*)$", PAGE, re.MULTILINE):
        ran = types(*shlex.split(line))
        assert ran.status == 0, (line, ran.err)
        told[line] = " ".join(ran.out.split())
    own = told["ethics report scores.onnx --declaration mine.json"]
    assert "too few rows to compare: north (2), south (2)" in own
    assert "north not compared (2 rows)" in own
    [check] = [out for line, out in told.items() if line.startswith("ethics check")]
    assert "each output is the same to the bit" in check


def test_the_limits_of_the_page_are_those_that_decide() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| .* \| (\S+) \| (\S+) \|$", PAGE, re.MULTILINE)
    assert {kind: (met, missed) for kind, _, met, missed in rows} == {
        kind: (it.met, it.missed) for kind, it in items.THRESHOLDS.items()
    }
    assert {aspect.replace(" ", "_") for _, aspect, _, _ in rows} <= set(items.ASPECTS)


def test_rows_can_be_held_out_and_the_training_lie_elsewhere(tmp_path: Path, types: Types) -> None:
    samples.scores(tmp_path / "model.onnx")
    text = "0,1,2,0\n1,5,5,1\n" * 60
    (tmp_path / "other.csv").write_text(text)
    other = {"path": "other.csv", "sha256": sha256(text.encode()).hexdigest()}
    write(tmp_path, text, trained_on=other)
    commitment = types("bench", "hold-out", "rows.csv", "--salt", "salt").out.strip()
    told = json.loads((tmp_path / "mine.json").read_text())
    told["suite"]["table"] = {"path": "rows.csv", "commitment": commitment}
    (tmp_path / "mine.json").write_text(json.dumps(told))
    words = ("model.onnx", "--declaration", "mine.json")
    assert "Its data is held out" in types("ethics", "report", *words).err
    report, found = rated(types, *words, "--data", "rows.csv", "--salt", "salt")
    assert report["result"]["suite"]["held_out"] is True
    assert found["membership auc of members"].value == "0.500000000"
    assert found["membership auc of members"].facts["members"] == "120"
    assert found["calibration error of rows"].data["rows"] == commitment
