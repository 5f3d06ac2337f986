"""What each command prints with `--json`, read from what it gives to `context.emit`.

>>> shapes()["order accept"]
['{order, state, transaction, gas}']

Keys alone: kinds follow from them, and tests of each command say what is in them.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from daimm_cli.cli.sections import entries

DEPTH = 6
"""Calls that are followed from a command to what it prints."""


def shapes() -> dict[str, list[str]]:
    """For each command, what it can print; empty where that cannot be read off."""
    found = {}
    for name, entry in entries().items():
        for module in entry.modules:
            room = Room.of(f"daimm_cli.commands.{module}")
            printed = [(typed, _emitted(room, function)) for typed, function in room.commands()]
            for typed, shapes in [*printed, *room.verbs()]:
                if entry.group or typed == name:
                    path = f"{name} {typed}" if entry.group else name
                    found[path] = list(dict.fromkeys(filter(None, shapes)))
    return found


def _emitted(room: Room, function: ast.FunctionDef, depth: int = DEPTH) -> Iterator[str]:
    """What the function and those of its module that it calls give to `context.emit`."""
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        target = call.func
        if isinstance(target, ast.Attribute) and target.attr == "emit" and call.args:
            yield room.shape(call.args[0], function, DEPTH)
        elif isinstance(target, ast.Name) and target.id == "done":
            yield _sent(room.shape(call.args[3], function, DEPTH))
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            kind = room.kind(target.value.id)
            if kind and target.attr in ("list", "show"):
                yield f"[{kind}]" if target.attr == "list" else kind
        elif isinstance(target, ast.Name) and depth and (found := room.function(target.id)):
            yield from _emitted(*found, depth - 1)


def _said(mark: ast.Call) -> str:
    """The command's name in the example that a decorator has."""
    return next(str(it.value).split()[2] for it in mark.args if isinstance(it, ast.Constant))


def _sent(shape: str) -> str:
    return f"{{{shape.strip('{}')}, transaction, gas}}"


