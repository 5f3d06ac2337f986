"""A deployment's code, made anew from creation code: every byte of it, immutables too.

>>> rebuilt(31337, (("0xCC45...", artifact("Authority").creation([deployer])),))
(b'`\\x80`@...',)

On a local chain of the same id each creation code is run at the address that it is for, after
those that it may ask. What it returns is what the contract has to be.
"""

from __future__ import annotations

import functools

from tools.chain import ChainError, LocalChain


@functools.lru_cache(maxsize=8)
def rebuilt(chain_id: int, creations: tuple[tuple[str, bytes], ...]) -> tuple[bytes, ...]:
    """What each address has to hold; nothing where a constructor refuses.

    creations: addresses and creation codes with their arguments, in the order of deployment.
    """
    made = []
    with LocalChain(chain_id=chain_id) as chain:
        for address, creation in creations:
            chain.rpc("anvil_setCode", address, "0x" + creation.hex())
            try:
                code = str(chain.rpc("eth_call", {"to": address}, "latest"))
            except ChainError:
                code = "0x"
            chain.rpc("anvil_setCode", address, code)
            made.append(bytes.fromhex(code[2:]))
    return tuple(made)
