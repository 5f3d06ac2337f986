"""`daimm balance`, `daimm withdraw`, `daimm faucet`."""

from __future__ import annotations

from daimm_cli.base.errors import DaimmError
from daimm_cli.base.text import ether
from daimm_cli.bindings.values import checksummed
from daimm_cli.chain.terms import ZERO_WORD
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, option
from daimm_cli.cli.verbs import done
from daimm_cli.index.rows import Credit
from daimm_cli.market import money, splits
from daimm_cli.market.offers import token_address

app = App()


@app.command("balance", "daimm balance --account seller")
def balance(context: Context) -> None:
    """Show what an account has, and what the market and the contracts beside it owe it."""
    me = context.me.address
    held = money.holdings(context)
    owed, ether_owed = money.owed(context), money.owed_ether(context)
    if len(context.index.credits(me)) > money.MOST_ASKED:
        output.say(f"Of all credits the largest {money.MOST_ASKED} are looked at.")
    shared = [it for it in splits.undistributed(context) if it.of(me)]
    context.told_of_former(lambda other: len(money.owed(other)), "credit", "daimm balance")
    tokens = {c.token for c in (*owed, *(it.credit for it in shared))}
    context.chain.tokens({*tokens, *filter(None, held)})
    if context.as_json:
        due = [{"account": c.account, **_told(c)} for c in owed]
        balances = [{"token": token, "amount": str(amount)} for token, amount in held.items()]
        waiting = [
            {"model": it.row.model, **_told(it.credit), "amount": str(it.of(me))} for it in shared
        ]
        of = [{"contract": name, "amount": str(amount)} for name, amount in ether_owed.items()]
        told = {"address": me, "balances": balances, "owed": due, "shared": waiting, "ether": of}
        context.emit(told)
        return
    rows = [["has", _amount(context, *it), it[0] or "for gas"] for it in held.items()]
    for credit in owed:
        where = credit.token if credit.account == ZERO_WORD else f"account 0x{credit.account.hex()}"
        what = "is owed" if credit.ledger == "Market" else f"is owed by {credit.ledger}"
        rows.append([what, _amount(context, credit.token, credit.amount), where])
    for name, wei in ether_owed.items():
        command = "court" if name.startswith("Court") else "claim"
        rows.append([f"is owed by {name}", ether(wei), f"by daimm {command} withdraw"])
    for it in shared:
        amount = _amount(context, it.credit.token, it.of(me))
        rows.append(["waits to be shared", amount, f"model {it.row.model}"])
    output.table(["what", "amount", "token"], rows, title=f"{context.me.alias} {me}")
    if shared or owed:
        context.next("daimm distribute" if shared else "daimm withdraw")


@app.command("withdraw", "daimm withdraw --account seller")
def withdraw(
    context: Context,
    to: str | None = option("Who receives it; default you.", "ADDRESS"),
    token: str | None = option("Only this token: AIM or an address.", "TOKEN"),
) -> None:
    """Collect what the market and the contracts beside it owe you.

    Sales, rents, refunds, delivery fees, rewards, rebates and returned stakes, in all tokens and
    accounts, in one transaction for each contract, and for each token of bonds; of more than 100
    credits the largest. A token that refuses is left out and named.
    """
    receiver = context.me.address if to is None else checksummed(to, "receiver")
    wanted = None if token is None else token_address(context.chain, token)
    owed = [credit for credit in money.owed(context) if wanted in (None, credit.token)]
    due, refused = money.collectable(context, money.portion(owed), receiver)
    amounts = [_amount(context, credit.token, credit.amount) for credit in due]
    if due:
        money.require_ether(context)
        output.say(f"Withdraw {', '.join(amounts)} to {receiver}.")
    sent, paid = money.withdraw(context, due, receiver)
    amounts = [_amount(context, credit.token, credit.amount) for credit in paid]
    data = {
        "to": receiver,
        "amounts": [_told(credit) for credit in paid],
        "transaction": sent[0].hash,
        "transactions": [receipt.hash for receipt in sent],
        "gas": sum(receipt.gas_used for receipt in sent),
        "refused": [_told(credit) for credit, _ in refused],
    }
    context.emit(data, f"Withdrew {', '.join(amounts)} to {receiver}.")
    for credit, reason in refused:
        shown = _amount(context, credit.token, credit.amount)
        output.say(f"{shown} stay: the token {credit.token} refused. {reason}")
    if left := len(owed) - len(due) - len(refused):
        output.say(f"{left} smaller credits are left: run it again for them.")


@app.command("distribute", "daimm distribute", "daimm distribute --model 7")
def distribute(
    context: Context,
    model: int | None = option("This model's versions, whoever you are.", "MODEL", min=1),
) -> None:
    """Pass on what versions earned for several: yours, and those made from yours.

    A version that was made from another and owes that one's owner a share is paid into a table of
    shares. This credits each row of it, and each payee can withdraw. Anybody may do it.
    """
    money.require_ether(context)
    passed = splits.distribute(context, model)
    data = [
        {
            "model": it.row.model,
            "version": it.row.version,
            **_told(it.credit),
            "transaction": sent.hash,
            "gas": sent.gas_used,
        }
        for it, sent in passed
    ]
    lines = [
        f"{_amount(context, it.credit.token, it.credit.amount)} of model {it.row.model}: "
        f"{splits.words(it.table)}."
        for it, _ in passed
    ]
    context.emit(data, "\n".join(lines) or "There is nothing to distribute.")
    if passed:
        context.next("daimm balance")


@app.command("faucet", "daimm faucet --account buyer")
def faucet(context: Context) -> None:
    """Get test tokens on a test network."""
    chain, me = context.chain, context.me.address
    if "Faucet" not in chain.book.contracts:
        raise DaimmError(f"Chain {chain.node.chain_id} has no faucet: its AIM is for real.")
    money.require_ether(context)
    before = chain.balance(chain.aim, me)
    sent = chain.node.send(chain.deployed.faucet.drip(), context.account)
    got = chain.balance(chain.aim, me) - before
    text = f"{me} got {_amount(context, chain.aim, got)}."
    done(context, sent, text, {"address": me, "amount": str(got)})


def _told(credit: Credit) -> dict[str, object]:
    return {"token": credit.token, "amount": str(credit.amount), "ledger": credit.ledger}


def _amount(context: Context, token: str | None, amount: int) -> str:
    if token is None:
        return ether(amount)
    return context.chain.tokens([token])[token].shown(amount)
