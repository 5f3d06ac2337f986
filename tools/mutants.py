"""Solidity sources with many mutants in each, by the compiler's own syntax tree.

A mutant is one operator at one place: another comparison, another arithmetic or logical operator, a
part of a condition left out, a statement left out, a number, a value or an argument changed. Each
stands behind a number, and `block.coinbase` says which one lives, so that the compiler runs once.
Operators look at functions of any contract or library; of inline assembly, statements are left out.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tools.chain import ROOT

Node = dict[str, Any]

OPERATORS = {
    "<": ("<=", ">="), ">": (">=", "<="), "<=": ("<", ">"), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",),
    "%": ("/",), "&": ("|",), "|": ("&",), "^": ("&",), "<<": (">>",), ">>": ("<<",),
}  # fmt: skip
_VALUE = re.compile(r"uint\d+|bool|address|bytes32")


@dataclass
class Edit:
    """What may stand at a span instead. alternatives: number and text of each."""

    start: int
    end: int
    alternatives: list[tuple[int, str]] = field(default_factory=list)
    statement: str = ""  # of one that may be left out: "solidity" or "yul"


class Mutator:
    """Rewrites sources; `names` tells what each number stands for: contract, function, change."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self._same: Counter[str] = Counter()

    def rewrite(self, name: str, source: bytes, tree: Node) -> bytes:
        """The source with its mutants. name: the contract's; tree: the compiler's."""
        self._name, self._source = name, source
        self._edits: dict[tuple[int, int], Edit] = {}
        self._constants = {n["id"] for n in _walk(tree) if n.get("constant") is True}
        # The compiler refuses to read a calldata pointer that was never set.
        self._kept = {n["id"] for n in _walk(tree) if n.get("storageLocation") == "calldata"}
        for function in _walk(tree):
            of_code = function["nodeType"] in ("FunctionDefinition", "ModifierDefinition")
            if of_code and (body := function.get("body")):
                self._function = function["name"] or function["kind"]
                returned = (function.get("returnParameters") or {}).get("parameters", [])
                self._statement(body, [_type(each) for each in returned])
        edits = sorted(self._edits.values(), key=lambda e: (e.start, -e.end))
        return self._render(0, len(source), edits)

    def _statement(self, node: Node, returned: list[str]) -> None:
        kind = node["nodeType"]
        if kind == "InlineAssembly":
            self._assembly(node)
            return
        into = _type(node.get("expression", {}).get("leftHandSide", {}))
        if kind in ("ExpressionStatement", "EmitStatement") and "storage pointer" not in into:
            self._leave_out(node, "solidity")  # a pointer has to be set before it is used
        if kind in ("IfStatement", "ForStatement", "WhileStatement") and node.get("condition"):
            for instead in ("false", "true") if kind == "IfStatement" else ("false",):
                self._instead(node["condition"], instead)
        if kind == "Return" and (value := node.get("expression")) and len(returned) == 1:
            self._value(value, returned[0])
        if kind == "VariableDeclarationStatement" and (value := node.get("initialValue")):
            declared = [each for each in node["declarations"] if each]
            if len(node["declarations"]) == 1:
                self._value(value, _type(declared[0]))
        for child in _children(node):
            if child is node.get("loopExpression"):
                child = child["expression"]  # a loop without its step never ends
            if child["nodeType"] in _EXPRESSIONS:
                self._expression(child)
            else:
                self._statement(child, returned)

    def _assembly(self, node: Node) -> None:
        kept = {r["src"] for r in node["externalReferences"] if r["declaration"] in self._kept}
        for inner in _walk(node["AST"]):
            into = {name["src"] for name in inner.get("variableNames", [])}
            kind = inner["nodeType"]
            if kind == "YulExpressionStatement" or (kind == "YulAssignment" and not kept & into):
                self._leave_out(inner, "yul")

    def _expression(self, node: Node) -> None:
        if node.get("operator") in ("++", "--", "delete"):
            return
        if _is_literal(node) or _type(node).startswith("type("):
            return
        kinds = {
            "Assignment": self._assignment,
            "BinaryOperation": self._binary,
            "Conditional": self._conditional,
            "FunctionCall": self._call,
            "UnaryOperation": self._unary,
        }
        if kind := kinds.get(node["nodeType"]):
            kind(node)
        inner = [node["rightHandSide"]] if node["nodeType"] == "Assignment" else _children(node)
        for child in inner:
            if child["nodeType"] in _EXPRESSIONS:
                self._expression(child)

    def _assignment(self, node: Node) -> None:
        if node["operator"] == "=":
            self._value(node["rightHandSide"], _type(node["leftHandSide"]))

    def _unary(self, node: Node) -> None:
        if node["operator"] == "!":
            self._instead(node, self._text(node["subExpression"]))

    def _conditional(self, node: Node) -> None:
        for branch in (node["trueExpression"], node["falseExpression"]):
            if not _is_literal(branch):
                self._instead(node, f"({self._text(branch)})")

    def _call(self, node: Node) -> None:
        if node["kind"] == "functionCall":
            for argument in node["arguments"]:
                self._value(argument, _type(argument))

    def _binary(self, node: Node) -> None:
        left, right = node["leftExpression"], node["rightExpression"]
        one, two, sign = self._text(left), self._text(right), node["operator"]
        if sign in ("&&", "||"):
            for instead in (one, two, f"{one} {'||' if sign == '&&' else '&&'} {two}"):
                self._instead(node, f"({instead})")
            return
        if _is_literal(left) and _is_literal(right):
            return
        of_kind = _type(left) if not _is_literal(left) else _type(right)
        if sign in OPERATORS and not (of_kind.startswith(("address", "enum", "bytes"))
                                      and sign not in ("==", "!=")):  # fmt: skip
            for other in OPERATORS[sign]:
                self._instead(node, f"({one} {other} {two})")
        for operand in (left, right):
            more = self._next(operand, "uint256" if sign in ("<<", ">>") else of_kind)
            if more:
                pair = (more, two) if operand is left else (one, more)
                self._instead(node, f"({pair[0]} {sign} {pair[1]})")

    def _next(self, node: Node, kind: str) -> str | None:
        """One more than a number or a constant; None for anything else."""
        size = re.fullmatch(r"uint(\d+)", kind)
        if size and node["nodeType"] == "Literal" and not node.get("subdenomination"):
            value = int(node["value"].replace("_", ""), 0) + 1
            return f"{kind}({value})" if value < 1 << int(size[1]) else None
        constant = node.get("referencedDeclaration") in self._constants
        if constant and re.fullmatch(r"uint\d+", _type(node)):
            return f"({self._text(node)} + 1)"
        return None

    def _value(self, node: Node, kind: str) -> None:
        """Another value of the same kind."""
        kind = kind.removesuffix(" payable")
        if not _VALUE.fullmatch(kind) or (_type(node) != kind and not _is_literal(node)):
            return
        text = self._text(node)
        if kind == "bool":
            self._instead(node, f"!({text})")
        elif kind == "address":
            self._instead(node, f"address(uint160({text}) ^ 1)")
        elif kind == "bytes32" and not _is_literal(node):  # 0 and another have no common type
            self._instead(node, f"bytes32(uint256({text}) ^ 1)")
        elif kind != "bytes32" and (not _is_literal(node) or node["nodeType"] == "Literal"):
            self._instead(node, f"({kind}({text}) ^ 1)")

    def _text(self, node: Node) -> str:
        start, length, _ = map(int, node["src"].split(":"))
        return self._source[start : start + length].decode()

    def _edit(self, node: Node) -> Edit:
        start, length, _ = map(int, node["src"].split(":"))
        return self._edits.setdefault((start, start + length), Edit(start, start + length))

    def _instead(self, node: Node, text: str) -> None:
        edit = self._edit(node)
        if all(text != known for _, known in edit.alternatives):
            shown = " ".join(self._text(node).split())
            instead = " ".join(text.split())
            edit.alternatives.append((self._number_of(f"{instead} for {shown}"), text))

    def _leave_out(self, node: Node, language: str) -> None:
        edit = self._edit(node)
        edit.statement = language
        number = self._number_of("without " + " ".join(self._text(node).split()))
        edit.alternatives.append((number, ""))

    def _number_of(self, what: str) -> int:
        name = f"{self._name}.{self._function}: {what}"
        self._same[name] += 1
        number = len(self.names) + 1
        self.names[number] = name if self._same[name] == 1 else f"{name} ({self._same[name]})"
        return number

    def _render(self, start: int, end: int, edits: list[Edit]) -> bytes:
        out, at = b"", start
        while edits:
            edit = edits.pop(0)
            inner = []
            while edits and edits[0].start < edit.end:
                inner.append(edits.pop(0))
            text = self._render(edit.start, edit.end, inner)
            for number, other in edit.alternatives:
                alive = f"block.coinbase == address({number})"
                if edit.statement == "yul":
                    text = b"if iszero(eq(coinbase(), %d)) { %s }" % (number, text)
                elif edit.statement:
                    text = f"if ({alive}) {{}} else ".encode() + text
                else:
                    text = f"({alive} ? {other} : ".encode() + text + b")"
            out += self._source[at : edit.start] + text
            at = edit.end
        return out + self._source[at:end]


