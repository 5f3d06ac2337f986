"""What the court costs: seats, a draw of three by a block's header, a juror's words, their pay.

    costs = measure()

On a chain of its own whose clock stands still, so that the header is the same in every run. All of
it is the second of its kind; what is collected is of a juror who was paid before.
"""

from __future__ import annotations

from dataclasses import fields

from bench.cost import Cost
from bench.market import GENESIS, Market, Seeds
from daimm_cli.bindings.structs import DisputeRecord
from daimm_cli.chain.node import Node
from daimm_cli.market import randomness
from tools.chain import LocalChain

FEE = 10**16
STAKE = 10**21
JURORS = 3
TICK = [field.name for field in fields(DisputeRecord)].index("tick")
UPHELD = 1


def measure() -> dict[str, Cost]:
    """The cost of each step."""
    costs, word = {}, Seeds().word
    with LocalChain(accounts=16, genesis_time=GENESIS) as chain, chain.still():
        market = Market(chain)
        source = market.deploy("HeaderRandomness").address
        court = market.deploy("Court", market.aim.address, source, market.treasury, STAKE, FEE)
        functions = court.functions
        for juror in [market.newcomer() for _ in range(4)] * 5:
            market.send(market.aim.functions.approve(court.address, 2**256 - 1), juror)
            costs["court_join"], _ = market.cost(functions.join(1), juror)
        for dispute in (1, 2):
            made = functions.createDispute(2, b"")
            market.send(made, market.admin, JURORS * FEE)
            tick = functions.disputeOf(dispute).call()[TICK]
            chain.rpc("anvil_mine", hex(tick - market.web3.eth.block_number + 1))
            proof = randomness.header(Node.connect(chain.url), tick)
            costs["court_draw"], _ = market.cost(functions.draw(proof), market.keeper)
            drawn = [functions.seatOf(dispute, seat).call()[0] for seat in range(JURORS)]
            salts = [word() for _ in drawn]
            for seat, juror in enumerate(drawn):
                bound = functions.commitmentOf(dispute, seat, juror, UPHELD, salts[seat]).call()
                committing = functions.commit(dispute, seat, bound)
                costs["court_commit"], _ = market.cost(committing, juror)
            market.send(functions.advance(dispute), market.keeper)
            for seat, salt in enumerate(salts):
                revealing = functions.reveal(dispute, seat, UPHELD, salt)
                costs["court_reveal"], _ = market.cost(revealing, juror)
            market.send(functions.advance(dispute), market.keeper)
            chain.travel(3 * 86_400)
            market.send(functions.advance(dispute), market.keeper)
            for seat, juror in enumerate(drawn):
                paid = functions.etherOwed(juror).call()
                found, _ = market.cost(functions.collect(dispute, seat), market.keeper)
                costs |= {"court_collect": found} if paid else {}
    return costs
