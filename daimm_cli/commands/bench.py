"""`daimm bench`: what a model scores, so that anybody gets the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from daimm_cli.base.files import write_atomic
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import Kind, Part
from daimm_cli.commands.sandboxed import Sandboxed

if TYPE_CHECKING:
    from daimm_cli.benchmark.reports import Report
    from daimm_cli.benchmark.suites import Opened

app = App()

Model = Annotated[Path, argument("An .onnx file, or a folder with one.")]
DATA = option("The data of a suite that is held out.", "FILE")
SALT = option("Its salt, as `daimm bench hold-out` wrote it.", "FILE")


def _parts(_context: Context, opened: Opened) -> list[Part]:
    suite = opened.suite
    return [
        Part("suite", suite.name, "suite", "suite"),
        Part("sha256", opened.sha256, "sha256"),
        Part("task", suite.task, "task", "task"),
        Part("metric", suite.metric, "metric", "metric"),
        Part("tolerance", f"{suite.tolerance:g}", "tolerance", "tolerance"),
        Part("held_out", opened.held_out, "held out"),
        Part("description", suite.description, "asks", "asks"),
    ]


SUITE = Kind(_parts, ("suite", "metric", "tolerance", "asks"))


@app.command("list", "daimm bench list")
def list_(context: Context) -> None:
    """List the suites that come with daimm."""
    from daimm_cli.benchmark import suites

    SUITE.list(context, list(suites.ours()), empty="No suites.")


@app.command("show", "daimm bench show digits")
def show(context: Context, suite: Annotated[str, argument("A suite's name, or a file.")]) -> None:
    """Show a suite: what it asks, what counts, and what names it on the chain."""
    from daimm_cli.benchmark import suites

    SUITE.show(context, suites.find(suite))


@app.command(
    "run",
    "daimm bench run magika --suite file_types",
    "daimm bench run model.onnx --suite digits --output report.json",
)
def run(
    context: Context,
    model: Model,
    sandboxed: Sandboxed,
    suite: str = option("A suite's name, or a manifest.", "SUITE", default=...),
    target: Path | None = option("Where the report goes.", "FILE", "--output", "-o"),
    data: Path | None = DATA,
    salt: Path | None = SALT,
) -> None:
    """Measure a model by a suite, in the sandbox.

    The report has the score, where 95 of 100 samples of the rows would put it, each class, how fast
    it was and on what. Its digest is what is attested; whoever has model, suite and data checks it.
    """
    from daimm_cli.benchmark import measure

    if target:
        measure.require_place(target)
    report = _measured(model, sandboxed, suite, data, salt)
    if target:
        write_atomic(target, report.content)
    result, spent = report.result, report.measured.latency_us
    low, high = result.interval or ("?", "?")
    shown = {
        "score": f"{result.score} {result.metric} (95% between {low} and {high})",
        "rows": result.rows,
        "latency": f"{spent.median} µs, of 95% at most {spent.p95} µs",
        "energy": f"{j} J" if (j := report.measured.joules) else "cannot be measured here",
        "digest": report.digest,
    }
    context.emit({**report.told, "digest": report.digest}, output.fields(shown))
    if target and not result.suite.held_out:
        context.next(f"daimm bench check {target} {model} --suite {suite}")


@app.command("check", "daimm bench check report.json model.onnx --suite digits")
def check(
    context: Context,
    report: Annotated[Path, argument("A report of `daimm bench run`.")],
    model: Model,
    sandboxed: Sandboxed,
    suite: str = option("A suite's name, or a manifest.", "SUITE", default=...),
    data: Path | None = DATA,
    salt: Path | None = SALT,
) -> None:
    """Measure again, and compare with a report: scores may differ by the suite's tolerance."""
    from daimm_cli.benchmark import measure, reports

    was = reports.load(report)
    again = _measured(model, sandboxed, suite, data, salt)
    same = measure.compare(was, again)
    told = f"The score is {again.result.score}, as the report says, within the tolerance"
    told += (
        "; each output is the same to the bit." if same else "; outputs differ in their last bits."
    )
    context.emit({"score": again.result.score, "same_outputs": same}, told)


@app.command("card", "daimm bench card report.json --name mine")
def card(
    context: Context,
    report: Annotated[Path, argument("A report of `daimm bench run`.")],
    name: str = option("What the model is called.", default=...),
) -> None:
    """Print a report's score for a model card: put it into the front matter of its README.md.

    What a card says of scores goes into the manifest when the model is published, as its seller's
    word: nobody measures it.
    """
    from daimm_cli.benchmark import card as library
    from daimm_cli.benchmark import reports

    told = reports.load(report)
    data = {"model-index": library.index(told, name)}
    context.emit(data, library.entry(told, name).rstrip())


@app.command("hold-out", "daimm bench hold-out rows.csv --salt rows.salt")
def hold_out(
    context: Context,
    data: Annotated[Path, argument("A table, its targets in the last column.")],
    salt: Path = option("Where the salt goes: keep it with the data.", "FILE", default=...),
) -> None:
    """Commit to rows that nobody sees yet: the commitment goes into a suite, in place of sha256.

    Publish data and salt once models were measured: whoever has both sees that nothing was changed.
    """
    from daimm_cli.benchmark import suites

    made = suites.hold_out(data, salt)
    context.emit({"commitment": made, "salt": salt}, made)


def _measured(
    model: Path, sandboxed: Sandboxed, suite: str, data: Path | None, salt: Path | None
) -> Report:
    from daimm_cli.benchmark import measure, suites
    from daimm_cli.inference.recipe import Recipe

    return measure.run(
        suites.find(suite, data=data, salt=salt),
        model,
        Recipe.of(model, sandboxed.recipe),
        limits=sandboxed.limits(),
        unsafe=sandboxed.unsafe,
    )
