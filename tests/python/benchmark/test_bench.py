"""`daimm bench`: scores that anybody gets again, on data that packages carry."""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from daimm_cli.benchmark import energy, measure, suites
from daimm_cli.inference import models
from daimm_cli.manifest import canonical
from tests.python.benchmark.written import rated, written
from tests.python.cli.conftest import Ran
from tests.python.inference import samples
from tests.python.inference.test_run import of

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "benchmarks.md").read_text()
Types = Callable[..., Ran]
Told = Sequence[Any]


def table(name: str) -> tuple[Any, Any]:
    """All rows of a suite's data, and its targets, read another way than the suite does."""
    folder = of("sklearn", "datasets", "data")
    match name:
        case "diabetes":
            rows = np.loadtxt(folder / "diabetes_data_raw.csv.gz")
            return rows, np.loadtxt(folder / "diabetes_target.csv.gz")
        case "digits":
            rows = np.loadtxt(folder / "digits.csv.gz", delimiter=",")
            return rows[:, :-1] / 16, rows[:, -1].astype(int)
    file = {"wine": "wine_data.csv", "breast_cancer": "breast_cancer.csv"}[name]
    rows = np.loadtxt(folder / file, delimiter=",", skiprows=1)
    return rows[:, :-1], rows[:, -1].astype(int)


def trained(name: str, path: Path) -> tuple[list[Any], list[Any]]:
    """A linear model of the rows that the suite does not ask, as ONNX; what is right of those that
    it asks, and what scikit-learn predicts."""
    rows, target = table(name)
    asked = np.arange(len(rows)) % 5 == 0
    linear = LinearRegression() if name == "diabetes" else LogisticRegression(max_iter=2000)
    model = make_pipeline(StandardScaler(), linear).fit(rows[~asked], target[~asked])
    scaler, last = model
    spread = np.where(scaler.scale_ == 0, 1, scaler.scale_)
    weights = np.atleast_2d(last.coef_) / spread
    bias = np.atleast_1d(last.intercept_) - weights @ scaler.mean_
    if name == "breast_cancer":  # scikit-learn has one score for two classes
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    given: samples.Shape = ["N", 1, 8, 8] if name == "digits" else ["N", rows.shape[1]]
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w", "b"], ["y"], transB=1),
    ]
    told: tuple[int, samples.Shape] = (TensorProto.FLOAT, ["N", len(bias)])
    if name == "wine":  # a class, not its score
        nodes[1].output[0] = "scores"
        nodes.append(helper.make_node("ArgMax", ["scores"], ["y"], axis=1))
        told = (TensorProto.INT64, ["N", 1])
    stored = {"w": weights.astype(np.float32), "b": bias.astype(np.float32)}
    samples.write(path, nodes, (TensorProto.FLOAT, given), told, **stored)
    return target[asked].tolist(), model.predict(rows[asked]).tolist()


def f1(right: Told, told: Told) -> float:
    return float(f1_score(right, told, average="macro"))


@pytest.mark.parametrize(
    ("name", "metric", "rows"),
    [
        ("digits", accuracy_score, 360),
        ("breast_cancer", f1, 114),
        ("wine", accuracy_score, 36),
        ("diabetes", mean_absolute_error, 89),
    ],
)
def test_a_suite_scores_a_model_as_scikit_learn_does(
    tmp_path: Path, types: Types, name: str, metric: Callable[[Told, Told], float], rows: int
) -> None:
    right, predicted = trained(name, tmp_path / "model.onnx")
    report = types("bench", "run", "model.onnx", "--suite", name, "--json").json
    result = report["result"]
    assert result["rows"] == len(right) == rows
    expected = metric(right, predicted)
    tolerance = 1e-9 if name != "diabetes" else 1e-3
    assert abs(float(result["score"]) - expected) <= tolerance
    low, high = map(float, result["interval"])
    assert low <= expected <= high
    assert (high > low) == (0 < expected < 1 or name == "diabetes")
    assert sum(each["rows"] for each in result["classes"].values()) in (rows, 0)


def test_a_real_model_tells_the_types_of_real_files(tmp_path: Path, types: Types) -> None:
    shutil.copytree(of("magika", "models", "standard_v3_3"), tmp_path / "magika")
    first = types("bench", "run", "magika", "--suite", "file_types", "--json").json
    assert first["result"]["score"] == "0.917460317"
    assert first["result"]["classes"]["python"]["recall"] == "1.000000000"
    again = types("bench", "run", "magika", "--suite", "file_types", "--json").json
    assert again["digest"] == first["digest"]
    assert first["measured"]["sandbox"] is True
    assert first["measured"]["latency_us"]["median"] > 0
    assert first["measured"]["environment"]["onnxruntime"]


