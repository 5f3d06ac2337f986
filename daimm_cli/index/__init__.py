"""The event index: what the contracts told, kept on disk, disposable.

    with Index.open(folder, chain) as index:
        index.sync()
        index.orders(buyer=account.address)

| module | what |
|--------|------|
| index  | Index: models, versions, offers, orders, licences, credits from events alone |
| rows   | what the index answers with: OrderRow, OrderState, OfferRow.obstacle, ... |
| follow | how it reads, across re-orgs and answers that lack something |
| columns, database | events as rows, and the file: schema.sql from the ABIs, views.sql by hand |
| sellers | what the events say of a seller |
| cards | what sellers say of their models, and searching it |
"""
