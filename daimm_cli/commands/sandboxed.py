"""How far a model may go: options of all commands that run one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from daimm_cli.base.text import parse_size
from daimm_cli.cli import output
from daimm_cli.cli.frame import flag, option, seconds
from daimm_cli.sandbox.sandbox import Limits


@dataclass(frozen=True, kw_only=True)
class Sandboxed:
    """Of the sandbox, and of what goes into it."""

    recipe: Path | None = option("How inputs are prepared; else recipe.json beside it.", "FILE")
    memory: str = option("Most memory that it may take.", "SIZE", default="2GiB")
    time: int = option("Most processor time.", "TIME", default="60s", parser=seconds)
    unsafe: bool = flag("Run it without a sandbox, with all that you may do.", "--unsafe")

    def limits(self) -> Limits:
        """As the sandbox takes them; says what it means to have none."""
        if self.unsafe:
            output.say("Without a sandbox: the model's file can do whatever you can do here.")
        return Limits(memory=parse_size(self.memory), processor=self.time)