def large(path: Path) -> Path:
    """Says of three numbers whether their sum is over 10."""
    weights, bias = np.array([[-1, 1]] * 3, np.float32), np.array([10, -10], np.float32)
    node = helper.make_node("Gemm", ["x", "w", "b"], ["y"])
    kind = TensorProto.FLOAT
    return samples.write(path, [node], (kind, ["N", 3]), (kind, ["N", 2]), w=weights, b=bias)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """What the page's commands work on."""
    trained("digits", tmp_path / "digits.onnx")
    large(tmp_path / "scores.onnx")
    for kind, name in {"json": "mine.json", "csv": "rows.csv"}.items():
        [text] = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_commands_of_the_page(desk: Path, types: Types) -> None:
    """But for those that need a chain: tests/stories/test_commissions.py types them."""
    told = {}
    page = re.sub(r"^## A measurement that somebody pays.*?(?=^## )", "", PAGE, flags=re.S | re.M)
    for line in re.findall(r"^\w+\$ daimm (.*)$", page, re.MULTILINE):
        ran = types(*shlex.split(line))
        assert ran.status == 0, (line, ran.err)
        told[line] = ran.out
        if line.startswith("bench hold-out"):
            suite = json.loads((desk / "mine.json").read_text())
            suite["table"] = {"path": "rows.csv", "commitment": ran.out.strip()}
            (desk / "held.json").write_text(json.dumps(suite))
    listed = {line.split("\t")[0] for line in told["bench list"].splitlines()[1:]}
    assert listed == set(re.findall(r"^\| `(\w+)` \| .* \| \d+ \|", PAGE, re.MULTILINE))
    assert "score    1.000000000 accuracy" in told["bench run scores.onnx --suite mine.json"]
    checks = [out for line, out in told.items() if line.startswith("bench check")]
    assert len(checks) == 2
    assert all("the same to the bit" in out for out in checks)
    held = json.loads((desk / "held-report.json").read_text())
    assert held["result"]["suite"]["held_out"] is True
    salt = (desk / "rows.salt").read_bytes()
    assert salt.hex() not in (desk / "held-report.json").read_text()
    assert (desk / "rows.salt").stat().st_mode & 0o777 == 0o600


def test_a_report_that_claims_more_is_found_out(desk: Path, types: Types) -> None:
    words = ("scores.onnx", "--suite", "mine.json")
    assert types("bench", "run", *words, "-o", "report.json").status == 0
    report = json.loads((desk / "report.json").read_text())
    for change, value, says in (
        ("score", "0.900000000", "more apart than 0.010000000, which the suite allows"),
        ("model", {"sha256": "00" * 32, "size": 1}, "The report is of another model"),
        ("rows", 7, "The report is of another rows"),
        ("rows", "7", "has no result.rows as it should be: measure anew"),
    ):
        forged = json.loads(json.dumps(report))
        forged["result"][change] = value
        (desk / "forged.json").write_text(json.dumps(forged, sort_keys=True, separators=(",", ":")))
        ran = types("bench", "check", "forged.json", *words)
        assert (ran.status, ran.out) == (5, "")
        assert says in ran.err
    (desk / "forged.json").write_text("[]")
    assert "is no report" in types("bench", "check", "forged.json", *words).err


def test_what_is_stated_of_a_report_is_its_score_in_whole_billionths(tmp_path: Path) -> None:
    (path := tmp_path / "report.json").write_bytes(canonical.encode(written()))
    model, stated = measure.stated(path)
    assert (model, stated.suite.hex()) == ("22" * 32, "11" * 32)
    assert (stated.value, stated.shown) == (970_000_000, "0.97")
    assert stated.report == path.read_bytes()


def test_other_rows_than_were_committed_to_are_found_out(desk: Path, types: Types) -> None:
    commitment = types("bench", "hold-out", "rows.csv", "--salt", "salt").out.strip()
    suite = json.loads((desk / "mine.json").read_text())
    suite["table"] = {"path": "rows.csv", "commitment": commitment}
    (desk / "held.json").write_text(json.dumps(suite))
    words = ("bench", "run", "scores.onnx", "--suite", "held.json")
    assert "Its data is held out" in types(*words).err
    assert types(*words, "--data", "rows.csv", "--salt", "salt").status == 0
    (desk / "other.csv").write_text("9,9,9,1\n")
    (desk / "short").write_bytes(b"0")
    (desk / "zeros").write_bytes(bytes(32))
    for data, salt, says in (
        ("other.csv", "salt", "not what this suite committed to"),
        ("rows.csv", "zeros", "not what this suite committed to"),
        ("rows.csv", "short", "A salt has 32 bytes"),
    ):
        ran = types(*words, "--data", data, "--salt", salt)
        assert (ran.status, ran.out) == (5, "")
        assert says in ran.err
    assert "exists: name another" in types("bench", "hold-out", "rows.csv", "--salt", "salt").err


