"""`daimm offer`: open, close, replace, look."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from typing import Annotated

from daimm_cli.base.errors import ChainRefused, DaimmError
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, flag, option, thing
from daimm_cli.cli.verbs import Act, Kind, Part, done, verb
from daimm_cli.commands.options import Model, OfferOptions, warn_about
from daimm_cli.index.rows import OfferRow, VersionRow
from daimm_cli.market import carry as library
from daimm_cli.market import lineage, offers, rules, splits
from daimm_cli.market.catalogue import require_owner
from daimm_cli.market.lookup import by_id
from daimm_cli.market.voucher_words import is_private

app = App()

Offered = Annotated[
    OfferRow, thing(by_id(OfferRow), "The offer's id, or its first eight digits.", "OFFER")
]


def _parts(context: Context, row: OfferRow) -> list[Part]:
    offer, obstacle = row.offer, row.obstacle(context.now)
    token = context.chain.tokens([offer.token])[offer.token]
    return [
        Part("offer", row.offer_id, "offer", "offer"),
        Part("terms", offer.to_json()),
        Part("symbol", token.symbol),
        Part("decimals", token.decimals),
        Part("opened_at", row.opened_at),
        Part("obstacle", obstacle, "state", "state", obstacle or "for sale"),
        Part("", offer.seller, "seller", "seller"),
        Part("", offer.model, "model", "model"),
        Part("", offer.version, column="version"),
        Part("", rules.total(context.chain, offer, token), column="total"),
        *(
            Part("", text, name)
            for name, text in offers.describe(context.chain, offer, token).items()
        ),
        Part("sold", row.sold, "sold" if offer.supply else ""),
    ]


OFFER = Kind(
    _parts,
    ("offer", "model", "version", "total", "state", "seller"),
    lambda context, row: (
        None if row.obstacle(context.now) else f"daimm quote 0x{row.offer_id.hex()}"
    ),
)


@app.command(
    "open",
    "daimm offer open 3 --price 12 --supply 100",
    "daimm offer open 3 --price 10 --falls-to 4 --half-life 2d --rises 3%",
)
def open_(
    context: Context,
    model: Model,
    terms: OfferOptions,
    version: int | None = option("Version to sell; default the newest.", min=1),
) -> None:
    """Open an offer for a version of yours."""
    terms.require_price()
    require_owner(context.chain, model, context.me.address)
    row = _version(context, model, version)
    base = offers.draft(
        context.me.address,
        token=context.chain.aim,
        model=model,
        version=row.version,
        line=row.details.line,
    )
    payout, account = splits.paid(context, row, base.payout)
    base = dataclasses.replace(base, payout=payout, payout_account=account)
    _open(context, row, *terms.apply(context, base))


@app.command("replace", "daimm offer replace 0x7be2a004 --price 15")
def replace(context: Context, offer: Offered, terms: OfferOptions) -> None:
    """Close an offer and open one with other terms.

    Both happen in one transaction. What you don't say stays as it is; orders under the old offer
    keep the old terms.
    """
    old = _own(context, offer).offer
    row = _version(context, old.model, old.version)
    fresh = dataclasses.replace(old, salt=secrets.token_bytes(32))
    made, words = terms.apply(context, fresh)
    if made == fresh:
        raise DaimmError("Nothing would change: say a new term, for example --price 15.")
    _open(context, row, made, words, instead=old)


@app.command("show", "daimm offer show 0x7be2a004")
def show(context: Context, offer: Offered) -> None:
    """Show an offer's terms and whether it sells."""
    token = context.chain.token(offer.offer.token)  # it may have changed its decimals
    OFFER.show(context, offer)
    if picture := rules.drawn(context.chain, offer.offer, token, context.now):
        output.say(picture)


