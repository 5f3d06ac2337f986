"""The event index: what the contracts told, kept on disk, disposable.

    with Index.open(folder, chain) as index:
        index.sync()
        index.orders(buyer=account.address)

| module | what |
|--------|------|
| index  | Index: models, versions, offers, orders, licences, credits from events alone |
| rows   | what the index answers with: OrderRow, OrderState, OfferRow.obstacle, ... |
| follow, records, database | how the index reads, across re-orgs, and where it keeps it |
"""
