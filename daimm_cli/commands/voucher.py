"""`daimm voucher`: prices that a seller signs for who shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.base.files import write_atomic
from daimm_cli.base.text import parse_duration, time_shown
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import ZERO_ADDRESS
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag, option
from daimm_cli.cli.verbs import Act, Kind, Part, fields, verb
from daimm_cli.commands.offer import Offered
from daimm_cli.commands.options import limit
from daimm_cli.market import vouchers
from daimm_cli.market.describe import basis_points
from daimm_cli.market.moving_words import MAX_REFERRAL
from daimm_cli.market.vouchers import MOST, Standing

app = App()

MOST_USES = 2**32 - 1
VoucherText = Annotated[str, argument("Its text, a link that ends in it, or a file.", "FILE|TEXT")]


def _parts(context: Context, told: Standing) -> list[Part]:
    voucher, offer = told.signed.voucher, told.row.offer
    shown = context.chain.tokens([offer.token])[offer.token].shown
    each = f", {voucher.uses_each} of one buyer" if voucher.uses_each else ""
    made = f", {told.used} made" if voucher.uses else ""
    named, share = voucher.buyer != ZERO_ADDRESS, voucher.referral / 100
    return [
        Part("voucher", told.hash, "voucher", "voucher"),
        Part("problem", told.problem, "state", "state", told.problem or "good"),
        Part("offer", voucher.offer, "offer", "offer"),
        Part("terms", voucher.to_json()),
        Part("price", str(told.price), column="price", text=shown(told.price)),
        Part("", f"{shown(told.price)}, in place of {shown(offer.price)}", "price"),
        Part("", voucher.buyer if named else "whoever has it", "for", "for"),
        Part("used", told.used),
        Part("", f"{voucher.uses or 'any number'}{each}{made}", "purchases"),
        Part("", time_shown(voucher.expires_at) if voucher.expires_at else "never", "ends", "ends"),
        Part("", f"gets {share:g}% of the price, out of the seller's", "referrer" if share else ""),
    ]


VOUCHER = Kind(_parts, ("voucher", "state", "price", "for", "ends"))


@app.command(
    "sign",
    "daimm voucher sign 0x7be2a004 --discount 20% --uses 100 --uses-each 1",
    "daimm voucher sign 0x7be2a004 --price 2 --count 100 --output vouchers.txt",
)
def sign(
    context: Context,
    offer: Offered,
    price: str | None = option("What a licence costs with it; 0 is a free one.", "AMOUNT"),
    discount: str | None = option("Instead: how much less than the offer asks.", "PERCENT"),
    buyer: str | None = option("Who alone may use it; default who has it.", "ADDRESS", "--for"),
    uses: int = option(
        "Purchases it is good for; 0 is any number.", default=1, min=0, max=MOST_USES
    ),
    uses_each: int = option(
        "Purchases of one buyer; 0 is any number.", default=0, min=0, max=MOST_USES
    ),
    expires: str = option("Time from now until it ends; none is never.", "TIME", default="30d"),
    referral: str = option(
        "Share of the price for whom the buyer names as referrer.", "PERCENT", default="0"
    ),
    count: int = option("How many, each to be used apart.", default=1, min=1, max=MOST),
    target: Path | None = option(
        "New file to write them to, one a line, readable by you alone.", "FILE", "--output", "-o"
    ),
) -> None:
    """Sign vouchers for an offer that takes them; nothing is sent.

    Each is a text, which fits into a link. It is worth money: whoever has it can use it, unless it
    names its buyer.
    """
    token = context.chain.token(offer.offer.token)
    if (price is None) == (discount is None):
        raise DaimmError("Say what a licence costs with --price, or how much less with --discount.")
    if target and (target.exists() or not target.parent.is_dir()):
        raise DaimmError(f"{target} exists, or its folder does not: name another place.")
    span = limit("expires", expires, parse_duration)
    terms = {
        "price": token.units(price or "0"),
        "discount": basis_points(discount or "0", 10_000, "discount"),
        "buyer": checksummed(buyer, "buyer") if buyer else ZERO_ADDRESS,
        "uses": uses,
        "uses_each": uses_each,
        "expires_at": context.now + span if span else 0,
        "referral": basis_points(referral, MAX_REFERRAL, "share"),
    }
    made = vouchers.sign(context, offer, terms, count)
    first = vouchers.standing(context, made[0])
    lines = "\n".join(each.text for each in made)
    if target:
        write_atomic(target, f"{lines}\n".encode(), mode=0o600)
    output.say(fields(_parts(context, first)))
    if not first.price:
        output.say("Careful. Who has it gets the key for gas alone, and keeps it.")
    data = {
        "vouchers": [each.hash(offer.offer.rule) for each in made],
        "texts": None if target else [each.text for each in made],
        "file": target,
    }
    context.emit(data, str(target) if target else lines)
    context.next(f"daimm buy --voucher {target or 'TEXT'} (as a buyer)")


@app.command("show", "daimm voucher show vouchers.txt")
def show(context: Context, voucher: VoucherText) -> None:
    """Say what a voucher gives, to whom, and whether it is good for anything still."""
    found = [vouchers.standing(context, each) for each in vouchers.read(context, voucher)]
    if len(found) == 1:
        VOUCHER.show(context, found[0])
    else:
        VOUCHER.list(context, found, empty="")


@verb(app, "daimm voucher revoke vouchers.txt", done="Revoked: {what}.")
def revoke(
    context: Context,
    voucher: str | None = argument("Its text, link or file.", "FILE|TEXT", default=None),
    every: bool = flag("All that were signed for your offers so far, at every market.", "--all"),
) -> Act:
    """Make vouchers buy nothing any more; what was bought with them stays.

    A key that your offer names, and that leaked, signs anew after --all: close the offer, too.
    """
    rule = context.chain.deployed.vouchers
    if (voucher is None) != every:
        raise DaimmError("Say which voucher, or --all for all that were signed so far.")
    if voucher is None:
        return Act(rule.revoke_all(), {"voucher": None}, {"what": "all that were signed so far"})
    found = vouchers.read(context, voucher)
    if len(found) != 1:
        raise DaimmError(f"{voucher} has several vouchers: give one line, or --all.")
    told = vouchers.standing(context, found[0])
    if (seller := told.row.offer.seller) != context.me.address:
        raise ChainRefused(f"{seller} alone revokes it: choose that account.")
    return Act(rule.revoke(told.hash), {"voucher": told.hash}, {"what": told.hash})
