"""How a file becomes what a model takes, where that does not follow from the model's own inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from daimm_cli.base import bounded_json
from daimm_cli.base.errors import DaimmError
from daimm_cli.base.files import open_regular
from daimm_cli.base.text import sanitise

MAX_BYTES = 1 << 20
NAME = "recipe.json"
_Samples = Annotated[int, Field(ge=0, le=1 << 24)]
_Numbers = Annotated[list[float], Field(min_length=1, max_length=16)]


class Picture(BaseModel):
    """An output that is a picture: a number is multiplied, and shifted, to a pixel (0 to 255)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: str = Field(default="", description="Which output; else the first.")
    scale: float = Field(default=255, allow_inf_nan=False, description="Multiplied by this.")
    offset: float = Field(default=0, allow_inf_nan=False, description="Then this is added.")


class Recipe(BaseModel):
    """What is not said follows from the model's own inputs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: str = Field(default="", description="Which input the data is for; else the first.")
    constants: dict[str, Any] = Field(default={}, description="Values of other inputs, by name.")
    columns: list[str] = Field(default=[], description="The columns of a CSV that are taken.")
    scale: float = Field(default=1 / 255, description="What a pixel (0 to 255) is multiplied by.")
    mean: _Numbers = Field(default=[0.0], description="Subtracted then, one or one a channel.")
    std: _Numbers = Field(default=[1.0], description="Divided by then, one or one a channel.")
    rate: _Samples = Field(default=0, description="Samples a second that a recording has to have.")
    window: _Samples = Field(default=0, description="Samples that are given at a time; 0 for all.")
    context: _Samples = Field(default=0, description="Samples before them that are given again.")
    state: dict[str, str] = Field(
        default={}, description="Inputs, each with the output that feeds it."
    )
    begin: _Samples = Field(
        default=0, description="Bytes from a file's beginning; 0 for no such input."
    )
    end: _Samples = Field(default=0, description="Bytes from its end.")
    block: _Samples = Field(
        default=4096, description="Bytes in which white space is passed over first."
    )
    padding: int = Field(default=256, description="What stands for a byte that is not there.")
    labels: list[str] = Field(
        default=[], description="What the places of the last axis are called."
    )

    picture: Picture | None = Field(
        default=None, description="That answers are pictures, and how they are drawn."
    )

    @classmethod
    def of(cls, model: Path, named: Path | None = None) -> Recipe:
        """The file that was named, else recipe.json or magika's own configuration beside the model.

        Raises DaimmError for what is no recipe.
        """
        folder = model if model.is_dir() else model.parent
        if named or (folder / NAME).is_file():
            return cls._read(named or folder / NAME)
        if (folder / "config.min.json").is_file():
            return cls._magika(_json(folder / "config.min.json"))
        return cls()

    @classmethod
    def _read(cls, path: Path) -> Recipe:
        try:
            return cls.model_validate(_json(path))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise DaimmError(f"{path}: {sanitise(where)}: {sanitise(first['msg'])}.") from None

    @classmethod
    def _magika(cls, told: Any) -> Recipe:
        names = {"begin": "beg_size", "end": "end_size", "block": "block_size"}
        names |= {"padding": "padding_token", "labels": "target_labels_space"}
        try:
            return cls.model_validate({ours: told[theirs] for ours, theirs in names.items()})
        except (ValidationError, KeyError, TypeError):
            return cls()


def _json(path: Path) -> Any:
    with open_regular(path) as file:
        data = file.read(MAX_BYTES + 1)
    try:
        if len(data) > MAX_BYTES:
            raise ValueError
        return bounded_json.loads(data)
    except ValueError:
        raise DaimmError(f"{path} is no JSON, or over 1 MiB: write it anew.") from None
