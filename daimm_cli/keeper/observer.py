"""Who is told what a keeper does; `daimm_cli.keeper.health.Health` counts and logs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daimm_cli.base.errors import DaimmError
    from daimm_cli.chain.answers import Header
    from daimm_cli.keeper.entries import Entry, Outcome
    from daimm_cli.keeper.keeper import Keeper
    from daimm_cli.market.deliver import Moment


class Observer:
    """Hears of everything, and does nothing about it."""

    def sent(self, entry: Entry) -> None:
        """A transaction left for the first time."""

    def replaced(self, entry: Entry) -> None:
        """Another transaction went out for the same nonce."""

    def outcome(self, outcome: Outcome) -> None:
        """Something became of a transaction."""

    def held(self, subject: str, error: DaimmError) -> None:
        """A duty is not done for now."""

    def failed(self, error: DaimmError) -> None:
        """A tick ended early."""

    def ticked(self, keeper: Keeper, head: Header, now: Moment) -> None:
        """A tick ended well."""
