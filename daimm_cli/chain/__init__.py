"""The chain, typed. Nothing here prints or asks; everything raises DaimmError.

    from daimm_cli.chain.client import Chain
    from daimm_cli.chain.payment import Item
    from daimm_cli.chain.terms import Offer, Order, Purchase, Version

    chain = Chain.connect(rpc, chain_id=31337)            # node + shipped address book
    made = chain.publish(account, royalty=250, details=version, offer=offer)
    bought = chain.buy(account, [Item(made.offer, purchase)])
    placed = bought.orders[0]                             # order_id, offer_id, order, license_id
    chain.node.send(chain.delivery_call([(made.offer, placed.order, delivery)]), keeper)
    chain.node.send(chain.deployed.market.accept(made.offer, placed.order), account)

| module    | what |
|-----------|------|
| terms     | Offer, Purchase, Order, Version, Parent; offer_id, order_id, license_id |
| book      | load, find, save: addresses by chain id |
| reader    | Reader: asks one node; answers: what it says, parsed |
| node      | Node: one connection; Call, Signed, Receipt; sign, broadcast, wait, send |
| views     | Deployed: the bindings at their addresses; Views: tokens, balances, ids |
| client    | Chain: selling, buying and delivering, told from receipts |
| payment   | which way a purchase pays |
| errors    | explain, refused, RevertedWith; sentences: what nodes and Safes say |
"""
