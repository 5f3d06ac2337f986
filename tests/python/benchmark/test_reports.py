"""A report's file: what it says is checked once, before anybody uses it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from daimm_cli.base.errors import VerificationFailed
from daimm_cli.benchmark import reports
from daimm_cli.manifest import canonical
from tests.python.benchmark.written import EACH, rated, written


def test_a_report_has_the_digest_of_its_result_and_the_bytes_of_its_file(tmp_path: Path) -> None:
    told = written(of_a_later_daimm=["what is not read"])
    (path := tmp_path / "report.json").write_bytes(canonical.encode(told))
    report = reports.load(path)
    assert report.content == path.read_bytes()
    assert report.digest == sha256(canonical.encode(told["result"])).hexdigest()
    assert (report.result.score, report.measured.joules) == ("0.970000000", "3.000000000")
    assert (report.rating, report.items) == (None, [])


def test_a_rating_comes_with_its_items() -> None:
    report = reports.checked(rated())
    assert report.rating
    assert report.rating.shown == "0.125 of 1, resting on 1 of 8 items"
    assert [it.title for it in report.items] == ["accuracy difference of sex"]


@pytest.mark.parametrize("more", [{"score": "1.000000000"}, {"items": []}, {"rating": None}])
def test_a_rating_that_does_not_follow_is_no_report(more: dict[str, Any]) -> None:
    with pytest.raises(VerificationFailed, match="another rating"):
        reports.checked(rated(**more))


BROKEN: dict[str, dict[str, Any]] = {
    "result.suite": {"suite": "mine"},
    "result.suite.name": {"suite": {"name": "\x1b[2J", "sha256": "11" * 32, "held_out": False}},
    "result.suite.sha256": {"suite": {"name": "mine", "sha256": "00", "held_out": False}},
    "result.suite.held_out": {"suite": {"name": "mine", "sha256": "11" * 32}},
    "result.model": {"model": None},
    "result.model.size": {"model": {"sha256": "22" * 32}},
    "result.recipe": {"recipe": "no"},
    "result.metric": {"metric": "A b"},
    "result.score": {"score": 1},
    "result.tolerance": {"tolerance": "-0.1"},
    "result.rows": {"rows": 0},
    "result.outputs": {"outputs": ""},
    "result.interval": {"interval": ["0.1"]},
    "result.interval.1": {"interval": ["0.1", "nan"]},
    "result.classes.a.recall": {"classes": {"a": {"rows": 1, "precision": "1"}}},
    "result.classes": {"classes": {f"{n}": EACH for n in range(10_001)}},
}


@pytest.mark.parametrize("where", BROKEN)
def test_what_a_result_has_not_as_it_should_be_is_named(where: str) -> None:
    with pytest.raises(VerificationFailed, match=f"no {where} as it should be: measure anew"):
        reports.checked(written(**BROKEN[where]))


def test_a_class_of_any_name_harms_nobody_s_terminal() -> None:
    with pytest.raises(VerificationFailed) as refused:
        reports.checked(written(classes={"\x1b[2J": 1}))
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("score", ["1e999999999", "NaN", 1, None, "0." + "1" * 40, "-", "+1"])
def test_a_score_is_a_number_of_bounded_length(score: object) -> None:
    with pytest.raises(VerificationFailed, match=r"result\.score"):
        reports.checked(written(score=score))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda it: it.pop("measured"), "measured"),
        (lambda it: it.pop("format"), "format"),
        (lambda it: it.update(format="daimm-report/2"), "format"),
        (lambda it: it["measured"].pop("joules"), r"measured\.joules"),
        (lambda it: it["measured"].update(joules="nan"), r"measured\.joules"),
        (lambda it: it["measured"].update(joules="-1"), r"measured\.joules"),
        (lambda it: it["measured"].update(joules=[]), r"measured\.joules"),
        (lambda it: it["measured"].update(latency_us={"median": 1}), r"measured\.latency_us\.p95"),
    ],
)
def test_what_was_measured_is_checked_too(change: Callable[[Any], object], where: str) -> None:
    told = written()
    change(told)
    with pytest.raises(VerificationFailed, match=f"no {where} as it should be"):
        reports.checked(told)
