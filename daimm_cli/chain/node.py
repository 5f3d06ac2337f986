"""One Ethereum node: sending transactions through it; `daimm_cli.chain.reader` asks it.

>>> node = Node.connect("http://127.0.0.1:8545", chain_id=31337)
>>> sent = node.send(Call(to=market, data=data, doing="close the offer"), account)
>>> sent.gas_used
51234

Every call is tried with `eth_call` before anything is signed, so that a refusal costs nothing and
comes as a sentence. All failures are DaimmError: ChainRefused where contracts or balances say no,
OutsideFailed where the node does not do its part. The node is not trusted: answers are bounded in
size and time, and it cannot set the price of gas.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from daimm_cli.base.errors import ChainRefused, DaimmError, OutsideFailed
from daimm_cli.bindings.calls import Call as Call
from daimm_cli.chain.answers import Header, Receipt, parsed_bytes
from daimm_cli.chain.errors import NodeRefused, explain, refused
from daimm_cli.chain.reader import Reader
from daimm_cli.chain.transactions import (
    Fees,
    NotTaken,
    Replaced,
    Signed,
    Signer,
    Unconfirmed,
    person_of,
)
from daimm_cli.chain.transport import Provider
from daimm_cli.protocol.curve import keccak

GWEI = 10**9
MAX_TIP = 3 * GWEI
"""Most that a node may suggest as priority fee per gas, in wei; above, this is paid."""

MAX_GAS_PRICE = 2_000 * GWEI
"""Above this price per gas nothing is sent, in wei."""

_KNOWN = ("already known", "already imported")

SETTLING = 5.0
"""Seconds for which a node may count a transaction before it shows it: it keeps the two in
different places, and behind one address there may be several nodes."""

MAX_TRANSACTION_GAS = 1 << 24
"""What one transaction may take (EIP-7825): whatever is done together keeps to it."""

BOUNDLESS = 1 << 40
"""A block's gas limit above which gas is more than work: Arbitrum says 2**50, and counts what its
parent chain takes for a transaction's data. One of its transactions may take 32 million."""

PATIENCE = 300.0
"""Seconds within which a transaction is to be mined."""

RESEND = 5.0
"""Seconds after which a transaction that no node shows is sent once more."""

GAS_MARGIN = 1.25
"""What the estimate is multiplied with: other people's transactions may come in between."""


