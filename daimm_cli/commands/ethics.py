"""`daimm ethics`: how a model treats people, as items that anybody computes again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from daimm_cli.base.files import write_atomic
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import Kind, Part
from daimm_cli.commands.ethics_papers import Papers
from daimm_cli.commands.sandboxed import Sandboxed

if TYPE_CHECKING:
    from daimm_cli.benchmark.reports import Report
    from daimm_cli.ethics.declarations import Declared
    from daimm_cli.ethics.items import Item

app = App()

Model = Annotated[Path, argument("An .onnx file, or a folder with one.")]
DECLARATION = option("A declaration's name, or a file.", "DECLARATION", default=...)
DATA = option("The data of a declaration whose rows are held out.", "FILE")
SALT = option("Its salt, as `daimm bench hold-out` wrote it.", "FILE")


def _parts(_context: Context, declared: Declared) -> list[Part]:
    said = declared.declaration
    groups, perturbations = ([each.name for each in it] for it in (said.groups, said.perturbations))
    members = said.trained_on.path if said.trained_on else "nobody knows"
    members = "the rows that are not asked" if said.rest_is_trained_on else members
    return [
        Part("declaration", said.name, "declaration", "declaration"),
        Part("sha256", declared.sha256, "sha256"),
        Part("task", said.suite.task, "task", "task"),
        Part("groups", groups, "groups", "groups", text=", ".join(groups) or "none"),
        Part("favourable", said.favourable, "favourable"),
        Part("perturbations", perturbations, "perturbations", text=", ".join(perturbations)),
        Part("trained_on", members, "trained on"),
        Part("tolerance", f"{said.suite.tolerance:g}", "tolerance"),
        Part("description", said.description, "asks", "asks"),
    ]


DECLARED = Kind(_parts, ("declaration", "task", "groups", "asks"))


@app.command("list", "daimm ethics list")
def list_(context: Context) -> None:
    """List the declarations that come with daimm."""
    from daimm_cli.ethics import declarations

    DECLARED.list(context, list(declarations.ours()), empty="No declarations.")


@app.command("show", "daimm ethics show diabetes")
def show(
    context: Context, declaration: Annotated[str, argument("A declaration's name, or a file.")]
) -> None:
    """Show a declaration: whom it compares, what it tries, and what names it on the chain."""
    from daimm_cli.ethics import declarations

    DECLARED.show(context, declarations.find(declaration))


@app.command("report", "daimm ethics report model.onnx --declaration diabetes --output ethics.json")
def report(
    context: Context,
    model: Model,
    sandboxed: Sandboxed,
    papers: Papers,
    declaration: str = DECLARATION,
    target: Path | None = option("Where the report goes.", "FILE", "--output", "-o"),
    data: Path | None = DATA,
    salt: Path | None = SALT,
) -> None:
    """Rate a model: run it in the sandbox over the rows of a declaration.

    Each item has its method, its data and the limits that decide; the rating follows from them, and
    what nobody knows counts as bad. `daimm bench attest` stakes on it as on a score.
    """
    from daimm_cli.benchmark import measure

    if target:
        measure.require_place(target)
    made = _reported(model, sandboxed, declaration, data, salt, papers.items(context, model))
    if target:
        write_atomic(target, made.content)
    rating = made.rating
    assert rating
    texts = [output.fields({"rating": rating.shown, "digest": made.digest})]
    for aspect, outcome in rating.aspects.items():
        told = {}
        for it in made.items:
            if it.aspect == aspect:
                groups = ", ".join(group.shown for group in it.groups)
                told[it.title] = f"{it.shown}; {groups}" if groups else it.shown
        title = f"{aspect.replace('_', ' ').capitalize()}: {outcome}"
        texts.append("\n  ".join([title, *output.fields(told).splitlines()]))
    context.emit({**made.told, "digest": made.digest}, "\n\n".join(texts))
    if target and not made.result.suite.held_out:
        context.next(f"daimm ethics check {target} {model} --declaration {declaration}")


@app.command("check", "daimm ethics check ethics.json model.onnx --declaration diabetes")
def check(
    context: Context,
    report: Annotated[Path, argument("A report of `daimm ethics report`.")],
    model: Model,
    sandboxed: Sandboxed,
    papers: Papers,
    declaration: str = DECLARATION,
    data: Path | None = DATA,
    salt: Path | None = SALT,
) -> None:
    """Rate again, and compare with a report, item by item: numbers may differ by the tolerance."""
    from daimm_cli.benchmark import reports
    from daimm_cli.ethics import report as library

    was = reports.load(report)
    again = _reported(model, sandboxed, declaration, data, salt, papers.items(context, model))
    same = library.compare(was, again)
    rating = was.rating
    assert rating
    told = f"The rating is {rating.shown}, as the report says: each item is within the tolerance"
    told += "; each output is the same to the bit." if same else "; outputs differ in last bits."
    context.emit({"score": rating.value, **rating.told(), "same_outputs": same}, told)


def _reported(
    model: Path,
    sandboxed: Sandboxed,
    declaration: str,
    data: Path | None,
    salt: Path | None,
    papers: list[Item],
) -> Report:
    from daimm_cli.ethics import declarations
    from daimm_cli.ethics import report as library
    from daimm_cli.inference.recipe import Recipe

    return library.run(
        declarations.find(declaration, data=data, salt=salt),
        model,
        Recipe.of(model, sandboxed.recipe),
        papers,
        limits=sandboxed.limits(),
        unsafe=sandboxed.unsafe,
    )
