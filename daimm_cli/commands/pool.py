"""`daimm pool`: shares of what insures orders, and which bonds it insures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import parse_amount, time_shown
from daimm_cli.bindings.structs import Bps, Insured
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, data, done, fields, verb
from daimm_cli.commands.guarantee import Bonded
from daimm_cli.index.rows import BondRow
from daimm_cli.market import pools, rates
from daimm_cli.market.pools import Pool

app = App()

WIDTH = 20
Named = Annotated[Pool, thing(pools.find, "The pool's name: `daimm pool list`.", "POOL")]


def _parts(context: Context, pool: Pool) -> list[Part]:
    has, shown = pool.books, pool.token.shown
    earns = has.yearly / max(has.assets, 1)
    parts = [
        Part("pool", pool.label, "pool", "pool"),
        Part("curator", pool.curator, "curator", "curator"),
        Part("token", pool.token.address),
        Part("assets", str(has.assets), "has", "has", shown(has.assets)),
        Part("locked", str(has.locked), "locked", "locked", shown(has.locked)),
        Part("impaired", str(has.impaired), "in doubt", text=shown(has.impaired)),
        Part("yield", round(earns, 6), "earns", "earns", f"{earns:.2%} a year"),
        Part("", None, "used", text=_bar(has.locked, has.assets)),
    ]
    if me := context.asker:
        mine = context.node.view(pool.contract.balance_of(me))
        worth = context.node.view(pool.contract.preview_redeem(mine))
        parts.append(Part("yours", str(worth), "yours", text=shown(worth)))
    return parts


def _bar(part: int, whole: int) -> str:
    full = min(WIDTH * part // max(whole, 1), WIDTH)
    return "█" * full + "░" * (WIDTH - full)


def _insured(pool: Pool, told: tuple[BondRow, Insured], now: int) -> list[Part]:
    (row, it), shown = told, pool.token.shown
    locked, most = it.exposure if now < it.end else 0, min(it.limit, pool.books.assets // 20)
    return [
        Part("bond", row.bond_id, column="bond"),
        Part("model", int(it.model), column="model"),
        Part("version", it.version, column="version"),
        Part("exposure", str(locked), column="locked", text=shown(locked)),
        Part("limit", str(it.limit), column="limit", text=shown(it.limit)),
        Part("rate", int(it.rate), column="rate", text=f"{it.rate / 100:g}%"),
        Part("from", it.raised_at, column="from", text=time_shown(it.raised_at)),
        Part("end", it.end, column="end", text=time_shown(it.end)),
        Part("impaired", it.impaired, column="in doubt"),
        Part("", None, column="used", text=_bar(locked, most)),
    ]


INSURED = (
    *("bond", "model", "version", "locked", "limit", "used"),
    *("rate", "from", "end", "in doubt"),
)
POOL = Kind(_parts, ("pool", "has", "locked", "earns", "curator"))


@app.command("list", "daimm pool list")
def list_(context: Context) -> None:
    """List the pools that insure orders."""
    POOL.list(context, pools.pools(context), empty="This market has no pool.")


@app.command("show", "daimm pool show aim", "daimm pool show aim --draw pool.svg")
def show(
    context: Context,
    pool: Named,
    target: Path | None = option("Draw it: a .png, .svg or .html.", "FILE", "--draw"),
) -> None:
    """Show what a pool has and earns, and which bonds it stands behind."""
    found = pools.insured(context, pool)
    kind = Kind[tuple[BondRow, Insured]](lambda c, it: _insured(pool, it, c.now), INSURED)
    parts = _parts(context, pool)
    bonds = Part("bonds", [kind.data(context, it) for it in found])
    if target:
        _draw(pool, found, target)
    context.emit(data([*parts, bonds]), fields(parts))
    if not context.as_json:
        kind.table(context, found, "It insures nothing yet.")


def _draw(pool: Pool, found: list[tuple[BondRow, Insured]], target: Path) -> None:
    from daimm_cli.pictures import page
    from daimm_cli.pictures.panels import MOST_BARS, Bar, Drawn, Panel

    has, shown, whole = pool.books, pool.token.shown, 10**pool.token.decimals
    sums = {"has": has.assets, "locked": has.locked, "in doubt": has.impaired}
    sums |= {"earns a year": has.yearly}
    behind = {f"0x{row.bond_id.hex()[:8]}": it.exposure for row, it in found[:MOST_BARS]}
    panels = [
        Panel(title, [Bar(name, units / whole, shown(units)) for name, units in it])
        for title, it in (("What it has", sums.items()), ("Locked by bond", behind.items()))
        if it
    ]
    page.write(Drawn(f"Pool {pool.label}", {"curator": pool.curator}, panels), target)


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


@verb(app, "daimm pool withdraw aim --amount 500", done="Pool {pool}: {said}.")
def withdraw(
    context: Context, pool: Named, amount: str | None = option("Default all.", "AMOUNT")
) -> Act:
    """Leave a pool: ask to; from seven days later on, for seven days, take what is not locked."""
    call, said = pools.leaving(context, pool, amount)
    return Act(call, {"pool": pool.label}, {"said": said})


@verb(
    app,
    "daimm pool limit aim 0x3f9a61c2 --limit 500",
    "daimm pool limit aim 0x3f9a61c2 --limit 500 --rate 2.4",
    done="Of bond {bond} {shown} are insured at {rate}% a year; more or cheaper in ten days.",
)
def limit(
    context: Context,
    pool: Named,
    bond: Bonded,
    most: str = option("Most that covers come to; 0: no more.", "AMOUNT", "--limit", default=...),
    rate: str | None = option(
        "Premium of a year, of the cover; default as docs/cover.md reckons it.", "PERCENT"
    ),
) -> Act:
    """Say what a pool insures of a bond; for its curator."""
    units = pool.token.units(most)
    share = rates.suggested(context, bond) if rate is None else parse_amount(rate, 2, "%")
    if share >= 1 << 16:
        raise DaimmError("A rate is 655.35% a year at most.")
    told = {"pool": pool.label, "bond": bond.bond_id, "limit": str(units), "rate": share / 100}
    call = pool.contract.set_limit(bond.bond, units, Bps(share))
    return Act(call, told, {"shown": pool.token.shown(units)})
