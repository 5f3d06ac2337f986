"""The contracts in Python, made from their ABIs: structs, calls, views, events and errors' words.

    from daimm_cli.bindings.market import Market
    from daimm_cli.bindings.structs import Offer, Purchase

    market = Market("0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512")
    call = market.buy(offer, purchase)          # to, data, value, doing: `node.send` takes it
    view = market.is_open(offer_id)             # to, data; view.decode(answer) is a bool
    event = market.event(topics, data)          # Purchased(order=..., offer=..., ...)

`words`, `values` and `calls` are written by hand; every other module, and errors.json, by `make
generate` from what forge compiled, and a check fails where one is stale. Nothing here needs web3.
"""
