"""Suites: manifests that say which rows of which data a model is asked, and what counts.

>>> find("digits").read().truths[:3]
('0', '5', '0')

A manifest is a JSON file, and its name on the chain is the SHA-256 of its bytes. Those in `suites/`
are ours; anybody writes others (docs/benchmarks.md).
"""

from __future__ import annotations

import gzip
import importlib.util
import io
import re
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from daimm_cli.base.errors import DaimmError, VerificationFailed
from daimm_cli.base.files import write_atomic
from daimm_cli.benchmark import manifests
from daimm_cli.benchmark.manifests import MAX_DATA, read_file
from daimm_cli.manifest.kinds import Sha256, Text, Word

OURS = Path(__file__).with_name("suites")
MAX_ROWS = 1 << 20
_DOMAIN = b"daimm held-out split 1"


def _inside(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or not text:
        raise ValueError("must be a path below its folder")
    return text


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Part):
    """A file: of a Python package, or beside the manifest."""

    path: Annotated[str, AfterValidator(_inside)]
    sha256: Sha256 | None = Field(default=None, description="What it has to be.")
    commitment: Sha256 | None = Field(
        default=None, description="In its place, of a split that is held out."
    )

    @model_validator(mode="after")
    def _one(self) -> Source:
        if (self.sha256 is None) == (self.commitment is None):
            raise ValueError("has either sha256 or commitment")
        return self


class Labelled(Source):
    """A file that is asked about as a whole."""

    label: Text


class Rows(Source):
    """A table of numbers, a row a line, its target in the last column or in a file of its own."""

    target: Source | None = None
    delimiter: Literal[",", " "] = ","
    skip: int = Field(default=0, ge=0, le=100, description="Lines before the first row.")
    every: int = Field(
        default=1, ge=1, description="One row in so many is asked, the first of them first."
    )
    scale: float = Field(
        default=1.0, allow_inf_nan=False, description="What inputs are multiplied by."
    )
    shape: list[Annotated[int, Field(ge=1)]] = Field(
        default=[], max_length=4, description="Of an input."
    )
    above: float | None = Field(
        default=None,
        allow_inf_nan=False,
        description="Makes two classes of numbers: what is over it is of the second.",
    )

    def question(self, row: Any) -> bytes:
        """What a model is asked of a row of inputs, as .npy."""
        import numpy as np

        made = (row * self.scale).reshape(self.shape or -1).astype(np.float32)
        np.save(held := io.BytesIO(), made)
        return held.getvalue()


class Suite(Part):
    """A manifest."""

    format: Literal["daimm-suite/1"]
    name: Word
    description: Text
    task: Literal["classification", "regression"]
    metric: Literal["accuracy", "macro_f1", "mae", "r2"]
    tolerance: float = Field(
        gt=0, allow_inf_nan=False, description="By how much scores on two machines may differ."
    )
    labels: list[Text] = Field(
        default=[], max_length=10_000, description="Classes by their number."
    )
    package: str = Field(
        default="", pattern="^[a-zA-Z0-9_]*$", description="Which has the data; else here."
    )
    requires: str = Field(default="", max_length=100, description="What to install for that.")
    table: Rows | None = None
    files: list[Labelled] = Field(default=[], max_length=10_000)

    @property
    def more_is_better(self) -> bool:
        return self.metric != "mae"

    @property
    def held_out(self) -> bool:
        return bool(self.table and self.table.commitment)

    @model_validator(mode="after")
    def _whole(self) -> Suite:
        if bool(self.table) == bool(self.files):
            raise ValueError("has either a table or files")
        if (self.metric in ("mae", "r2")) != (self.task == "regression"):
            raise ValueError("the metric is not one of its task")
        if self.files and self.task == "regression":
            raise ValueError("files have classes")
        if self.table and self.table.above is not None and len(self.labels) != 2:
            raise ValueError("a number is over it or not: two labels")
        if any(
            source.commitment
            for source in (*self.files, self.table and self.table.target)
            if source
        ):
            raise ValueError("only a table can be held out, with its targets in it")
        return self