def test_data_of_a_suite_that_is_not_held_out_is_refused(desk: Path, types: Types) -> None:
    for words in (("--data", "other.csv"), ("--salt", "salt")):
        ran = types("bench", "run", "scores.onnx", "--suite", "mine.json", *words)
        assert ran.status == 2
        assert "is not held out: leave --data and --salt out" in ran.err


def test_nothing_but_an_older_report_gives_way_to_a_report(desk: Path, types: Types) -> None:
    was = (desk / "scores.onnx").read_bytes()
    words = ("bench", "run", "scores.onnx", "--suite", "mine.json", "-o")
    ran = types(*words, "scores.onnx")
    assert ran.status == 2
    assert "scores.onnx is there and is no report: name another file" in ran.err
    assert (desk / "scores.onnx").read_bytes() == was
    for _ in "12":
        assert types(*words, "new/report.json").status == 0
    assert [file.name for file in (desk / "new").iterdir()] == ["report.json"]


def test_a_place_that_cannot_be_written_is_known_before_anything_is_measured(
    desk: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "run", None)
    (desk / "file").write_text("")
    words = ("bench", "run", "scores.onnx", "--suite", "mine.json", "-o", "file/report.json")
    assert "file" in (ran := types(*words)).err
    assert ran.status == 2


def test_a_name_that_is_no_suite_is_told_those_that_are(desk: Path, types: Types) -> None:
    for group, known in (("bench", "digits"), ("ethics", "diabetes_classes")):
        ran = types(group, "show", "digit")
        assert (ran.status, ran.out) == (2, "")
        assert "There is no " in ran.err
        assert known in ran.err
    (desk / "pixels.json").write_bytes(b"\xff\xd8")
    assert "it is not UTF-8 text" in types("bench", "show", "pixels.json").err


def test_without_its_extras_a_measurement_says_what_to_install(
    desk: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "numpy" else found(name)
    )
    ran = types("bench", "run", "scores.onnx", "--suite", "mine.json")
    assert (ran.status, ran.out) == (2, "")
    assert "Reading tables needs numpy: install daimm with its 'run' extra" in ran.err


def test_a_rating_goes_into_no_card_as_a_bare_number(desk: Path, types: Types) -> None:
    (desk / "rating.json").write_bytes(canonical.encode(rated()))
    ran = types("bench", "card", "rating.json", "--name", "mine")
    assert (ran.status, ran.out) == (5, "")
    assert "is no score" in ran.err


def test_one_file_and_salt_make_one_commitment() -> None:
    """As docs/benchmarks.md describes it, by sha256sum and xxd."""
    found = suites.commitment(b"1,2\n", bytes(range(32)))
    assert found == "35a8ec6d6ce77f07d201a7ca76866db8520728481ae4a8655b5a7e00714da8d2"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "../x"}, "name"),
        ({"tolerance": -1}, "tolerance"),
        ({"metric": "mae"}, "the metric is not one of its task"),
        ({"colour": "red"}, "colour"),
        ({"files": [{"path": "a", "sha256": "0" * 64, "label": "x"}]}, "either a table or files"),
        ({"table": {"path": "/etc/passwd", "sha256": "0" * 64}}, "a path below its folder"),
        ({"table": {"path": "a/../../b", "sha256": "0" * 64}}, "a path below its folder"),
        ({"table": {"path": "rows.csv"}}, "either sha256 or commitment"),
        ({"table": {"path": "rows.csv", "sha256": "0" * 64}}, "not the data of this suite"),
        ({"labels": ["small"]}, "no label for 1"),
        ({"package": "nowhere", "requires": "nothing 1.0"}, "The data of mine comes with nothing"),
    ],
)
def test_a_suite_that_is_none_is_refused(
    desk: Path, types: Types, change: dict[str, Any], says: str
) -> None:
    suite = json.loads((desk / "mine.json").read_text()) | change
    (desk / "mine.json").write_text(json.dumps(suite))
    ran = types("bench", "run", "scores.onnx", "--suite", "mine.json")
    assert ran.status in (2, 5)
    assert ran.out == ""
    assert says in ran.err


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"1,2\n", "rows.gz is no gzip file"),
        (gzip.compress(b"1,2,3,0\n" * 100)[:-9], "rows.gz is no gzip file"),
        (gzip.compress(b"\n" * 2000), "holds over"),
        (gzip.compress(b"1,2,3,0\n" * 20), "over 16 rows are asked"),
    ],
)
def test_data_that_cannot_be_read_or_is_too_much_is_refused(
    desk: Path, types: Types, monkeypatch: pytest.MonkeyPatch, data: bytes, says: str
) -> None:
    monkeypatch.setattr(suites, "MAX_DATA", 1000)
    monkeypatch.setattr(suites, "MAX_ROWS", 16)
    (desk / "rows.gz").write_bytes(data)
    suite = json.loads((desk / "mine.json").read_text())
    suite["table"] = {"path": "rows.gz", "sha256": sha256(data).hexdigest()}
    (desk / "mine.json").write_text(json.dumps(suite))
    ran = types("bench", "run", "scores.onnx", "--suite", "mine.json")
    assert (ran.status, ran.out) == (5, "")
    assert says in ran.err