class Node(Reader):
    """A connection to one node on one chain.

    confirmations: blocks, the transaction's own included, until a transaction counts as mined.
    patience: seconds to wait for that; None: PATIENCE.
    legacy_fees: whether the chain is known to have no EIP-1559.
    """

    def __init__(
        self,
        provider: Provider,
        chain_id: int,
        shown: str,
        *,
        confirmations: int = 1,
        patience: float | None = None,
        legacy_fees: bool = False,
    ) -> None:
        super().__init__(provider, chain_id, shown)
        self.confirmations = confirmations
        self.patience = PATIENCE if patience is None else patience
        self.legacy_fees = legacy_fees

    def fees(self) -> Fees:
        """What a transaction is to offer now; raises ChainRefused where gas is absurdly dear."""
        with self.asking("tell the price of gas"):
            return self._fees(self.latest())

    def simulate(self, call: Call, sender: str) -> bytes:
        """What the call would return now; raises ChainRefused where it would revert."""
        with self.asking(call.doing):
            return parsed_bytes(self._tried("eth_call", call, sender))

    def estimate(self, call: Call, sender: str) -> int:
        with self.asking(call.doing):
            return int(self._tried("eth_estimateGas", call, sender), 16)

    def _tried(self, method: str, call: Call, sender: str) -> Any:
        """The node's answer for its newest block.

        Where the call reverts, the next block's time decides: a chain without transactions may have
        made no block since a deadline passed.
        """
        question = _question(call, sender)
        try:
            return self.ask(method, question, "latest")
        except NodeRefused as refusal:
            if not refusal.reverted:
                raise
            with contextlib.suppress(DaimmError, NodeRefused, TypeError, KeyError):
                upcoming = self.ask("eth_getBlockByNumber", "pending", False)["timestamp"]
                return self.ask(method, question, "latest", {}, {"time": upcoming})
            raise refusal

    def sign(
        self, call: Call, signer: Signer, *, nonce: int | None = None, fees: Fees | None = None
    ) -> Signed:
        """Try the call, price it unless `fees` does, and sign it. Nothing is sent."""
        self.simulate(call, signer.address)
        with self.asking(call.doing):
            block = self.latest()
            estimate = self.estimate(call, signer.address) + call.spare
            if nonce is None:
                nonce = self.nonce(signer.address)
            if fees is None:
                fees = self._fees(block)
            funds = self.ether(signer.address)
        most = MAX_TRANSACTION_GAS if block.gas_limit < BOUNDLESS else 32_000_000
        if estimate > most:
            raise ChainRefused(
                f"To {call.doing} would take {estimate:,} gas, and one transaction may take "
                f"{most:,}: do it in smaller parts."
            )
        gas = min(int(estimate * GAS_MARGIN), max(block.gas_limit, estimate), most)
        worst = gas * max(fees.values()) + call.value
        if funds < worst:
            raise ChainRefused(
                f"{signer.address} has {funds / 10**18:.6f} ether and may need "
                f"{worst / 10**18:.6f} for gas: send it some, or choose another account."
            )
        if (person := person_of(signer)) is not None:
            person.agree(call, estimate, worst)
        transaction = {
            "chainId": self.chain_id,
            "data": "0x" + call.data.hex(),
            "gas": gas,
            "nonce": nonce,
            "value": call.value,
            **({"to": call.to} if call.to else {}),
            **fees,
        }
        raw = bytes(signer.sign_transaction(transaction).raw_transaction)
        return Signed(call, signer.address, nonce, raw, keccak(raw))

    def broadcast(self, signed: Signed) -> None:
        """Hand a transaction to the node. Doing it again is harmless.

        Raises Replaced where another one with its nonce was mined, OutsideFailed where the node may
        have it or not.
        """
        self.broadcast_raw(signed.raw, signed.call.doing)

    def broadcast_raw(self, raw: bytes, doing: str) -> None:
        """As `broadcast`, for the bytes of a signed transaction."""
        with self.asking(doing):
            try:
                self.ask("eth_sendRawTransaction", "0x" + raw.hex())
            except NodeRefused as error:
                said = error.said.lower()
                if any(sign in said for sign in _KNOWN) or self.receipt(keccak(raw)) is not None:
                    return
                if "nonce too low" in said:
                    raise Replaced(keccak(raw)) from None
                refusal = explain(error, doing, self.shown)
                if isinstance(refusal, OutsideFailed):
                    raise NotTaken(keccak(raw), refusal) from None
                raise refusal from None

    def wait(self, signed: Signed) -> Receipt:
        """Wait until the transaction is mined and confirmed; ChainRefused where it reverted.

        It is out: whatever the node cannot or will not say now is asked again. Raises Replaced, or
        Unconfirmed once `patience` is over.
        """
        begun = sent_at = time.monotonic()
        pause = 0.02
        counted_since: float | None = None
        while (now := time.monotonic()) < begun + self.patience:
            counted = False
            try:
                with self.asking(signed.call.doing):
                    receipt, counted = self._looked(signed)
                if receipt is None and not counted and now >= sent_at + RESEND:
                    sent_at = now
                    self.broadcast(signed)
            except DaimmError:
                receipt = None
            if receipt is not None:
                self._require_success(signed, receipt)
                return receipt
            counted_since = (counted_since or now) if counted else None
            if counted_since is not None and now >= counted_since + SETTLING:
                raise Replaced(signed.hash)
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)
        raise Unconfirmed(signed.hash, self.patience)

    def send(
        self, call: Call, signer: Signer, *, before: Callable[[Signed], None] | None = None
    ) -> Receipt:
        """Sign, broadcast and wait. `before` sees the signed transaction before it leaves."""
        return self.wait(self.dispatch(call, signer, before=before))

    def dispatch(
        self, call: Call, signer: Signer, *, before: Callable[[Signed], None] | None = None
    ) -> Signed:
        """Sign and broadcast; `wait` tells what became of it, and sends it again if need be."""
        signed = self.sign(call, signer)
        if before is not None:
            before(signed)
        try:
            self.broadcast(signed)
        except (NotTaken, ChainRefused) as error:
            if not isinstance(error, Replaced):
                raise
        except OutsideFailed:
            pass  # it may be out: `wait` finds out
        if (person := person_of(signer)) is not None:
            person.left(signed)
        return signed

    def _fees(self, block: Header) -> Fees:
        base = block.base_fee
        if base is None and not self.legacy_fees:
            raise ChainRefused(
                f"{self.who} tells no base fee: use another node, or set legacy_fees = true in "
                "the profile where the chain is known to have none (no EIP-1559)."
            )
        if base is None:
            fees = {"gasPrice": self.gas_price()}
        else:
            tip = min(self._tip(base), MAX_TIP)
            fees = {"maxFeePerGas": 2 * base + tip, "maxPriorityFeePerGas": tip}
        if max(fees.values()) > MAX_GAS_PRICE:
            raise ChainRefused(
                f"Gas costs {max(fees.values()) / GWEI:.0f} gwei, above daimm's limit of "
                f"{MAX_GAS_PRICE // GWEI}: wait, or use another node if others show less."
            )
        return fees

    def _tip(self, base: int) -> int:
        try:
            return int(self.ask("eth_maxPriorityFeePerGas"), 16)
        except NodeRefused:  # some nodes tell what is paid in all, and no more
            return max(self.gas_price() - base, 0)

    def _looked(self, signed: Signed) -> tuple[Receipt | None, bool]:
        """The receipt once it is confirmed; and whether, without one, its nonce is used up."""
        found = self.receipt(signed.hash)
        if found is not None:
            depth = int(self.ask("eth_blockNumber"), 16) - found.block + 1
            return (found if depth >= self.confirmations else None), False
        return None, self.nonce(signed.sender, "latest") > signed.nonce

    def _require_success(self, signed: Signed, receipt: Receipt) -> None:
        if not receipt.succeeded:
            # The chain moved between trial and mining: the same call on that block says why.
            with contextlib.suppress(OutsideFailed), self.asking(signed.call.doing):
                self.call(_question(signed.call, signed.sender), receipt.block)
            raise refused(b"", signed.call.doing)


def _question(call: Call, sender: str) -> dict[str, Any]:
    to = {"to": call.to} if call.to else {}
    return {"from": sender, "data": "0x" + call.data.hex(), "value": hex(call.value), **to}
