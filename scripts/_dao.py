"""Governance with Ape's connection and account; `daimm dao` does the same, and shows more.

scripts/dao.py and scripts/propose.py are what Ape finds: docs/governance.md has both.
"""

from __future__ import annotations

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.daimm_governor import DaimmGovernor
from daimm_cli.governance import ballots, proposals, record
from daimm_cli.governance.simulation import simulated
from scripts import _ape

_proposal = click.argument("proposal")


@click.group()
def dao() -> None:
    """Propose, vote, queue, execute."""


@dao.command(cls=ConnectedProviderCommand)
@click.argument("file", type=Path)
def propose(file: Path) -> None:
    """Propose the calls of a file, after each was tried."""
    with _ape.in_sentences():
        chain = _ape.session().chain
        made = proposals.read(file, chain, _ape.signer().address)
        for effect in simulated(chain, made):
            print(effect.target, *effect.actions, *(effect.events or ()), sep="\n  ")
        _send(made.proposing(chain.deployed.governor))
        print(f"Next: .venv/bin/ape run dao vote 0x{made.id:064x} for --network {_ape.network()}")


@dao.command(cls=ConnectedProviderCommand)
@_proposal
@click.argument("choice", type=click.Choice(record.CHOICES))
@click.option("--reason", default="")
def vote(proposal: str, choice: str, reason: str) -> None:
    """Vote on a proposal."""
    with _ape.in_sentences():
        governor, one = _found(proposal)
        support = record.CHOICES.index(choice)
        _send(ballots.vote(governor, one.row.proposal_id, support, reason))


@dao.command(cls=ConnectedProviderCommand)
@_proposal
def queue(proposal: str) -> None:
    """Put what was accepted into the timelock."""
    with _ape.in_sentences():
        governor, one = _found(proposal)
        _send(governor.queue(*one.proposal.content))


@dao.command(cls=ConnectedProviderCommand)
@_proposal
def execute(proposal: str) -> None:
    """Carry out what was queued."""
    with _ape.in_sentences():
        governor, one = _found(proposal)
        _send(governor.execute(*one.proposal.content))


def _found(proposal: str) -> tuple[DaimmGovernor, record.Standing]:
    session = _ape.session()
    return session.chain.deployed.governor, record.find(session, proposal)


def _send(call: Call) -> None:
    sent = _ape.node().send(call, _ape.signer())
    print(f"{call.doing}: 0x{sent.hash.hex()}, {sent.gas_used:,} gas")