def test_a_model_that_answers_something_else_is_told_so(desk: Path, types: Types) -> None:
    samples.scores(desk / "three.onnx")
    suite = json.loads((desk / "mine.json").read_text())
    suite["labels"] += ["huge"]
    (desk / "mine.json").write_text(json.dumps(suite))
    ran = types("bench", "run", "three.onnx", "--suite", "mine.json")
    assert "it gives no 3 scores or a class" in ran.err
    ran = types("bench", "run", "three.onnx", "--suite", "digits")
    assert "x is of shape 1x8x8, not Nx3" in ran.err


def test_metrics_are_those_of_scikit_learn() -> None:
    draws = np.random.RandomState(1)
    right, told = draws.randint(0, 4, 200).tolist(), draws.randint(0, 4, 200).tolist()
    assert measure.score("macro_f1", right, told) == pytest.approx(f1(right, told), abs=1e-8)
    assert measure.score("accuracy", right, told) == accuracy_score(right, told)
    assert measure.score("mae", right, told) == pytest.approx(mean_absolute_error(right, told))
    assert measure.score("r2", right, told) == pytest.approx(r2_score(right, told))
    low, high = measure.interval("accuracy", [1] * 400, [1] * 320 + [0] * 80)
    assert 0.74 < low < 0.77 < 0.83 < high < 0.86


@pytest.fixture
def powercap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kernel that counts what two processors use, each with a part that is counted in it."""
    folder = tmp_path / "powercap"
    for zone, most in (("intel-rapl:0", 10_000_000), ("intel-rapl:1", 900), ("intel-rapl:0:0", 5)):
        (folder / zone).mkdir(parents=True)
        (folder / zone / "energy_uj").write_text("800\n")
        (folder / zone / "max_energy_range_uj").write_text(f"{most}\n")
    monkeypatch.setattr(energy, "POWERCAP", folder)
    return folder


def test_what_the_processors_used_is_in_the_report_where_the_kernel_tells(
    tmp_path: Path, types: Types, powercap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = models.run

    def using(*words: Any, **more: Any) -> Any:
        yield from run(*words, **more)
        (powercap / "intel-rapl:0" / "energy_uj").write_text("5000800")
        (powercap / "intel-rapl:1" / "energy_uj").write_text("100")  # began again at 900
        (powercap / "intel-rapl:0:0" / "energy_uj").write_text("4000800")

    monkeypatch.setattr(models, "run", using)
    trained("wine", tmp_path / "wine.onnx")
    words = ("bench", "run", "wine.onnx", "--suite", "wine")
    ran = types(*words, "--json")
    assert ran.json["measured"]["joules"] == "5.000200000"
    monkeypatch.setattr(models, "run", run)
    assert types(*words, "--json").json["measured"]["joules"] is None  # nothing was counted
    (powercap / "intel-rapl:1" / "energy_uj").write_text("?")
    assert "cannot be measured here" in types(*words).out
    (powercap / "intel-rapl:1" / "energy_uj").unlink()
    assert types(*words, "--json").json["measured"]["joules"] is None


def test_a_report_holds_where_a_runtime_computes_in_another_way(
    tmp_path: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on another machine: more threads; and sums in another order, unlike to the bit."""
    model = of("magika", "models", "standard_v3_3")
    types("bench", "run", model, "--suite", "file_types", "--output", "report.json")
    check = ("bench", "check", "report.json", model, "--suite", "file_types")
    with monkeypatch.context() as patched:
        patched.setattr(models, "run", functools.partial(models.run, threads=2))
        assert "same to the bit" in types(*check).out
    quiet = "options.log_severity_level = 4"
    level = "options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL"
    child = models.CHILD.read_text()
    assert quiet in child
    (tmp_path / "child.py").write_text(child.replace(quiet, f"{quiet}; {level}"))
    monkeypatch.setattr(models, "CHILD", tmp_path / "child.py")
    told = types(*check).out
    assert "The score is 0.917460317, as the report says, within the tolerance" in told
    assert "outputs differ in their last bits" in told
