"""What is set once the contracts are there: money, roles, issuer, tokens, rates, who governs.

>>> left = settle(chain, signer, params, deployer, print)
>>> [call.doing for call in left]       # for governance to pass, where the signer is not it
['allow or refuse an issuer']

Each is looked up first and sent only where the chain does not say so already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from daimm_cli.base.errors import DaimmError
from daimm_cli.bindings.aim_token import AIMToken
from daimm_cli.bindings.calls import Call
from daimm_cli.bindings.structs import Bps
from daimm_cli.chain.client import Chain
from daimm_cli.chain.transactions import Signer
from daimm_cli.protocol.curve import keccak
from scripts._params import AIM, WEI, Params
from scripts._plan import rebate_rates

ADMIN_ROLE = 0
GUARDIAN_ROLE = 1
STOP = keccak(b"stopNewBusiness(uint40)")[:4]

TIMELOCK_ADMIN = bytes(32)
TIMELOCK_ROLES = {
    keccak(f"{name.upper()}_ROLE".encode()): name for name in ("proposer", "canceller", "executor")
}
"""What the governor may do with the timelock, it alone."""


def settle(
    chain: Chain, signer: Signer, params: Params, deployer: str, say: Callable[[str], None]
) -> list[Call]:
    """Bring the contracts to what the parameters say; what only governance can do is returned.

    params: resolved. Raises DaimmError where another account has to finish.
    """
    authority = chain.deployed.authority

    def tell(call: Call) -> None:
        sent = chain.node.send(call, signer)
        say(f"{call.doing:<32} {sent.gas_used:>9,} gas")

    for name, amount, call in _funding(chain, params):
        if chain.balance(chain.aim, signer.address) >= amount:
            tell(call)
        else:
            say(f"{name} stays empty: {signer.address} has less than {amount // WEI:,} AIM")
    governs = chain.node.view(authority.has_role(ADMIN_ROLE, signer.address)).is_member
    left = list(_restricted(chain, params))
    if governs:
        for call in left:
            tell(call)
    handover = _handover(chain, params, deployer)
    if signer.address == deployer:
        for call in handover:
            tell(call)
    elif next(handover, None) is not None:
        raise DaimmError(f"The deployment is not finished: run it with {deployer}, which began it.")
    return [] if governs else left


def outstanding(chain: Chain, params: Params, deployer: str) -> Iterator[Call]:
    """All that is not as the parameters say, whoever may do it. params: resolved."""
    yield from (call for _, _, call in _funding(chain, params))
    yield from _restricted(chain, params)
    yield from _handover(chain, params, deployer)


def _funding(chain: Chain, params: Params) -> Iterator[tuple[str, int, Call]]:
    """What the deployer pays in, each where nothing is: whereto, how much, and how."""
    aim = AIMToken(chain.aim)
    if (faucet := params.faucet) and not chain.balance(chain.aim, chain.deployed.faucet.address):
        call = aim.transfer(chain.deployed.faucet.address, faucet.fill)
        yield "the faucet", faucet.fill, replace(call, doing="fill the faucet")
    budget, rebates = params.rebates.budget, chain.deployed.rebates
    if budget and not chain.node.view(rebates.budget()):
        call = aim.transfer_and_call(rebates.address, budget)
        yield "the budget for rebates", budget, replace(call, doing="pay in for rebates")


def _restricted(chain: Chain, params: Params) -> Iterator[Call]:
    """What Authority's administrator has to do."""
    ask = chain.node.view
    authority, market = chain.deployed.authority, chain.deployed.market
    if ask(authority.get_target_function_role(market.address, STOP)) != GUARDIAN_ROLE:
        call = authority.set_target_function_role(market.address, [STOP], GUARDIAN_ROLE)
        yield replace(call, doing="let guardians stop new business")
    if not ask(authority.has_role(GUARDIAN_ROLE, params.guardian)).is_member:
        call = authority.grant_role(GUARDIAN_ROLE, params.guardian, 0)
        yield replace(call, doing="name the guardian")
    if not ask(chain.deployed.licenses.is_issuer(market.address)):
        yield chain.deployed.licenses.set_issuer(market.address, True)
    for name, fee in params.fees.items():
        token = chain.aim if name == AIM else name
        cap = params.delivery_fees[name]
        if chain.policy(token) != (True, fee, cap):
            yield market.set_token(token, True, Bps(fee), cap)
    if ask(chain.deployed.rebates.rates()) != rebate_rates(params):
        yield chain.deployed.rebates.set_rates(rebate_rates(params))


def _handover(chain: Chain, params: Params, deployer: str) -> Iterator[Call]:
    """What is left until the deployer has nothing: each as of when it is asked for."""
    ask = chain.node.view
    authority, timelock = chain.deployed.authority, chain.deployed.timelock
    if ask(timelock.has_role(TIMELOCK_ADMIN, deployer)):
        governor = chain.book.address("DaimmGovernor")
        for role in TIMELOCK_ROLES:
            if not ask(timelock.has_role(role, governor)):
                call = timelock.grant_role(role, governor)
                yield replace(call, doing=f"make the governor {TIMELOCK_ROLES[role]}")
        call = timelock.renounce_role(TIMELOCK_ADMIN, deployer)
        yield replace(call, doing="give up the timelock")
    if params.admin != deployer and ask(authority.has_role(ADMIN_ROLE, deployer)).is_member:
        if not ask(authority.has_role(ADMIN_ROLE, params.admin)).is_member:
            call = authority.grant_role(ADMIN_ROLE, params.admin, 0)
            yield replace(call, doing="make who governs administrator")
        call = authority.renounce_role(ADMIN_ROLE, deployer)
        yield replace(call, doing="give up the administration")
