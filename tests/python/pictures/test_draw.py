"""`daimm bench draw`: pictures of reports, and a page that can do nothing."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from PIL import Image

from daimm_cli.benchmark import reports
from daimm_cli.benchmark.reports import Report
from daimm_cli.ethics import items
from daimm_cli.manifest import canonical
from daimm_cli.pictures import charts, page, panels
from tests.python.benchmark.test_bench import PAGE, trained
from tests.python.benchmark.written import EACH, written
from tests.python.cli.conftest import Ran
from tests.python.ethics.trained import diabetes

Types = Callable[..., Ran]
EVIL = "<script>alert(1)</script>\"'&$x^2$"


class Page(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.policy = self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append(tag)
        self.sources += [it for name in ("src", "href") if (it := told.get(name))]
        self.policy = told.get("content") or self.policy
        assert not any(name.startswith("on") for name in told)

    def handle_data(self, data: str) -> None:
        self.text += data


def scored(**more: Any) -> Report:
    """Of `bench run`, with a class that calls itself something."""
    return reports.checked(written(**({"classes": {"good": EACH, EVIL: EACH}} | more)))


def test_a_measured_model_is_drawn(tmp_path: Path, types: Types) -> None:
    trained("digits", tmp_path / "digits.onnx")
    types("bench", "run", "digits.onnx", "--suite", "digits", "--output", "report.json")
    told = json.loads((tmp_path / "report.json").read_bytes())["result"]
    for name in ("report.png", "report.svg", "report.html"):
        ran = types("bench", "draw", "report.json", "--output", name)
        assert ran.out == f"{name}\n"
    with Image.open(tmp_path / "report.png") as picture:
        width, height = picture.size
        colours = picture.convert("RGB").getcolors(1 << 20) or []
    assert width == 900
    assert height > 400
    assert (0, 0x72, 0xB2) in [colour for _, colour in colours]
    assert ET.parse(tmp_path / "report.svg").getroot().tag.endswith("svg")
    seen = Page((tmp_path / "report.html").read_text())
    assert f"{float(told['score']):.4g}" in seen.text
    worst = min(told["classes"].values(), key=lambda it: float(it["f1"]))
    assert f"recall {float(worst['recall']):.3g}, {worst['rows']} rows" in seen.text
    again = tmp_path / "report.html"
    before = again.read_bytes()
    [command] = re.findall("`daimm (bench draw [^`]*)`", PAGE)
    types(*shlex.split(command))
    assert again.read_bytes() == before


def test_a_rating_is_drawn_with_all_that_it_rests_on(tmp_path: Path, types: Types) -> None:
    diabetes(tmp_path / "model.onnx", classes=True)
    asked = ("ethics", "report", "model.onnx", "--declaration", "diabetes_classes")
    report = types(*asked, "--output", "ethics.json", "--json").json
    assert types("bench", "draw", "ethics.json", "--output", "ethics.png").status == 0
    assert types("bench", "draw", "ethics.json", "--output", "ethics.html").status == 0
    found = items.load(report["result"]["items"])
    seen = Page((tmp_path / "ethics.html").read_text())
    assert items.rate(found).shown in seen.text
    for it in found:
        assert it.title[:40] in seen.text
        for group in it.groups:
            assert group.name in seen.text
    assert seen.tags.count("img") == len(panels.read(reports.load(tmp_path / "ethics.json")).panels)
    with Image.open(tmp_path / "ethics.png") as picture:
        colours = picture.convert("RGB").getcolors(1 << 20) or []
    shown = {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in colours}  # type: ignore[misc]
    assert {charts.COLOURS[it.outcome] for it in found if it.value} <= shown


def test_what_a_report_calls_things_is_text_and_nothing_else() -> None:
    html = page.page(panels.read(scored())).decode()
    seen = Page(html)
    assert "script" not in seen.tags
    assert EVIL[:40] in seen.text
    assert seen.policy.startswith("default-src 'none'")
    assert all(source.startswith("data:image/svg+xml;base64,") for source in seen.sources)
    for source in seen.sources:
        svg = base64.b64decode(source.partition(",")[2]).decode()
        assert "<script" not in svg
        assert not re.search(r'(href|src)="(?!#)|url\((?!#)', svg)
    assert charts.chart(panels.read(scored()).panels, "png")[:4] == b"\x89PNG"


def test_a_huge_report_becomes_a_picture_that_a_person_takes_in() -> None:
    drawn = panels.read(scored(classes={f"class {n}": EACH for n in range(10_000)}))
    assert len(drawn.panels[1].bars) == panels.MOST_BARS
    assert "10,000 classes" in drawn.panels[1].caption
    with Image.open(io.BytesIO(charts.chart(drawn.panels, "png"))) as picture:
        assert picture.height < 2000


def test_only_pictures_and_pages_are_drawn(tmp_path: Path, types: Types) -> None:
    (tmp_path / "report.json").write_bytes(canonical.encode(written()))
    ran = types("bench", "draw", "report.json", "--output", "report.gif")
    assert ran.status == 2
    assert "Name the output .png, .svg or .html." in ran.err
