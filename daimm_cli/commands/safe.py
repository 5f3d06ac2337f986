"""`daimm safe`: the Safe that acts, and what its owners sign for each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from daimm_cli.accounts.safe.safe import Safe, SafeTx
from daimm_cli.accounts.safe.safe_account import Proposal, SafeCall
from daimm_cli.base.errors import ChainRefused, DaimmError, VerificationFailed
from daimm_cli.chain.node import Call
from daimm_cli.cli import output
from daimm_cli.cli.context import Context
from daimm_cli.cli.frame import App, argument, flag
from daimm_cli.cli.verbs import Kind, Part
from daimm_cli.market.calls import explain
from daimm_cli.session import proposals

app = App()

File = Annotated[Path, argument("What an owner handed over.")]
ANY_CALL = flag("Also a call that daimm does not know. It can do anything.", "--any-call")


def _parts(context: Context, safe: Safe) -> list[Part]:
    here = {wallet.address for wallet in context.owners}
    threshold = f"{safe.threshold} of {len(safe.owners)} owners"
    guard = safe.guard and f"{safe.guard} may refuse transactions"
    checked = f"checked by {safe.handler}" if safe.handler else "nobody can check them"
    return [
        Part("address", safe.address, "Safe"),
        Part("chain_id", safe.chain_id),
        Part("version", safe.version, "version"),
        Part("owners", safe.owners),
        Part("threshold", safe.threshold, "threshold", text=threshold),
        Part("nonce", safe.nonce, "nonce"),
        *(
            Part("", owner + (", here" if owner in here else ""), f"owner {number}")
            for number, owner in enumerate(safe.owners, 1)
        ),
        Part("handler", safe.handler, "signatures", text=checked),
        Part("guard", safe.guard, "guard", text=guard),
        Part("modules", safe.modules),
        *(Part("", f"{module} acts without the owners", "module") for module in safe.modules),
    ]


SAFE = Kind(_parts)


@app.command("show", "daimm safe show")
def show(context: Context) -> None:
    """Show the Safe: owners, threshold, nonce, and what can act or refuse beside the owners."""
    SAFE.show(context, _safe(context))


@app.command("sign", "daimm safe sign 0x3f9a61c2.json")
def sign(context: Context, file: File, any_call: bool = ANY_CALL) -> None:
    """Sign what another owner handed over, after showing what it does.

    Your signature goes into the file; give it back, or send it if it is enough. What is for another
    Safe or chain, a delegatecall, or a refund for gas is refused.
    """
    safe = _safe(context)
    proposal = proposals.read(file, safe)
    _require_current(proposal)
    if not proposal.missing:
        raise ChainRefused(f"{file} has enough signatures already.", hint=f"daimm safe send {file}")
    _show(context, proposal, any_call)
    context.console.confirm(f"Sign this for the Safe {safe.address}?")
    signed = proposal.signed_by(context.owners)
    if signed.signatures.keys() == proposal.signatures.keys():
        raise ChainRefused(f"All owners whose accounts are here have signed {file}: ask another.")
    proposals.write(file, signed)
    added = [owner for owner in signed.signatures if owner not in proposal.signatures]
    data = {"file": file, "signed": added, "missing": signed.missing}
    context.emit(data, f"{file} is signed; {_missing(signed)}.")
    context.next(f"daimm safe {'sign' if signed.missing else 'send'} {file}")


@app.command("send", "daimm safe send 0x3f9a61c2.json")
def send(context: Context, file: File, any_call: bool = ANY_CALL) -> None:
    """Carry out what enough owners have signed.

    A transaction is sent from your account, which pays the gas. A signature for a manifest is kept:
    run the publishing again, and it goes on.
    """
    safe = _safe(context)
    proposal = proposals.read(file, safe)
    _require_current(proposal, now=True)
    if proposal.missing:
        raise ChainRefused(
            f"{file} lacks signatures: {_missing(proposal)}.", hint=f"daimm safe sign {file}"
        )
    tx = proposal.content
    if not isinstance(tx, SafeTx):
        kept = proposals.keep(context.config.ensure_home(), proposal)
        context.emit({"file": kept}, "The manifest's signature is complete.")
        context.next("run the publishing again")
        return
    _show(context, proposal, any_call)
    node = context.chain.node
    node.simulate(Call(tx.to, tx.data, "do this", tx.value), safe.address)
    sent = node.send(SafeCall.of(proposal, "carry out the Safe's transaction"), context.owners[0])
    context.emit(
        {"transaction": sent.hash, "gas": sent.gas_used, "nonce": tx.nonce},
        f"Transaction {tx.nonce} of the Safe is carried out.",
    )


def _safe(context: Context) -> Safe:
    if context.config.profile.safe is None:
        raise DaimmError(
            "No Safe is named: put its address as `safe` into the profile in config.toml, or into "
            "DAIMM_SAFE."
        )
    return Safe.at(context.chain.node, context.config.profile.safe)


def _require_current(proposal: Proposal, *, now: bool = False) -> None:
    tx, nonce = proposal.content, proposal.safe.nonce
    if not isinstance(tx, SafeTx):
        return
    where = f"This is transaction {tx.nonce} of the Safe, which is at {nonce}"
    if tx.nonce < nonce:
        raise ChainRefused(
            f"{where}: it was carried out, or another took its place. Run the command that made it "
            "again."
        )
    if now and tx.nonce > nonce:
        raise ChainRefused(f"{where}: send those before it first.")


def _show(context: Context, proposal: Proposal, any_call: bool) -> None:
    """Say what it does; raise where that is not known and was not allowed."""
    tx, safe = proposal.content, proposal.safe
    if not isinstance(tx, SafeTx):
        body = proposals.manifest_of(proposal)
        if body.registry_address != context.chain.book.address("ModelRegistry"):
            raise VerificationFailed("The manifest is for another registry: don't sign it.")
        shown = {
            "sign as seller": safe.address,
            "name": body.name,
            "version": body.version,
            "description": body.description,
            "licence": body.terms.shown,
            "files": ", ".join(f"{file.name} ({file.size:,} bytes)" for file in body.files[:8]),
            "plaintext root": body.artifact.plaintext_root,
        }
        output.say(output.fields(shown))
        return
    actions = explain(context.chain, safe.address, tx.to, tx.value, tx.data)
    output.say(f"Transaction {tx.nonce} of the Safe {safe.address}; {_missing(proposal)}.")
    for action in actions:
        does = action.does[:1].upper() + action.does[1:]
        output.say("\n".join(filter(None, [does, output.fields(action.facts)])))
    if not any_call and not all(action.known for action in actions):
        raise VerificationFailed(
            "daimm does not know all of what this does: it could take anything that the Safe has. "
            "Refuse it; only if you know better, repeat with --any-call."
        )


def _missing(proposal: Proposal) -> str:
    have = proposal.safe.threshold - proposal.missing
    return f"{have} of {proposal.safe.threshold} signatures are there"