@dataclass(frozen=True)
class Opened:
    """A suite, where it lies, what it hashes to; secret: data and salt of a held-out split."""

    suite: Suite
    folder: Path
    sha256: str
    secret: tuple[Path, Path] | None = None

    @property
    def held_out(self) -> bool:
        return self.suite.held_out

    def read(self) -> Data:
        """The rows that are asked, checked. Raises VerificationFailed for other data."""
        table = self.suite.table
        if table is None:
            contents = [(source.path, self._bytes(source)) for source in self.suite.files]
            return Data(contents, tuple(source.label for source in self.suite.files))
        whole = self.whole(table)
        rows = range(0, len(whole.truths), table.every)
        asked = [(f"row {row + 1}", table.question(whole.inputs[row])) for row in rows]
        return Data(asked, whole.truths[:: table.every])

    def whole(self, table: Rows) -> Table:
        """All rows of a table of the suite's kind, also those that are not asked."""
        try:
            return self._rows(table)
        except (ValueError, IndexError) as error:
            raise VerificationFailed(f"The data is not what the suite says: {error}.") from None

    def _rows(self, table: Rows) -> Table:
        rows = self._numbers(table, table)
        target = self._numbers(table.target, table)[:, 0] if table.target else rows[:, -1]
        if not 0 < len(rows) == len(target):
            raise ValueError(f"{len(rows)} rows, {len(target)} targets")
        if len(rows) > MAX_ROWS * table.every:
            raise ValueError(f"over {MAX_ROWS:,} rows are asked")
        inputs = rows if table.target else rows[:, :-1]
        if table.above is not None:
            target = target > table.above
        if self.suite.task == "regression":
            return Table(inputs, tuple(target.tolist()))
        labels = dict(enumerate(self.suite.labels))
        if missing := {each for each in target.tolist() if each not in labels}:
            raise ValueError(f"no label for {min(missing):g}")
        return Table(inputs, tuple(labels[int(each)] for each in target))

    def _numbers(self, source: Source, table: Rows) -> Any:
        if importlib.util.find_spec("numpy") is None:
            raise DaimmError("Reading tables needs numpy: install daimm with its 'run' extra.")
        import numpy as np

        text = io.StringIO(self._bytes(source).decode())
        skip = table.skip if source is table else 0
        delimiter = None if table.delimiter == " " else table.delimiter
        return np.loadtxt(text, delimiter=delimiter, skiprows=skip, ndmin=2)

    def _bytes(self, source: Source) -> bytes:
        data = read_file(self._place(source))
        found = sha256(data).hexdigest()
        if source.sha256 and found != source.sha256:
            needs = f": {self.suite.requires} has it" * bool(self.suite.requires)
            raise VerificationFailed(f"{source.path} is not the data of this suite{needs}.")
        if source.commitment:
            assert self.secret is not None
            if commitment(data, read_file(self.secret[1])) != source.commitment:
                raise VerificationFailed("Data and salt are not what this suite committed to.")
        if source.path.endswith(".gz") and self.suite.table:
            try:
                with gzip.open(io.BytesIO(data)) as file:
                    data = file.read(MAX_DATA + 1)
            except (OSError, EOFError, zlib.error):
                raise ValueError(f"{source.path} is no gzip file") from None
            if len(data) > MAX_DATA:
                raise ValueError(f"{source.path} holds over 256 MiB")
        return data

    def _place(self, source: Source) -> Path:
        if source.commitment:
            if self.secret is None:
                raise DaimmError("Its data is held out: name it by --data, with its --salt.")
            return self.secret[0]
        if not self.suite.package:
            return self.folder / source.path
        spec = importlib.util.find_spec(self.suite.package)
        if spec is None or spec.origin is None:
            raise DaimmError(
                f"The data of {self.suite.name} comes with {self.suite.requires}: install daimm "
                "with its 'bench' extra."
            )
        return Path(spec.origin).parent / source.path


@dataclass(frozen=True)
class Table:
    """inputs: an array with a row a line; truths: what is right of each, a class or a number."""

    inputs: Any
    truths: tuple[str | float, ...]


@dataclass(frozen=True)
class Data:
    """asked: names and contents; truths: what is right, a class or a number each."""

    asked: list[tuple[str, bytes]]
    truths: tuple[str | float, ...]


def find(name: str, *, data: Path | None = None, salt: Path | None = None) -> Opened:
    """One of ours by its name, else a manifest's path. Raises DaimmError for what is none."""
    suite, path, digest = manifests.read(Suite, name, OURS)
    secret = manifests.secret(data, salt, held_out=suite.held_out)
    return Opened(suite, path.parent, digest, secret)


def digest(name: str) -> bytes:
    """What names a suite on the chain: of one of ours, of a manifest, or as it was given."""
    if re.fullmatch("(0x)?[0-9a-f]{64}", name):
        return bytes.fromhex(name[-64:])
    return bytes.fromhex(find(name).sha256)


def ours() -> Iterator[Opened]:
    """Those that come with daimm."""
    return (find(path.stem) for path in sorted(OURS.glob("*.json")))


def hold_out(data: Path, salt: Path) -> str:
    """Make a salt for a file, and the commitment that a manifest has in place of its digest."""
    if salt.exists():
        raise DaimmError(f"{salt} exists: name another, or what was committed to is lost.")
    found = commitment(read_file(data), made := secrets.token_bytes(32))
    write_atomic(salt, made, mode=0o600)
    return found


def commitment(data: bytes, salt: bytes) -> str:
    """SHA-256 of a domain, the salt (32 bytes) and the data's own SHA-256, in hex."""
    if len(salt) != 32:
        raise VerificationFailed("A salt has 32 bytes: name the file that `bench hold-out` wrote.")
    return sha256(_DOMAIN + salt + sha256(data).digest()).hexdigest()
