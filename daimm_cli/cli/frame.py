"""What all commands share: the options that each takes, help with an example, lazy groups.

>>> app = App()
>>> @app.command("show", "daimm model show 3")
... def show(context: Context, model: Model, full: bool = flag("Files, too.", "--full")) -> None:
...     \"\"\"Show a model.\"\"\"

A command gets the `Context` first; its own arguments follow. One that is annotated with a
dataclass of options stands for each of them; one that is a `thing` is typed as an id. The shared
options come by themselves and end up in the context, whether they stand before or after the
command's name.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperGroup
from typer.main import get_command

from daimm_cli import __version__
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import parse_duration
from daimm_cli.cli import sections
from daimm_cli.cli.complete import completion
from daimm_cli.cli.context import Context

Function = Callable[..., None]

_WRONG_NUMBERS = {
    ": it must be a whole number.": re.compile(r": .* is not a valid int.*"),
    r": it must be greater than or equal to \1.": re.compile(
        r": \S+ is not in the range x>=(\d+)\."
    ),
    r": it must be from \1 to \2.": re.compile(r": \S+ is not in the range (\d+)<=x<=(\d+)\."),
}
"""What typer says of a number, and what is said instead."""

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def option(
    text: str, metavar: str | None = None, *names: str, default: Any = None, **how: Any
) -> Any:
    """An option of a command, or of a dataclass of options. text: its help; how: as for typer."""
    shown: dict[str, Any] = {"show_default": False} if default is None else {}
    return typer.Option(default, *names, help=text, metavar=metavar, **shown, **how)


def flag(text: str, *names: str) -> Any:
    """An option that is there or not. text: its help."""
    return typer.Option(False, *names, help=text)


def argument(text: str, metavar: str | None = None, *, default: Any = ..., **how: Any) -> Any:
    """An argument, for `Annotated` where it has no default. text: its help; how: as for typer."""
    given = () if default is ... else (default,)
    return typer.Argument(*given, help=text, metavar=metavar, **how)


@dataclass(frozen=True)
class thing:  # noqa: N801 - it stands where `argument` does
    """An argument, for `Annotated`, that is typed as an id and comes as what `find` finds by it."""

    find: Callable[[Context, str], Any]
    text: str
    metavar: str

    @classmethod
    def of(cls, parameter: inspect.Parameter) -> thing | None:
        """What marks this parameter; None where it is no such argument."""
        marks = getattr(parameter.annotation, "__metadata__", ())
        return next((mark for mark in marks if isinstance(mark, cls)), None)


def seconds(text: object) -> int:
    """An option's time: `30m`, `36h`, or a plain number of seconds."""
    return parse_duration(str(text), bare=True)


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """An option's parser that takes these words alone."""

    def read(text: str) -> str:
        if text in words:
            return text
        raise typer.BadParameter(f"it must be one of {', '.join(words)}.")

    return read


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> Any:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


_CONTEXT = _parameter("ctx", typer.Context)
_SHARED = [
    _parameter("as_json", bool, flag(sections.GLOBAL_OPTIONS[0][1], "--json")),
    _parameter("yes", bool, flag(sections.GLOBAL_OPTIONS[1][1], "--yes", "-y")),
    *(
        _parameter(
            name[2:].split()[0].replace("-", "_"),
            str | None,
            option(
                text, *name.split()[::-1], autocompletion=completion(name[2:].split()[0].upper())
            ),
        )
        for name, text in sections.GLOBAL_OPTIONS[2:]
    ),
]


class App:
    """The commands of a module, which has one as its `app`."""

    def __init__(self) -> None:
        self.typer = typer.Typer()

    def command(self, name: str, *examples: str) -> Callable[[Function], Function]:
        """Register a function as a command; its docstring and the examples are the help."""

        def register(function: Function) -> Function:
            own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
            text = inspect.cleandoc(function.__doc__ or "")
            shown = "\n".join(["\b", "Example:" if len(examples) == 1 else "Examples:"])
            shown += "".join(f"\n  {line}" for line in examples)
            self.typer.command(
                name,
                help=f"{text}\n\n{shown}",
                short_help=text.partition("\n")[0],
                context_settings=_SETTINGS,
                no_args_is_help=False,
            )(_run(function, own))
            return function

        return register


