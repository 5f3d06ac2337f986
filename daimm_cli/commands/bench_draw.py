"""`daimm bench draw`: a report as a picture or a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option

app = App()


@app.command(
    "draw",
    "daimm bench draw report.json --output report.html",
    "daimm bench draw ethics.json --output ethics.png",
)
def draw(
    context: Context,
    report: Annotated[Path, argument("A report of `daimm bench run` or `ethics report`.")],
    target: Path = option("A .png, .svg or .html.", "FILE", "--output", "-o", default=...),
) -> None:
    """Draw a report. The page is one file with the numbers beside the pictures: it has no scripts
    and loads nothing.
    """
    from daimm_cli.benchmark import reports
    from daimm_cli.pictures import page, panels

    drawn = panels.read(reports.load(report))
    page.write(drawn, target)
    context.emit({"output": target, "pictures": len(drawn.panels)}, str(target))