@app.command("list", "daimm offer list", "daimm offer list --mine --all --json")
def list_(
    context: Context,
    model: int | None = option("Only this model's.", min=1),
    mine: bool = flag("Only your own.", "--mine"),
    every: bool = flag("Closed ones and such too.", "--all"),
) -> None:
    """List what can be bought, newest first."""
    from daimm_cli.index.index import LIMIT

    seller = context.me.address if mine else None
    found = context.index.offers(model=model, seller=seller, open_only=not every)
    rows = [row for row in found if every or row.obstacle(context.now) is None]
    if len(found) == LIMIT:
        output.say(f"The newest {LIMIT:,} were looked through: choose with --model or --mine.")
    if mine:
        context.told_of_former(
            lambda other: len(other.index.offers(seller=seller, open_only=True)),
            *("open offer", "daimm offer list --mine --all"),
        )
    context.chain.tokens({row.offer.token for row in rows})
    OFFER.list(context, rows, empty="No offers yet." if every else "Nothing is for sale.")


@app.command("carry", "daimm offer carry")
def carry(context: Context) -> None:
    """Carry your listings on from a former market: open them here, close them there.

    The terms stay as they are; of a limited supply, what is left. Each market takes one
    transaction for 100 listings. What was cut off goes on, nothing is opened twice. Orders and
    licences stay where they were bought; who renews one there needs an open offer there.
    """
    carried, left, sent = [], [], []
    for plan in library.plans(context):
        for row, reason in plan.left:
            left.append({"offer": row.offer_id, "reason": reason})
            output.say(f"Offer 0x{row.offer_id.hex()} stays where it is: {reason}")
        for each in plan.listings:
            new = context.chain.offer_id(each.terms)
            carried.append({"from": each.row.offer_id, "offer": new})
            serves = {each.terms.arbitrator, each.terms.rule} - {ZERO_ADDRESS}
            for contract in sorted(serves):
                output.say(
                    f"Offer 0x{new.hex()} relies on {contract}: see that it serves this market."
                )
        sent += library.carry(context, plan)
    text = "\n".join(f"0x{each['from'].hex()} is now 0x{each['offer'].hex()}" for each in carried)
    data = {
        "carried": carried,
        "left": left,
        "transactions": [receipt.hash for receipt in sent],
        "gas": sum(receipt.gas_used for receipt in sent),
    }
    context.emit(data, text or "Nothing is left to carry on.")


def _own(context: Context, row: OfferRow) -> OfferRow:
    """The offer, which must be open and the account's."""
    if row.offer.seller != context.me.address:
        raise ChainRefused(
            f"The offer is {row.offer.seller}'s, not {context.me.address}'s: choose the seller's "
            "account."
        )
    if not context.chain.is_open(row.offer_id):
        raise ChainRefused("The offer is closed already: open a new one with `daimm offer open`.")
    return row


@verb(app, "daimm offer close 0x7be2a004", done="Offer {offer} is closed.")
def close(context: Context, offer: Offered) -> Act:
    """End purchases under an offer.

    Open orders go on. An offer with the same terms and salt can't be opened again.
    """
    call = context.chain.deployed.market.close_offer(_own(context, offer).offer)
    return Act(call, {"offer": offer.offer_id})


def _version(context: Context, model: int, version: int | None) -> VersionRow:
    rows = context.index.versions(model, version=version)
    if not rows:
        raise DaimmError(
            f"Model {model} has no version {version}.", hint=f"daimm model show {model}"
        )
    if rows[0].convicted:
        raise ChainRefused(
            f"The content of version {rows[0].version} was proven wrong: sell another."
        )
    if rows[0].retired:
        raise ChainRefused(f"Version {rows[0].version} of model {model} is retired: sell another.")
    return rows[0]


def _open(
    context: Context,
    row: VersionRow,
    made: Offer,
    words: Mapping[str, str],
    instead: Offer | None = None,
) -> None:
    output.say(output.fields(words))
    warn_about(context, made)
    details, parents = row.details, row.parents
    lineage.clear(
        context, row.model, row.version, details, parents, splits.read_table(context, row)
    )
    opened = context.chain.open_offer(context.account, made, details, parents, instead=instead)
    ident = f"0x{opened.offer_id.hex()}"
    text = output.fields({"offer": ident, "transaction": f"0x{opened.sent.hash.hex()}"})
    done(context, opened.sent, text, {"offer": opened.offer_id, "terms": opened.offer.to_json()})
    private = context.chain.book.rules.get(made.rule) == "Vouchers" and is_private(made)
    sign = f"daimm voucher sign {ident} --discount 20%"
    context.next(sign if private else f"daimm buy {ident} (as a buyer)")
