"""What a seller says of a version and of an offer: options that several commands share."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import parse_amount, parse_duration, sanitise
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import MAX_VERSION, Offer, Parent
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import argument, option, seconds
from daimm_cli.cli.output import say
from daimm_cli.market import money, offers, rules
from daimm_cli.market.attesting import Stake

if TYPE_CHECKING:
    from daimm_cli.manifest.fields import Described
    from daimm_cli.market.sealing import Material

Model = Annotated[int, argument("The model's number.", "MODEL", min=1, max=2**32 - 1)]

CONFIRMATIONS = option(
    "Blocks that the payment must have; default 1 on local chains, else 12.",
    "BLOCKS",
    min=1,
    max=128,
)

VOUCHER: Any = option(
    "A voucher of the seller's: its text, a link that ends in it, or its file; again for each.",
    "FILE|TEXT",
)


@dataclass
class OpeningOptions:
    """Where what is opened goes."""

    target: Path | None = option("Where to write the model or pack.", "FILE", "--output", "-o")
    unpack: Path | None = option("New folder for the model's files.", "FOLDER")

    @property
    def place(self) -> Path | None:
        """The one that was named; raises DaimmError for both."""
        if self.target and self.unpack:
            raise DaimmError("Choose --output for one file or --unpack for a folder, not both.")
        return self.unpack or self.target


@dataclass
class StakeOptions:
    """Of which version a measurement is, and on what terms somebody stakes on it."""

    version: int = option("The version.", min=1, max=MAX_VERSION, default=1)
    token: str = option("AIM or a token's address.", "TOKEN", default="AIM")
    expires: int = option(
        "For how long it is to stand; 0 for ever.", "TIME", default="0", parser=seconds
    )
    arbitrator: str | None = option(
        "The contract of claims that judges; default the first of the market.", "ADDRESS"
    )

    @property
    def named(self) -> bool:
        """Whether any of the terms is."""
        return bool(self.expires or self.arbitrator or self.token != Stake.token)

    def of(self, amount: str) -> Stake:
        return Stake(amount, self.token, self.expires, self.arbitrator)


@dataclass
class DescriptionOptions:
    """What the seller says of a version; the card answers for what is left out."""

    card: Path | None = option(
        "Model card, as Hugging Face has them; default a README.md among the files.", "FILE"
    )
    name: str | None = option("The model's name; default from the card.", "TEXT")
    summary: str | None = option("A sentence or two; default from the card.", "TEXT")
    version: str | None = option(
        "What people call this version, like 1.2.0.", "TEXT", "--version-name"
    )
    license: str | None = option(
        "SPDX expression or LicenseRef-...; default the card's.", "LICENCE", "--license"
    )
    use: str | None = option(
        "any, non-commercial, research or evaluation; default as the licence says.", "USE"
    )
    redistribution: str | None = option(
        "forbidden, same-terms or free; default as the licence says.", "RULE"
    )
    derivatives: str | None = option(
        "forbidden, same-terms or free; default as the licence says.", "RULE"
    )
    derivative_share: str | None = option(
        "Your share of what derivatives earn; default 0.", "PERCENT"
    )
    text: str | None = option("Where the licence's text is.", "URL", "--terms-url")
    parent: list[str] | None = option(
        "What it was made from, like 3:1:fine-tune; again for each.", "MODEL:VERSION:HOW"
    )

    def describe(self, material: Material) -> Described:
        """The description; raises DaimmError for what cannot be read. Without --card, a README.md
        among the files is the card, as on the hub."""
        from daimm_cli.manifest import card
        from daimm_cli.market.describe import basis_points, describe

        said = {name: value for name, value in vars(self).items() if name not in ("card", "parent")}
        if self.derivative_share is not None:
            said["derivative_share"] = str(basis_points(self.derivative_share, 10_000, "share"))
        beside = [entry.path for entry in material.entries if entry.name.lower() == "readme.md"]
        found = self.card or next(iter(beside), None)
        if found is not self.card:
            say(f"{found} is taken as the model card.")
        parsed = None if found is None else card.read(found)
        return describe(material, parsed, said)

    @property
    def parents(self) -> tuple[Parent, ...]:
        """What it was made from; raises DaimmError for what is no parent."""
        from daimm_cli.market.describe import parse_parents

        return parse_parents(self.parent or [])


@dataclass
class OfferOptions:
    """An offer's terms, each by its name there; None keeps the default or the old offer's."""

    price: str | None = option("What a licence costs.", "AMOUNT")
    token: str | None = option("Payment token: AIM (default) or an address.", "TOKEN")
    falls_to: str | None = option(
        "What the price falls to with time; none is not at all.", "AMOUNT"
    )
    half_life: str | None = option("Time in which half of what is above that goes.", "TIME")
    rises: str | None = option("By how much each sale raises the price, like 3%.", "PERCENT")
    rises_to: str | None = option("What no sale raises it above; default no limit.", "AMOUNT")
    starts: str | None = option("Time from now until it begins to fall; default 0.", "TIME")
    referral: str | None = option(
        "Share of the price for whom a buyer names as referrer, at most 50.", "PERCENT"
    )
    vouchers: bool | None = option("Whether it takes vouchers that you sign; default no.")
    private: bool | None = option("Whether nobody buys without a voucher; default no.")
    signer: str | None = option("Who signs its vouchers; default you.", "ADDRESS")
    delivery_fee: str | None = option(
        "What the buyer pays on top to whoever delivers; default 0.", "AMOUNT"
    )
    last_version: str | None = option(
        "Last version that a licence reaches, or all (on the same key line); default this one.",
        "VERSION",
        "--through",
    )
    duration: str | None = option(
        "Time of access from delivery, like 30d; none, the default, is for ever.", "TIME"
    )
    delivery_time: str | None = option(
        "Time you take to deliver; default 1d.", "TIME", "--deliver-within"
    )
    grace_period: str | None = option(
        "Time after that until the buyer can be refunded; default 2h.", "TIME", "--grace"
    )
    inspection: str | None = option(
        "Time that the buyer may inspect before you are paid; default 0.", "TIME"
    )
    arbitrator: str | None = option(
        "Who may hold the price during the inspection and rule; default none.", "ADDRESS"
    )
    supply: str | None = option(
        "How many licences are sold; none, the default, is without limit.", "NUMBER"
    )
    expires_at: str | None = option(
        "Time from now until the offer ends; none, the default, is never.", "TIME", "--expires"
    )
    payout: str | None = option("Who is paid; default you.", "ADDRESS")
    transferable: bool | None = option("Whether buyers may resell; default yes.")

    def require_price(self) -> None:
        """Raise DaimmError where no price was said."""
        if self.price is None:
            raise DaimmError("Say what a licence costs with --price, for example --price 10.")

    def apply(self, context: Context, offer: Offer) -> tuple[Offer, dict[str, str]]:
        """The offer with these terms, and its terms in words.

        Raises DaimmError for what cannot be read, ChainRefused where it cannot be opened now.
        """
        chain, now = context.chain, context.now
        token = offer.token if self.token is None else offers.token_address(chain, self.token)
        offers.require_token(chain, token)
        known = chain.token(token)
        if not known.told:
            raise DaimmError(
                f"The token {token} does not tell its decimals, so no price in it can be read: "
                "choose another."
            )
        if token != offer.token and self.price is None and offer.price:
            raise DaimmError("Say the price in the new token with --price.")

        def amount(text: str) -> int:
            read = parse_amount(text, known.decimals, known.symbol)
            if read >= 1 << 128:
                raise DaimmError(f"'{sanitise(text, 40)}' is more than an offer can ask: ask less.")
            return read

        readers: dict[str, Callable[[Any], Any]] = {
            "price": amount,
            "token": lambda _: token,
            "delivery_fee": amount,
            "last_version": _last_version,
            **dict.fromkeys(("delivery_time", "grace_period", "inspection"), parse_duration),
            "duration": lambda text: limit("duration", text, parse_duration),
            "arbitrator": lambda text: checksummed(text, "arbitrator"),
            "supply": lambda text: limit("supply", text, _count),
            "expires_at": lambda text: (
                (span := limit("expires", text, parse_duration)) and now + span
            ),
            "payout": lambda text: checksummed(text, "payout"),
            "transferable": bool,
        }
        said = {name: text for name, text in vars(self).items() if text is not None}
        ruled = {name: said.pop(name) for name in rules.SAID if name in said}
        made = dataclasses.replace(offer, **{n: readers[n](text) for n, text in said.items()})
        if said or ruled:
            made = rules.applied(chain, made, ruled, amount, now)
        fee = offers.check(chain, made, now)
        money.require_ether(context)
        return made, offers.describe(chain, made, known, fee)


def warn_about(context: Context, offer: Offer) -> None:
    """Say how the price goes, where nobody pays, and where the delivery time is over before a
    purchase is final."""
    from daimm_cli.keeper.settings import load
    from daimm_cli.market.wait import depth_of

    if picture := rules.drawn(context.chain, offer, context.chain.token(offer.token), context.now):
        say(picture)
    if rules.lowest(context.chain, offer) == 0 < offer.price:
        say("Careful. The price falls to nothing: in the end anybody gets the key for gas alone.")
    if offer.price == 0:
        say("Careful. This offer is free: anybody gets the key without paying, for gas alone.")
    chosen = load(context.config.keeper, context.environment).finality
    if warning := offers.haste(context.chain, offer, chosen or depth_of(context.chain, None)):
        say(f"Careful. {warning}")


def _last_version(text: str) -> int:
    if text == "all":
        return MAX_VERSION
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text, re.ASCII):
        raise DaimmError(f"'{sanitise(text, 20)}' is no version: give a number, or all.")
    return int(text)


def limit(option: str, text: str, read: Callable[[str], int]) -> int:
    """A limit, which contracts have as 0 where there is none."""
    if text == "none":
        return 0
    if not (found := read(text)):
        raise DaimmError(f"--{option} cannot be 0: leave it out, or say none, for no limit.")
    return found


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or int(text) >= 1 << 32:
        raise DaimmError(
            f"--supply cannot be '{sanitise(text, 20)}': give a whole number below 2^32."
        )
    return int(text)
