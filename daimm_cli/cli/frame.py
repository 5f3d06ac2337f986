"""What all commands share: the options that each takes, help with an example, lazy groups.

>>> app = typer.Typer()
>>> @command(app, "show", example="daimm model show 3")
... def show(context: Context, model: Annotated[int, typer.Argument()]) -> None:
...     \"\"\"Show a model.\"\"\"

A command gets the `Context` first; its own arguments follow. One that is annotated with a
dataclass stands for an option for each field. The shared options come by themselves and end up in
the context, whether they stand before or after the command's name.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperGroup
from typer.main import get_command

from daimm_cli import __version__
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import parse_duration
from daimm_cli.cli import sections
from daimm_cli.cli.context import Context

Function = Callable[..., None]

_JSON = Annotated[bool, typer.Option("--json", help=sections.GLOBAL_OPTIONS[0][1])]
_YES = Annotated[bool, typer.Option("--yes", "-y", help=sections.GLOBAL_OPTIONS[1][1])]
_SHARED: dict[str, Any] = {
    "as_json": _JSON,
    "yes": _YES,
    **{
        name.split()[0].removeprefix("--").replace("-", "_"): Annotated[
            str | None,
            typer.Option(name.split()[0], metavar=name.split()[1], help=text, show_default=False),
        ]
        for name, text in sections.GLOBAL_OPTIONS[2:]
    },
}
_NO_NUMBER = re.compile("(?:Input should be a valid|Unable to parse input string as an) integer.*")
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def command(
    app: typer.Typer, name: str, *, example: str | Sequence[str]
) -> Callable[[Function], Function]:
    """Register a function as a command of `app`; its docstring and `example` are the help."""
    examples = [example] if isinstance(example, str) else list(example)

    def register(function: Function) -> Function:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        bundles: dict[str, Any] = {
            p.name: p.annotation for p in own if dataclasses.is_dataclass(p.annotation)
        }

        @functools.wraps(function)
        def run(ctx: typer.Context, **given: Any) -> None:
            context = ctx.obj or Context()
            context.choose(**{option: given.pop(option) for option in _SHARED})
            for name, kind in bundles.items():
                fields = [field.name for field in dataclasses.fields(kind)]
                given[name] = kind(**{field: given.pop(field) for field in fields})
            function(context, **given)

        parameters = [
            inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
            *(option for parameter in own for option in _options(parameter)),
            *_shared_parameters(),
        ]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        del run.__wrapped__
        text = inspect.cleandoc(function.__doc__ or "")
        shown = "\n".join(["\b", "Example:" if len(examples) == 1 else "Examples:"])
        shown += "".join(f"\n  {line}" for line in examples)
        app.command(
            name,
            help=f"{text}\n\n{shown}",
            short_help=text.partition("\n")[0],
            context_settings=_SETTINGS,
            no_args_is_help=False,
        )(run)
        return function

    return register


def term(text: str, metavar: str | None = None, *names: str, least: int | None = None) -> Any:
    """A field of a dataclass of options, None where it is not given. text: its help."""
    option = typer.Option(*names, help=text, metavar=metavar, min=least, show_default=False)
    return dataclasses.field(default=None, metadata={"option": option})


def seconds(text: object) -> int:
    """An option's time: `30m`, `36h`, or a plain number of seconds."""
    return parse_duration(str(text), bare=True)


def call(arguments: Sequence[str]) -> int:
    """Run a command line; whatever is wrong with it is a DaimmError."""
    root = get_command(application())
    try:
        status = root.main(
            args=list(arguments), prog_name="daimm", standalone_mode=False, obj=Context()
        )
    except typer.Abort:
        raise KeyboardInterrupt from None
    except typer.TyperException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "daimm")
        said = _NO_NUMBER.sub("it must be a whole number.", error.format_message())
        said = said.replace("Input should be", "it must be")
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

    version = Annotated[bool, typer.Option("--version", help="Print the version.")]
    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context),
        inspect.Parameter(
            "version", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=version
        ),
        *_shared_parameters(),
    ]
    root.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    root.__annotations__ = {p.name: p.annotation for p in parameters}
    app.callback(invoke_without_command=False)(root)
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
            info for info in app.registered_commands if entry.group or info.name == entry.name
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


def _options(parameter: inspect.Parameter) -> list[inspect.Parameter]:
    """The parameter itself, or one for each field of the dataclass that it is annotated with."""
    kind = parameter.annotation
    if not dataclasses.is_dataclass(kind):
        for mark in getattr(kind, "__metadata__", ()):
            mark.metavar = mark.metavar or _metavar(parameter, mark)
        return [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
    hints = get_type_hints(kind)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=Annotated[hints[field.name], field.metadata["option"]],
        )
        for field in dataclasses.fields(kind)
    ]


def _metavar(parameter: inspect.Parameter, mark: Any) -> str | None:
    """What an argument, or a number that follows an option, is called in the help."""
    if isinstance(mark, typer.models.ArgumentInfo):
        return parameter.name.upper()
    return "NUMBER" if parameter.annotation.__origin__ in (int, int | None) else None


def _shared_parameters() -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if annotation in (_JSON, _YES) else None,
            annotation=annotation,
        )
        for name, annotation in _SHARED.items()
    ]