_EXPRESSIONS = {
    "Assignment", "BinaryOperation", "Conditional", "FunctionCall", "FunctionCallOptions",
    "Identifier", "IndexAccess", "IndexRangeAccess", "Literal", "MemberAccess", "NewExpression",
    "TupleExpression", "UnaryOperation", "ElementaryTypeNameExpression",
}  # fmt: skip


def _type(node: Node) -> str:
    return str((node.get("typeDescriptions") or {}).get("typeString") or "")


def _is_literal(node: Node) -> bool:
    return _type(node).startswith(("int_const", "rational", "literal"))


def _children(node: Node) -> Iterator[Node]:
    for value in node.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and "nodeType" in each:
                yield each


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in _children(node):
        yield from _walk(child)


def trees(paths: list[str]) -> dict[str, Node]:
    """The compiler's syntax tree of each source, by its path below the checkout."""
    settings = (ROOT / "foundry.toml").read_text()
    mapped = re.search(r"remappings = \[(.*?)\]", settings, re.DOTALL)
    asked = {
        "language": "Solidity",
        "sources": {path: {"content": (ROOT / path).read_text()} for path in paths},
        "settings": {
            "remappings": re.findall(r'"(.*?)"', mapped[1] if mapped else ""),
            "outputSelection": {"*": {"": ["ast"]}},
        },
    }
    run = subprocess.run(
        [ROOT / "tools" / "solc", "--standard-json", "--base-path", str(ROOT)],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer = json.loads(run.stdout)
    if wrong := [
        e["formattedMessage"] for e in answer.get("errors", []) if e["severity"] == "error"
    ]:
        raise SystemExit("\n".join(wrong))
    return {path: answer["sources"][path]["ast"] for path in paths}
