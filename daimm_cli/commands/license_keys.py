"""`daimm license ask` and `daimm license requests`: keys for who has access and no key."""

from __future__ import annotations

from daimm_cli.base.text import duration_shown, time_shown
from daimm_cli.bindings.structs import RequestState
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag, option, seconds
from daimm_cli.cli.verbs import Kind, Part, done, fields
from daimm_cli.commands.license import AnybodysLicense
from daimm_cli.index.deals import RequestRow
from daimm_cli.market.deliver import Clocks

app = App()


def _parts(context: Context, row: RequestRow) -> list[Part]:
    asked, clocks = row.request, Clocks.of(row.request, row.taken_at)
    token = context.chain.tokens([asked.token])[asked.token]
    ends = time_shown(clocks.grace_end) if row.waits else ""
    return [
        Part("request", row.ident, "request", "request"),
        Part("you", _role(context, row), "you", "you"),
        Part("state", row.state.name.lower(), "state", "state"),
        Part("terms", asked.to_json()),
        Part("license", f"0x{asked.license:064x}", "licence", "licence"),
        Part("model", row.model, "model", "model"),
        Part("version", row.version, "version", "version"),
        Part("", token.shown(asked.fee), "fee", "fee"),
        Part("answer_by", clocks.deliver_by),
        Part("refund_after", clocks.grace_end, "", "answered until", ends),
        Part("", _step(context, row), "", "next: daimm"),
    ]


def _role(context: Context, row: RequestRow) -> str:
    roles = {"asker": row.asker, "seller": row.maker}
    if row.request.held != ZERO_WORD:
        roles["holder"] = row.holder
    return next((role for role, address in roles.items() if address == context.asker), "")


def _step(context: Context, row: RequestRow) -> str | None:
    ident, over = f"0x{row.ident.hex()[:8]}", _over(context, row)
    if row.asker != context.asker:
        return None if over or not row.waits else f"license give {ident}"
    if row.state is RequestState.ANSWERED:
        return f"license fetch {f'0x{row.request.license:064x}'[:10]} --version {row.version}"
    return f"license refund {ident}" if over and row.waits else None


def _over(context: Context, row: RequestRow) -> bool:
    return context.now > Clocks.of(row.request, row.taken_at).grace_end


REQUEST = Kind(
    _parts,
    ("request", "you", "model", "version", "fee", "state", "answered until", "next: daimm"),
)


@app.command("ask", "daimm license ask 0x3f9a61c2 --version 2 --fee 0.1")
def ask(
    context: Context,
    held: AnybodysLicense,
    version: int | None = option("Whose key; default the version that was bought.", min=1),
    fee: str | None = option(
        "For whoever delivers; default what the licence's offer has.", "AMOUNT"
    ),
    delivery_time: int | None = option(
        "Time to answer; default that of the licence's offer.",
        "TIME",
        "--deliver-within",
        parser=seconds,
    ),
    grace: int | None = option(
        "Time after that until you are refunded; default that of the offer.", "TIME", parser=seconds
    ),
    pass_on: bool = flag(
        "Let who bought the licence answer, too: the chain is shown their key.", "--pass-on"
    ),
) -> None:
    """Ask for a key that your licence gives you access to and that you do not have.

    A later version can have a key line of its own; a licence that was given to you comes without a
    key; a key can be lost. The fee waits in a contract, and you take it back if nobody answers.
    """
    from daimm_cli.market import key_requests

    wanted = key_requests.prepare(
        context, held, version, fee=fee, delivery_time=delivery_time, grace_period=grace
    )
    by = duration_shown(wanted.delivery_time)
    back = duration_shown(wanted.delivery_time + wanted.grace_period)
    told = [
        Part("", f"0x{held.order.license_id:064x}", "licence"),
        Part("", f"{wanted.version.version} of model {wanted.version.model}", "version"),
        Part("", f"{wanted.token.shown(wanted.fee)}, for whoever delivers", "you pay"),
        Part("", f"within {by}, by the model's seller; nobody has to", "to be answered"),
        Part("", f"you take all of it back after {back}", "if no key comes"),
    ]
    output.say(fields(told))
    ident, sent = key_requests.ask(context, wanted, pass_on=pass_on)
    done(context, sent, f"0x{ident.hex()}", {"request": ident})
    context.next("daimm license requests")


@app.command("requests", "daimm license requests", "daimm license requests --open --json")
def requests(context: Context, open_only: bool = flag("Only those not ended.", "--open")) -> None:
    """List keys that you asked for, and those that holders ask you for."""
    me, read = context.me.address, context.index.rows
    mine = [*read(RequestRow, asker=me), *read(RequestRow, maker=me), *read(RequestRow, holder=me)]
    found = {row.ident: row for row in mine if _role(context, row)}
    rows = [row for row in found.values() if row.waits or not open_only]
    rows.sort(key=lambda row: row.taken_at, reverse=True)
    REQUEST.list(context, rows, empty="No keys were asked for.", step="daimm license list")
