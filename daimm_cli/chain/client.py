"""The contracts of one chain, typed: what they say and what they do.

>>> chain = Chain.connect("http://127.0.0.1:8545", chain_id=31337)
>>> published = chain.publish(account, royalty=250, details=version, offer=offer)
>>> chain.is_open(published.offer_id)
True

`account` is anything with `address` and `sign_transaction` (eth_account's LocalAccount). Whatever a
write returns is read from the receipt's events. Amounts are in the token's smallest unit, shares in
hundredths of a percent, times in seconds since 1970, ids 32 bytes; licence and model ids are ints.
Errors are DaimmError as in `daimm_cli.chain.node`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from daimm_cli.base.errors import OutsideFailed
from daimm_cli.bindings.calls import Event
from daimm_cli.bindings.deployed import BOUND
from daimm_cli.bindings.market import Delivered, OfferOpened, Purchased
from daimm_cli.bindings.model_registry import VersionAdded
from daimm_cli.bindings.structs import Bps, Delivery, ModelId
from daimm_cli.chain import payment, terms
from daimm_cli.chain.answers import Log, Receipt
from daimm_cli.chain.book import Book
from daimm_cli.chain.book import load as load_book
from daimm_cli.chain.node import Call, Node
from daimm_cli.chain.payment import Item
from daimm_cli.chain.terms import ZERO_ADDRESS, Offer, Order, Parent, Version
from daimm_cli.chain.transactions import Signed, Signer
from daimm_cli.chain.views import Views
from daimm_cli.protocol.curve import NO_POINT

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Opened:
    """A new offer as the chain filled it in."""

    sent: Receipt
    model: int
    offer_id: bytes
    offer: Offer


@dataclass(frozen=True)
class Placed:
    """A purchase as the chain froze it."""

    order_id: bytes
    offer_id: bytes
    order: Order
    license_id: int


@dataclass(frozen=True)
class Paid:
    """A purchase of so many licences that is out, after the approvals that had to come first."""

    signed: Signed
    approvals: tuple[Receipt, ...]
    count: int


@dataclass(frozen=True)
class Bought:
    """What one call of `buy` did. approvals: transactions that had to come first, if any."""

    sent: Receipt
    approvals: tuple[Receipt, ...]
    orders: tuple[Placed, ...]

    @property
    def gas_used(self) -> int:
        """Over all transactions."""
        return self.sent.gas_used + sum(approval.gas_used for approval in self.approvals)


class Chain(Views):
    """The contracts of a book through a node, for reading and writing."""

    @classmethod
    def connect(cls, rpc: str, *, chain_id: int | None = None, **options: Any) -> Chain:
        """Connect, find the chain's book and see that its market is there.

        options: `confirmations`, `timeout`, `patience`, `legacy_fees` of Node.connect.
        """
        node = Node.connect(rpc, chain_id=chain_id, **options)
        chain = cls(node, load_book(node.chain_id))
        chain.require_code()
        return chain

    def at(self, book: Book) -> Chain:
        """The same chain with the contracts of another book."""
        return Chain(self.node, book, self.decimals)

    # Selling

    def publish(
        self,
        account: Signer,
        *,
        royalty: int,
        details: Version,
        offer: Offer,
    ) -> Opened:
        """Register a model with its first version and open an offer, in one transaction.

        `offer` names seller, model, version and line as the seller knows them; the chain fills them
        in, and the offer returned has the chain's.
        """
        template = dataclasses.replace(
            offer, seller=ZERO_ADDRESS, model=ModelId(0), version=0, line=NO_POINT
        )
        call = self.deployed.market.publish(Bps(royalty), details, template)
        return self._opened(self.node.send(call, account))

    def register(
        self, account: Signer, royalty: int, details: Version, parents: Sequence[Parent]
    ) -> ModelId:
        """Register a model with its first version, without an offer; its number."""
        call = self.deployed.registry.register(account.address, Bps(royalty), details, parents)
        return self._one(self.node.send(call, account), VersionAdded).model

    def open_offer(
        self,
        account: Signer,
        offer: Offer,
        details: Version,
        parents: Sequence[Parent] = (),
        *,
        instead: Offer | None = None,
    ) -> Opened:
        """Open an offer for a registered version, whose details and parents are shown again.

        instead: one that is closed in the same transaction.
        """
        market = self.deployed.market
        call = market.open_offer(offer, details, terms.parents_hash(parents))
        if instead is not None:
            call = market.together([market.close_offer(instead), call], "replace an offer")
        return self._opened(self.node.send(call, account))

    def add_version(
        self, account: Signer, model: int, details: Version, parents: Sequence[Parent] = ()
    ) -> tuple[Receipt, int]:
        """Append a version to a model; its number."""
        call = self.deployed.registry.add_version(ModelId(model), details, parents)
        sent = self.node.send(call, account)
        return sent, self._one(sent, VersionAdded).version

    # Buying

    def buy(
        self,
        account: Signer,
        items: Sequence[Item],
        *,
        recipient: str | None = None,
    ) -> Bought:
        """Buy one licence or several, all or none, for oneself or for `recipient`.

        Pays AIM by ERC-1363, other tokens by permit where they have it, else by an exact approval
        that comes first; `daimm_cli.chain.payment` has the paths.
        """
        return self.bought(self.pay(account, items, recipient=recipient))

    def pay(
        self,
        account: Signer,
        items: Sequence[Item],
        *,
        recipient: str | None = None,
        before: Callable[[Signed], None] | None = None,
    ) -> Paid:
        """The first half of `buy`: the purchase is out. before: sees it before it leaves."""
        approvals, call = payment.plan(self, account, items, recipient)
        done = tuple(self.node.send(approval, account) for approval in approvals)
        return Paid(self.node.dispatch(call, account, before=before), done, len(items))

    def bought(self, paid: Paid) -> Bought:
        """The second half of `buy`: the purchase is on the chain."""
        sent = self.node.wait(paid.signed)
        orders = tuple(self.placed(event) for event in self.events(sent.logs, Purchased))
        if len(orders) != paid.count:
            raise self._lacks(sent, "the purchase")
        return Bought(sent, paid.approvals, orders)

    def placed(self, event: Purchased) -> Placed:
        """The order that an event tells of; its id is computed anew and compared."""
        order = Order(**{name: getattr(event, name) for name, _ in Order.fields()})
        order_id = self.order_id(event.offer, order)
        if order_id != event.order:
            raise OutsideFailed("The node sent an order with a wrong id: use another node.")
        return Placed(order_id, event.offer, order, self.license_id(order_id))

    # Ending an order

    def delivery_call(self, deliveries: Sequence[tuple[Offer, Order, Delivery]]) -> Call:
        """The call that delivers; `node.sign`, `broadcast` and `wait` carry it out in steps.

        One delivery alone is refused where its order waits for none. Of several, such a one is
        passed over, so that who copies one does not undo the others: see `delivered`.
        """
        market = self.deployed.market
        deliver = market.deliver if len(deliveries) == 1 else market.deliver_if_pending
        calls = [deliver(offer, order, delivery) for offer, order, delivery in deliveries]
        return market.together(calls, "deliver the key")

    def delivered(self, logs: Iterable[Log]) -> set[bytes]:
        """The ids of the orders that a transaction with these logs delivered."""
        return {event.order for event in self.events(logs, Delivered)}

    # Underneath

    def told(self, logs: Iterable[Log]) -> Iterator[tuple[Log, Event]]:
        """The logs that are events of the book's contracts; raises OutsideFailed for false ones."""
        names = {entry.address.lower(): name for name, entry in self.book.contracts.items()}
        for log in logs:
            contract = BOUND.get(names.get(log.address, ""))
            event = contract.event(log.topics, log.data) if contract else None
            if event is not None:
                yield log, event

    def events(self, logs: Iterable[Log], kind: type[E]) -> list[E]:
        return [event for _, event in self.told(logs) if isinstance(event, kind)]

    def _one(self, sent: Receipt, kind: type[E]) -> E:
        found = self.events(sent.logs, kind)
        if len(found) != 1:
            raise self._lacks(sent, f"the event {kind.NAME}")
        return found[0]

    def _lacks(self, sent: Receipt, what: str) -> OutsideFailed:
        return OutsideFailed(
            f"Transaction 0x{sent.hash.hex()} was mined, but the node's receipt lacks {what}: look "
            "at it with another node before you do anything again."
        )

    def _opened(self, sent: Receipt) -> Opened:
        event = self._one(sent, OfferOpened)
        return Opened(sent, event.terms.model, event.offer, event.terms)
