"""`daimm admin`: who may do what with a market in force, and doing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

from daimm_cli.base.text import parse_amount, parse_duration, roughly, time_shown
from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.structs import Bps
from daimm_cli.bindings.values import checksummed
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, option
from daimm_cli.cli.verbs import done
from daimm_cli.governance import files, operators
from daimm_cli.market.describe import basis_points
from daimm_cli.market.offers import token_address
from daimm_cli.quote import powers

app = App()

Issuer = Annotated[str, argument("The contract's address.", "ADDRESS")]
Token = Annotated[str, argument("AIM or a token's address.")]
PROPOSAL: Path = option(
    "New file for the proposal, where it takes one.",
    "FILE",
    *("--output", "-o"),
    default=Path("proposal.yaml"),
)


@app.command("show", "daimm admin show")
def show(context: Context) -> None:
    """Show who has which power, what tokens ask, who issues licences, and any stop."""
    chain, index, ask = context.chain, context.index, context.chain.node.view
    it = powers.read(chain, index, chain.policy(chain.aim).fee, context.now)
    names = chain.book.names
    known = chain.tokens(dict.fromkeys([chain.aim, *index.tokens()]))
    held = [
        {
            "power": power,
            "role": powers.role_of(it, power),
            "who": _named(powers.holders_of(it, power), names),
            "can": can,
            "cannot": cannot,
        }
        for power, (can, cannot) in _powers(it).items()
        if power in {"admin", *it.functions}
    ]
    policies = {token: chain.policy(token) for token in known}
    tokens = [
        {
            "token": token,
            "symbol": known[token].symbol,
            "allowed": allowed,
            "fee": fee,
            "max_delivery_fee": str(cap),
        }
        for token, (allowed, fee, cap) in policies.items()
    ]
    issuers = [
        {"issuer": issuer, "name": names.get(issuer), "issues": ask(may)}
        for issuer in dict.fromkeys([chain.market, *index.issuers()])
        if (may := chain.deployed.licenses.is_issuer(issuer))
    ]
    stopped = it.stopped_until if it.stopped_until >= context.now else None
    if context.as_json:
        told = {"powers": held, "tokens": tokens, "issuers": issuers, "stopped_until": stopped}
        context.emit(told)
        return
    output.table([*held[0]], [[*row.values()] for row in held])
    rows = [
        [known[token].symbol, allowed, f"{fee / 100:g}%", known[token].shown(cap), token]
        for token, (allowed, fee, cap) in policies.items()
    ]
    output.table(["token", "allowed", "fee", "delivery at most", "address"], rows)
    output.table([*issuers[0]], [[*row.values()] for row in issuers])
    if stopped:
        output.say(f"New listings and purchases are stopped until {time_shown(stopped)}.")


def _named(text: str, names: Mapping[str, str]) -> str:
    """With the names of contracts before their addresses."""
    for address, name in names.items():
        text = text.replace(address, f"{name} {address}")
    return text


def _powers(it: powers.Governance) -> dict[str, tuple[str, str]]:
    """What each power reaches, and what it does not."""
    fee, most, pause = it.protocol_fee_cap / 100, roughly(it.stop_cap), roughly(it.stop_pause)
    tokens = f"allow and refuse payment tokens; set what later sales pay, up to {fee:g}%"
    stopping = f"stop new listings and purchases, {most} at most and then not for {pause}"
    return {
        "admin": ("give and take these powers, or replace the authority", "move money"),
        "set token": (tokens, "refuse AIM, change what was bought or is owed"),
        "set issuer": ("let a contract give licences, or no longer", "take back licences"),
        "stop": (stopping, "stop deliveries, refunds, settlements or withdrawals"),
        "set rates": (
            "choose what rebates give of later claims, 80% of the fee at most",
            "touch fees",
        ),
        "take back": ("take back AIM from the rebates' budget", "take what was credited"),
        "resume": ("end a stop", f"shorten the {pause} until the next"),
    }


@app.command("stop", "daimm admin stop 3d")
def stop(
    context: Context,
    time: Annotated[str, argument("How long, like 3d.")],
    target: Path = PROPOSAL,
) -> None:
    """Stop new listings and purchases for a while; for the guardian.

    At most 14 days, and not again until 30 days after they end. Deliveries, refunds, settlements
    and withdrawals go on.
    """
    call = context.chain.deployed.market.stop_new_business(parse_duration(time))
    _act(context, call, f"New listings and purchases are stopped for {time}.", target)


@app.command("resume", "daimm admin resume")
def resume(context: Context, target: Path = PROPOSAL) -> None:
    """End a stop early; for governance."""
    call = context.chain.deployed.market.resume_new_business()
    _act(context, call, "New listings and purchases go on.", target)


@app.command("allow-token", "daimm admin allow-token AIM --fee 0.5 --delivery-cap 20")
def allow_token(
    context: Context,
    token: Token,
    fee: str | None = option("Protocol's share of later sales; default as it is.", "PERCENT"),
    delivery_cap: str | None = option(
        "Most that later offers may ask for a delivery; default as it is.", "AMOUNT"
    ),
    target: Path = PROPOSAL,
) -> None:
    """Allow a payment token, or change what sales in it pay; for governance.

    Later purchases pay the new share, earlier ones what they agreed to. A token is only as good as
    its issuer: what can be seen of it is checked first.
    """
    chain, address = context.chain, token_address(context.chain, token)
    weighed = [] if address == chain.aim else [*operators.weighed_token(chain, address)]
    known, policy = chain.token(address), chain.policy(address)
    share = policy.fee if fee is None else Bps(basis_points(fee, 10_000, "share"))
    cap = policy.max_delivery_fee
    if delivery_cap is not None:
        cap = parse_amount(delivery_cap, known.decimals, known.symbol)
    terms = f"{share / 100:g}% of a sale, and {known.shown(cap)} at most for a delivery"
    weighed.append(f"Its terms are to be {terms}.")
    call = chain.deployed.market.set_token(address, True, share, cap)
    _act(context, call, f"{known.symbol} ({address}) is allowed: {terms}.", target, weighed)


@app.command("refuse-token", "daimm admin refuse-token 0x3Aa5ebB10DC797CAC828524e59A333d0A371443c")
def refuse_token(context: Context, token: Token, target: Path = PROPOSAL) -> None:
    """Refuse a payment token for later purchases; for governance.

    Orders that were paid in it are delivered, refunded and withdrawn as before. AIM stays.
    """
    address = token_address(context.chain, token)
    fee, cap = context.chain.policy(address)[1:]
    call = context.chain.deployed.market.set_token(address, False, fee, cap)
    _act(context, call, f"{address} is refused for later purchases.", target)


@app.command("add-issuer", "daimm admin add-issuer 0x5FC8d32690cc91D4c39d9d3abcBD16989F875707")
def add_issuer(context: Context, issuer: Issuer, target: Path = PROPOSAL) -> None:
    """Let a contract issue licences, a new market above all; for governance.

    It can give licences of every model to anybody, and nobody can take those back.
    """
    address = checksummed(issuer, "issuer")
    call = context.chain.deployed.licenses.set_issuer(address, True)
    weighed = operators.weighed_issuer(context.chain, address)
    _act(context, call, f"{address} issues licences.", target, weighed)


@app.command(
    "remove-issuer", "daimm admin remove-issuer 0x5FC8d32690cc91D4c39d9d3abcBD16989F875707"
)
def remove_issuer(context: Context, issuer: Issuer, target: Path = PROPOSAL) -> None:
    """Let a contract issue no more licences; for governance.

    What it issued stays, and it ends what it began: orders are delivered, settled and refunded.
    """
    address = checksummed(issuer, "issuer")
    call = context.chain.deployed.licenses.set_issuer(address, False)
    ends = ["Nothing can be bought on this market then."] if address == context.chain.market else []
    _act(context, call, f"{address} issues no more licences.", target, ends)


def _act(
    context: Context, call: Call, text: str, target: Path, weighed: Iterable[str] = ()
) -> None:
    """Make the call, or write the proposal that the timelock make it. weighed: said before."""
    for sentence in weighed:
        output.say(sentence)
    if operators.maker(context, call) == context.asker:
        done(context, context.node.send(call, context.account), text, {"call": call.doing})
        return
    title = call.doing[0].upper() + call.doing[1:]
    files.write(target, title, text, [call], context.book)
    told = {"call": call.doing, "proposal": target}
    context.emit(told, f"Only the timelock may: the proposal is in {target}.")
    context.next(f"daimm dao propose {target}")
