"""`daimm pool`: shares of what insures orders, and for its curator, what it insures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import parse_amount, time_shown
from daimm_cli.bindings.structs import Bps, Insured, Request
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, data, done, fields, verb
from daimm_cli.commands.guarantee import Bonded
from daimm_cli.market import pools
from daimm_cli.market.pools import Pool

app = App()

WIDTH = 40
Named = Annotated[Pool, thing(pools.find, "The pool's name: `daimm pool list`.", "POOL")]


def _parts(_: Context, pool: Pool) -> list[Part]:
    had, shown = pool.holdings, pool.shown
    free = had.assets - had.locked
    return [
        Part("pool", pool.label, "pool", "pool"),
        Part("curator", pool.curator, "curator", "curator"),
        Part("token", pool.token.address),
        Part("assets", str(had.assets), "has", "has", shown(had.assets)),
        Part("locked", str(had.locked), "locked", "locked", shown(had.locked)),
        Part("impaired", str(had.impaired), "in doubt", text=shown(had.impaired)),
        Part("free", str(free), "free", text=shown(free)),
        Part("yield", pool.yearly, "yield", "yield", f"{pool.yearly:.2%} a year"),
    ]


def _insured(context: Context, pool: Pool, it: tuple[bytes, Insured]) -> list[Part]:
    bond, terms = it
    locked = terms.exposure if context.now < terms.end else 0
    rate = f"{terms.rate / 100:g}%"
    later = time_shown(terms.raised_at) if context.now < terms.raised_at else ""
    return [
        Part("bond", bond, column="bond"),
        Part("model", int(terms.model), column="model"),
        Part("version", terms.version, column="version"),
        Part("exposure", str(locked), column="locked", text=pool.shown(locked)),
        Part("limit", str(terms.limit), column="limit", text=pool.shown(terms.limit)),
        Part("rate", int(terms.rate), column="rate", text=rate),
        Part("from", terms.raised_at, column="from", text=later),
        Part("end", terms.end, column="end", text=time_shown(terms.end)),
        Part("impaired", terms.impaired, column="in doubt"),
    ]


def _share(context: Context, pool: Pool) -> list[Part]:
    me, contract = context.me.address, pool.contract
    view = context.chain.node.view
    shares, asked = view(contract.balance_of(me)), view(contract.request_of(me))
    worth = view(contract.preview_redeem(shares))
    return [
        Part("shares", str(shares)),
        Part("worth", str(worth), "yours", text=pool.shown(worth)),
        Part.at("opens_at", _open(context, asked), "yours to take from"),
    ]


def _open(context: Context, asked: Request) -> int | None:
    return asked.opens_at if asked.shares and context.now <= asked.opens_at + 7 * 86_400 else None


POOL = Kind(_parts, ("pool", "has", "locked", "yield", "curator"))


@app.command("list", "daimm pool list")
def list_(context: Context) -> None:
    """List the pools that insure orders."""
    POOL.list(context, pools.pools(context), empty="This market has no pool of cover.")


@app.command("show", "daimm pool show aim", "daimm pool show aim --draw pool.svg")
def show(
    context: Context,
    pool: Named,
    target: Path | None = option("Draw it, too: a .png or .svg.", "FILE", "--draw"),
) -> None:
    """Show what a pool has, what it earns, and which bonds it stands behind."""
    bonds = pools.insured(context, pool)
    kind = Kind[tuple[bytes, Insured]](
        lambda c, it: _insured(c, pool, it),
        ("bond", "model", "version", "locked", "limit", "rate", "from", "end", "in doubt"),
    )
    parts = [*_parts(context, pool), *_share(context, pool)]
    parts.append(Part("bonds", [kind.data(context, it) for it in bonds]))
    used = WIDTH * pool.holdings.locked // max(pool.holdings.assets, 1)
    parts.append(Part("", None, "locked, free", text="█" * used + "░" * (WIDTH - used)))
    context.emit(data(parts), fields(parts))
    if not context.as_json:
        kind.table(context, bonds, "It insures nothing yet.")
    if target:
        _draw(pool, bonds, target)


def _draw(pool: Pool, bonds: list[tuple[bytes, Insured]], target: Path) -> None:
    from daimm_cli.base.files import write_atomic
    from daimm_cli.pictures import charts
    from daimm_cli.pictures.panels import MOST_BARS, Bar, Panel

    if target.suffix not in (".png", ".svg"):
        raise DaimmError("Name the picture .png or .svg.")
    had, unit = pool.holdings, 10**pool.token.decimals
    sums = {"has": had.assets, "locked": had.locked, "in doubt": had.impaired}
    state = [Bar(name, units / unit, pool.shown(units)) for name, units in sums.items()]
    behind = [
        Bar(f"0x{bond.hex()[:8]}", it.exposure / unit, pool.shown(it.exposure))
        for bond, it in bonds[:MOST_BARS]
    ]
    panels = [Panel(f"Pool {pool.label}, {pool.yearly:.2%} a year", state)]
    panels += [Panel("Locked by bond", behind)] if behind else []
    write_atomic(target, charts.chart(panels, "png" if target.suffix == ".png" else "svg"))
    output.say(f"Drawn to {target}.")


@app.command("deposit", "daimm pool deposit aim --amount 1000")
def deposit(
    context: Context, pool: Named, amount: str = option("What you deposit.", "AMOUNT", default=...)
) -> None:
    """Take a share of a pool, of its premiums and of what it pays.

    You trust its curator: cover above a fifth of a seller's bond can be stolen by that seller.
    """
    sent = pools.deposit(context, pool, amount)
    done(context, sent, f"You have a share of pool {pool.label}.", {"pool": pool.label})
    context.next("daimm keeper run")


@verb(app, "daimm pool withdraw aim --amount 500", done="{said}")
def withdraw(
    context: Context, pool: Named, amount: str | None = option("Default: all.", "AMOUNT")
) -> Act:
    """Leave a pool: ask to, and from the seventh day on, for a week, take what is not locked."""
    call, said = pools.leaving(context, pool, amount)
    return Act(call, {"pool": pool.label}, {"said": said})


@verb(
    app,
    "daimm pool limit aim 0x3f9a61c2 --limit 500 --rate 2.4",
    done="Pool {pool} insures up to {shown} of bond {bond}; more than before in ten days.",
)
def limit(
    _: Context,
    pool: Named,
    bond: Bonded,
    most: str = option(
        "What covers of it may come to; 0 for no more.", "AMOUNT", "--limit", default=...
    ),
    rate: str = option("Premium of a year, in percent of the cover.", "PERCENT", default=...),
) -> Act:
    """Say what a pool insures of a bond; for its curator."""
    units, share = pool.token.units(most), parse_amount(rate, 2, "%")
    call = pool.contract.set_limit(bond.bond, units, Bps(share))
    told = {"pool": pool.label, "bond": bond.bond_id, "limit": str(units), "rate": share}
    return Act(call, told, {"shown": pool.shown(units)})