class Room:
    """A module as its text has it."""

    def __init__(self, name: str) -> None:
        spec = importlib.util.find_spec(name)
        tree = ast.parse(Path(spec.origin).read_text() if spec and spec.origin else "")
        self.functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        self.classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
        self.tree = tree
        self.imports = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }

    @classmethod
    @functools.cache
    def of(cls, name: str) -> Room:
        return cls(name)

    def function(self, name: str) -> tuple[Room, ast.FunctionDef] | None:
        """One of this module, or that it has of another one of commands."""
        if name in self.functions:
            return self, self.functions[name]
        module, original = self.imports.get(name, ("", ""))
        return Room.of(module).function(original) if ".commands." in module else None

    def commands(self) -> Iterator[tuple[str, ast.FunctionDef]]:
        for function in self.functions.values():
            for mark in function.decorator_list:
                if isinstance(mark, ast.Call) and getattr(mark.func, "attr", "") == "command":
                    yield ast.literal_eval(mark.args[0]), function

    def verbs(self) -> Iterator[tuple[str, list[str]]]:
        """Commands that are told as a function that returns its `Act`."""
        for node in ast.walk(self.tree):
            match node:
                case ast.FunctionDef(decorator_list=[ast.Call() as mark]) if shown := self._act(
                    node.name
                ):
                    yield _said(mark), shown
                case ast.Call(ast.Call(ast.Name("verb")) as mark, [ast.Name(function)]):
                    yield _said(mark), self._act(function)

    def _act(self, name: str) -> list[str]:
        """What a function that returns an `Act` prints; empty for any other."""
        if not (found := self.function(name)):
            return []
        room, function = found
        acts = (
            _sent(room.shape(node.args[1], function, DEPTH))
            for node in ast.walk(function)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if node.func.id == "Act"
        )
        return list(dict.fromkeys(acts))

    def kind(self, name: str) -> str:
        """The object that a `Kind` gives to programs."""
        for node in self.tree.body:
            match node:
                case ast.Assign(
                    [ast.Name(target)], ast.Call(ast.Name("Kind"), [ast.Name(parts), *_])
                ):
                    if target == name:
                        return self._parts(self.functions[parts])
        module, original = self.imports.get(name, ("", ""))
        return Room.of(module).kind(original) if module.startswith("daimm_cli.commands") else ""

    def _parts(self, function: ast.FunctionDef | ast.Lambda) -> str:
        """The keys of all `Part`s that a function makes."""
        found = []
        for node in ast.walk(function):
            match node:
                case ast.Call(
                    ast.Name("Part") | ast.Attribute(ast.Name("Part"), "at"),
                    [ast.Constant(str() as key), *given],
                ) if key:
                    inner = self.shape(given[0], function, DEPTH) if given else ""
                    found.append(f"{key}: {inner}" if inner else key)
        return "{" + ", ".join(found) + "}"

    def shape(
        self, value: ast.expr | None, within: ast.FunctionDef | ast.Lambda, depth: int
    ) -> str:
        """Keys in braces, lists in brackets; empty for what has none that can be read off."""
        match value:
            case ast.Dict(keys, values) if depth:
                return "{" + ", ".join(self._pairs(keys, values, within, depth)) + "}"
            case ast.ListComp(elt) | ast.List([elt, *_]) if depth:
                inner = self.shape(elt, within, depth - 1)
                return f"[{inner}]" if inner else ""
            case ast.Name(name) if depth:
                return self._named(name, within, depth - 1)
            case ast.Call(func=ast.Name("list" | "sorted"), args=[inner_value, *_]) if depth:
                inner = self.shape(inner_value, within, depth - 1)
                return f"[{inner}]" if inner and not inner.startswith("[") else inner
            case ast.Call(ast.Attribute(ast.Name(name), "data")) if depth:
                return self.kind(name)
            case ast.Call(ast.Name("data")):
                return self._parts(within)
            case ast.Call(func=ast.Name(name)) if depth:
                return self._made(name, depth - 1)
            case ast.IfExp(_, body, _) if depth:
                return self.shape(body, within, depth - 1)
            case ast.BinOp(left, ast.Add(), right) if depth:
                sides = (self.shape(side, within, depth - 1) for side in (left, right))
                return " or ".join(filter(None, sides))
        return ""

    def _pairs(
        self,
        keys: list[ast.expr | None],
        values: list[ast.expr],
        within: ast.FunctionDef | ast.Lambda,
        depth: int,
    ) -> Iterator[str]:
        for key, value in zip(keys, values, strict=True):
            inner = self.shape(value, within, depth - 1)
            if key is None:
                yield inner.strip("{}") or "..."
            elif isinstance(key, ast.Constant):
                yield f"{key.value!s}: {inner}" if inner else str(key.value)

    def _named(self, name: str, within: ast.FunctionDef | ast.Lambda, depth: int) -> str:
        for node in ast.walk(within):
            match node:
                case ast.Assign([ast.Name(target)], value) if target == name:
                    return self.shape(value, within, depth)
                case ast.AnnAssign(ast.Name(target), annotation, value) if target == name:
                    return self.shape(value, within, depth) or self._annotated(annotation, depth)
        arguments = {argument.arg: argument.annotation for argument in within.args.args}
        return self._annotated(arguments.get(name), depth)

    def _made(self, name: str, depth: int) -> str:
        """What a function returns, or a dataclass's fields."""
        if function := self.functions.get(name):
            returned = [n.value for n in ast.walk(function) if isinstance(n, ast.Return)]
            found = (self.shape(value, function, depth) for value in returned)
            return next(filter(None, found), "") or self._annotated(function.returns, depth)
        if kind := self.classes.get(name):
            names = [
                n.target.id
                for n in kind.body
                if isinstance(n, ast.AnnAssign)
                and isinstance(n.target, ast.Name)
                and "repr=False" not in ast.unparse(n)
            ]
            return "{" + ", ".join(names) + "}" if names else ""
        module, original = self.imports.get(name, ("", ""))
        return Room.of(module)._made(original, depth) if module.startswith("daimm_cli") else ""

    def _annotated(self, annotation: ast.expr | None, depth: int) -> str:
        match annotation:
            case ast.Constant(str() as text):
                return self._annotated(ast.parse(text, mode="eval").body, depth)
            case ast.Name(name) if depth:
                return self._made(name, depth - 1)
            case ast.Subscript(ast.Name("list"), inner) if depth:
                shape = self._annotated(inner, depth - 1)
                return f"[{shape}]" if shape else ""
        return ""
