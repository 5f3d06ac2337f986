"""Model cards as Hugging Face has them: YAML front matter, then Markdown; kept to the letter.

>>> card = parse("---\\nlicense: mit\\ntags: [vision]\\n---\\n# A model\\n")
>>> card.metadata["tags"], card.license, card.body
(['vision'], 'MIT', '# A model\\n')

https://huggingface.co/docs/hub/model-cards
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import open_regular
from daimm_cli.base.text import sanitise
from daimm_cli.manifest import licences
from daimm_cli.models.inspect import Inspection

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_BYTES = 512 << 10
MAX_FRONT_MATTER = 64 << 10
MAX_DEPTH = 20

# The hub's own expression (huggingface_hub.repocard.REGEX_YAML_BLOCK).
_FRONT_MATTER = re.compile(r"^(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(\r\n|\n|$))")

_SAYS_NOTHING = {"", "other", "unknown"}

_PROSE = 16 << 10
"""Characters of a card's body that are looked at for its title and summary."""

_TEMPLATE = "[More Information Needed]"
_CARD_FOR = re.compile(r"^model card (?:for|of) ", re.IGNORECASE)
_WORD = re.compile(r"\w")


@dataclass(frozen=True)
class Card:
    """A model card. source: the whole text, unchanged; metadata: its front matter; body: the
    Markdown after it."""

    source: str
    metadata: dict[str, Any]
    body: str

    @property
    def license(self) -> str | None:
        """The licence as an SPDX identifier, "LicenseRef-..." for others, None if it says none.

        For the licence "other" it is that of `license_name`, as on the hub.
        """
        stated = self.metadata.get("license")
        if isinstance(stated, list):
            stated = stated[0] if len(stated) == 1 else None
        if isinstance(stated, str) and stated.lower() == "other":
            stated = self.text("license_name")
        if not isinstance(stated, str) or stated.strip().lower() in _SAYS_NOTHING:
            return None
        return licences.identifier(stated)

    @property
    def title(self) -> str | None:
        """The first heading of the first level, without "Model Card for"."""
        texts = (_CARD_FOR.sub("", text) for text, _ in _texts(self.body, "h1"))
        return next((text for text in texts if text), None)

    @property
    def summary(self) -> str | None:
        """The first paragraph of prose: no code, list, table, quotation, HTML, nor row of links."""
        for text, linked in _texts(self.body, "p"):
            if len(_WORD.findall(text)) > 2 * linked and text != _TEMPLATE:
                return text
        return None

    def text(self, key: str) -> str | None:
        """A front-matter entry, where it is text."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    @property
    def scores(self) -> list[dict[str, str]]:
        """What `model-index` says: suite (the dataset's name), metric and value as decimal text.

        What is not as the hub has it is passed over.
        """
        found = []
        for result in _each(self.metadata.get("model-index"), "results"):
            dataset = result.get("dataset")
            suite = dataset.get("name") if isinstance(dataset, dict) else None
            for metric in _each([result], "metrics"):
                kind, value = metric.get("type"), _decimal(metric.get("value"))
                if isinstance(suite, str) and isinstance(kind, str) and value:
                    found.append({"suite": suite, "metric": kind, "value": value})
        return found


def parse(source: str) -> Card:
    """A card from its text; without front matter the metadata are empty.

    Raises DaimmError for front matter that is no table, too long, too deep, says a thing twice or
    uses YAML aliases.
    """
    if len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise DaimmError("The model card is over 512 KiB: shorten it, and link to what is long.")
    source = source.removeprefix("\ufeff")
    match = _FRONT_MATTER.search(source)
    if match is None:
        return Card(source, {}, source)
    if len(match[2]) > MAX_FRONT_MATTER:
        raise DaimmError("The model card's front matter is over 64 KiB: shorten it.")
    metadata = _load(match[2])
    if not isinstance(metadata, dict):
        raise DaimmError("The model card's front matter is no table: write NAME: VALUE lines.")
    return Card(source, metadata, source[match.end() :])


def read(path: Path) -> Card:
    """A card from a file, such as a Hugging Face repository's README.md."""
    with open_regular(path) as file:
        data = file.read(MAX_BYTES + 1)
    if not data.strip():
        raise DaimmError(f"The model card {path} is empty: write one, or leave it out.")
    try:
        return parse(data.decode())
    except UnicodeDecodeError:
        raise DaimmError(f"The model card {path} is not UTF-8 text: save it as such.") from None


def draft(name: str, description: str, license_id: str, models: list[Inspection]) -> Card:
    """A card for a seller who has none: what was inspected, headings for what only they know."""
    import yaml

    known = licences.of_hub(license_id)
    front = {
        **({"license": known} if known else {"license": "other", "license_name": license_id}),
        "library_name": "onnx"
        if any(model.format == "onnx" for model in models)
        else models[0].format,
        "tags": sorted({model.format for model in models}),
    }
    lines = [f"# {sanitise(name)}", "", sanitise(description, 2000), "", "## Files", ""]
    for model in models:
        lines.append(f"- `{model.name}`: {model.format}, {model.size} bytes, "
                     f"{model.parameters} parameters")  # fmt: skip
        for word, ports in (("input", model.inputs), ("output", model.outputs)):
            lines += [
                f"  - {word} `{port.name}`: {port.dtype} {_shape(port.shape)}" for port in ports
            ]
    for heading in ("Intended use", "Training data", "Evaluation", "Limitations"):
        lines += ["", f"## {heading}", "", "Not stated."]
    block = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    return parse(f"---\n{block}---\n" + "\n".join(lines) + "\n")


def _decimal(value: object) -> str | None:
    """None for what is no number, or none of a measurement."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e30:
        return None
    return f"{Decimal(str(value)):f}"


def _each(entries: object, key: str) -> Iterator[dict[str, Any]]:
    """The tables in the list that each of these has by this name."""
    for entry in entries if isinstance(entries, list) else ():
        inner = entry.get(key) if isinstance(entry, dict) else None
        yield from (it for it in (inner if isinstance(inner, list) else ()) if isinstance(it, dict))


def _shape(shape: tuple[int | str | None, ...] | None) -> str:
    if shape is None:
        return ""
    return "[" + ", ".join("?" if size is None else sanitise(size, 40) for size in shape) + "]"


def _load(text: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Safe loading without aliases, by which a short text becomes an enormous one."""

        depth = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent) or self.depth > MAX_DEPTH:
                raise yaml.YAMLError("aliases and deep nesting are not taken")
            self.depth += 1
            node = super().compose_node(parent, index)
            self.depth -= 1
            return node

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            made = super().construct_mapping(node, deep)
            if len({str(key) for key in made}) != len(node.value):
                raise yaml.YAMLError("a name is there twice")
            return made

    try:
        loaded = yaml.load(text, Loader)  # noqa: S506 - a subclass of the safe loader
    except Exception as error:  # noqa: BLE001 - its constructors raise what they like
        first = sanitise(str(error).splitlines()[0] if str(error) else "unreadable", 120)
        raise DaimmError(f"The model card's front matter is not usable YAML: {first}.") from None
    return {} if loaded is None else loaded


def _texts(body: str, tag: str) -> Iterator[tuple[str, int]]:
    """The plain text of each outermost element of this tag, and how many letters are links."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(body[:_PROSE])
    for opening, inline in pairwise(tokens):
        if opening.tag == tag and opening.nesting == 1 and opening.level == 0:
            yield _spoken(inline.children or ())


def _spoken(tokens: Sequence[Token]) -> tuple[str, int]:
    parts = []
    depth = linked = 0
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            depth += token.nesting
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type in ("text", "code_inline"):
            parts.append(token.content)
            linked += len(_WORD.findall(token.content)) if depth else 0
    return " ".join("".join(parts).split()), linked