def call(arguments: Sequence[str]) -> int:
    """Run a command line; whatever is wrong with it is a DaimmError."""
    root, context = get_command(application()), Context()
    try:
        status = root.main(
            args=list(arguments), prog_name="daimm", standalone_mode=False, obj=context
        )
    except DaimmError as error:
        error.hint = error.hint and context.copyable(error.hint)
        raise
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "daimm")
        said = error.format_message()
        for better, told in _WRONG_NUMBERS.items():
            said = told.sub(better, said)
        raise DaimmError(said, hint=f"{where} --help") from None
    return status if isinstance(status, int) else 0


def application() -> typer.Typer:
    """The whole command line as a typer app; groups are imported when they are asked for."""
    app = typer.Typer(
        cls=_Root, add_completion=True, rich_markup_mode=None, context_settings=_SETTINGS
    )

    def root(ctx: typer.Context, **given: Any) -> None:
        if given.pop("version"):
            typer.echo(f"daimm {__version__}")
            raise typer.Exit
        (ctx.obj or Context()).choose(**given)

    version = _parameter("version", bool, flag("Print the version.", "--version"))
    app.callback(invoke_without_command=False)(_taking(root, version))
    return app


class _Root(TyperGroup):
    """Finds its commands in `sections.SECTIONS`."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(sections.entries())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        entry = sections.entries().get(cmd_name)
        return None if entry is None else load(entry)

    @property
    def commands(self) -> dict[str, Any]:
        """All of them, imported."""
        return {name: load(entry) for name, entry in sections.entries().items()}

    @commands.setter
    def commands(self, value: object) -> None:
        """The base class has none to tell."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        formatter.write(sections.root_help())


def load(entry: sections.Entry) -> Any:
    """The typer command or group of an entry."""
    apps = [importlib.import_module(f"daimm_cli.commands.{name}").app for name in entry.modules]
    joined = typer.Typer(
        name=entry.name,
        help=f"{entry.help}.",
        rich_markup_mode=None,
        add_completion=False,
        context_settings=_SETTINGS,
    )
    for app in apps:
        joined.registered_commands += [
            info for info in app.typer.registered_commands if entry.group or info.name == entry.name
        ]
    if entry.group:
        joined.callback(invoke_without_command=True)(_group)
    loaded = get_command(joined)
    for each in [loaded, *getattr(loaded, "commands", {}).values()]:
        for parameter in each.params:
            if parameter.param_type_name == "argument":  # its name says enough: no `<list[Path]>`
                parameter.display_type_rich = lambda **_: ""
    return loaded


def _group(ctx: typer.Context) -> None:
    """What a group does: without a command it shows those that there are."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _run(function: Function, own: Sequence[inspect.Parameter]) -> Function:
    """What typer calls for a command. own: its parameters after the context."""
    bundles: dict[str, Any] = {
        p.name: p.annotation for p in own if dataclasses.is_dataclass(p.annotation)
    }
    things = {p.name: mark for p in own if (mark := thing.of(p))}

    def run(ctx: typer.Context, **given: Any) -> None:
        context = ctx.obj or Context()
        context.choose(**{shared.name: given.pop(shared.name) for shared in _SHARED})
        for name, kind in bundles.items():
            fields = [field.name for field in dataclasses.fields(kind)]
            given[name] = kind(**{field: given.pop(field) for field in fields})
        for name, mark in things.items():
            given[name] = given[name] and mark.find(context, given[name])
        function(context, **given)

    return _taking(run, *(each for parameter in own for each in _options(parameter)))


def _taking(run: Function, *parameters: inspect.Parameter) -> Function:
    """The function, as typer sees it: with these parameters and the shared options."""
    taken = [_CONTEXT, *parameters, *_SHARED]
    run.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in taken}
    return run


def _options(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    """The parameter itself, or one for each field of the dataclass that it is annotated with."""
    if mark := thing.of(parameter):
        typed: Any = str if parameter.default is inspect.Parameter.empty else str | None
        marked = Annotated[typed, argument(mark.text, mark.metavar)]
        parameter = parameter.replace(annotation=marked)
    kind = parameter.annotation
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return [_parameter(f.name, hints[f.name], f.default) for f in dataclasses.fields(kind)]
    for mark in (parameter.default, *getattr(kind, "__metadata__", ())):
        if isinstance(mark, typer.models.ArgumentInfo):
            mark.metavar = mark.metavar or parameter.name.upper()
        elif isinstance(mark, typer.models.OptionInfo) and kind in (int, int | None):
            mark.metavar = mark.metavar or "NUMBER"
        if isinstance(mark, typer.models.ParameterInfo):
            mark.autocompletion = mark.autocompletion or completion(mark.metavar or "")
    return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
