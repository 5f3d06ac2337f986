"""A report as one page of HTML: no scripts, nothing from elsewhere, pictures in it and numbers
beside them.

>>> b"<script" in page(drawn)
False
"""

from __future__ import annotations

import base64
from pathlib import Path
from xml.etree import ElementTree as ET

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.pictures.charts import chart
from daimm_cli.pictures.panels import Drawn

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
dt { font-weight: bold } dd { margin: 0 0 .5rem; overflow-wrap: anywhere }
img { max-width: 100% } table { border-collapse: collapse; margin: .5rem 0 2rem }
td, th { border: 1px solid #ccc; padding: .2rem .6rem; text-align: left }
"""


def write(drawn: Drawn, target: Path) -> None:
    """Draw into a file, as its name ends."""
    match target.suffix:
        case ".html":
            made = page(drawn)
        case ".png":
            made = chart(drawn.panels, "png", drawn.title)
        case ".svg":
            made = chart(drawn.panels, "svg", drawn.title)
        case _:
            raise DaimmError("Name the output .png, .svg or .html.")
    write_atomic(target, made)


def page(drawn: Drawn) -> bytes:
    """All text in it is escaped by the writer of XML, whatever a report calls its classes."""
    html = ET.Element("html", lang="en")
    head, body = ET.SubElement(html, "head"), ET.SubElement(html, "body")
    ET.SubElement(head, "meta", charset="utf-8")
    ET.SubElement(head, "meta", {"http-equiv": "Content-Security-Policy", "content": _POLICY})
    _say(head, "title", drawn.title)
    _say(head, "style", _STYLE)
    _say(body, "h1", drawn.title)
    facts = ET.SubElement(body, "dl")
    for name, text in drawn.facts.items():
        _say(facts, "dt", name)
        _say(facts, "dd", text)
    for panel in drawn.panels:
        _say(body, "h2", panel.title)
        if panel.caption:
            _say(body, "p", panel.caption)
        picture = base64.b64encode(chart([panel], "svg")).decode()
        source = f"data:image/svg+xml;base64,{picture}"
        ET.SubElement(body, "img", alt=f"{panel.title}: the numbers are below", src=source)
        table = ET.SubElement(body, "table")
        for bar in panel.bars:
            row = ET.SubElement(table, "tr")
            _say(row, "th", bar.name)
            known = bar.value is not None and not panel.limits
            _say(row, "td", f"{bar.value:.4g}" if known else "")
            _say(row, "td", bar.note)
    written: bytes = ET.tostring(html, encoding="utf-8", method="html")
    return b"<!DOCTYPE html>\n" + written


def _say(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text
