"""Reviews as feedback in ERC-8004's terms, each with the payment that it follows from.

>>> feedback(session, read(session, rows))[0]["proofOfPayment"]["txHash"]
'0x...'

Its files of feedback name an agent in a registry; here that is the model in the ModelRegistry, an
ERC-721 too. Handing them in is up to their authors: a registry believes who sends, nobody else.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from daimm_cli.bindings.market import Purchased
from daimm_cli.market.reviews import Said

if TYPE_CHECKING:
    from daimm_cli.chain.client import Chain
    from daimm_cli.index.rows import OrderRow
    from daimm_cli.session.session import Session


def feedback(session: Session, reviews: Sequence[Said]) -> list[dict[str, Any]]:
    """One object a review; value: of 100. The payment is the order's, whoever made it."""
    chain = session.chain
    here = f"eip155:{chain.node.chain_id}"
    found = []
    for said in reviews:
        row, order = said.row, session.index.order(said.row.order_id)
        moment = datetime.datetime.fromtimestamp(row.said_at, datetime.UTC)
        found.append(
            {
                "agentRegistry": f"{here}:{chain.deployed.registry.address}",
                "agentId": row.model,
                "clientAddress": f"{here}:{row.reviewer}",
                "createdAt": moment.isoformat().replace("+00:00", "Z"),
                "value": 20 * row.stars,
                "valueDecimals": 0,
                "tag1": "starred",
                "text": said.text,
                "proofOfPayment": {
                    "fromAddress": order.order.buyer,
                    "toAddress": chain.market,
                    "chainId": str(chain.node.chain_id),
                    "txHash": f"0x{_transaction(chain, order).hex()}",
                },
            }
        )
    return found


def _transaction(chain: Chain, order: OrderRow) -> bytes:
    block, topics = hex(order.block), [f"0x{Purchased.TOPIC}", f"0x{order.order_id.hex()}"]
    asked = {"address": chain.market, "fromBlock": block, "toBlock": block, "topics": topics}
    [[log]] = chain.node.events([asked])
    return log.transaction
