"""Everything that a buyer can find out before paying, without asking anybody for an opinion.

>>> report = make(session, row, samples=8)
>>> report.wrong
[]

`report` puts the parts together: `agreement` (manifest and chain), `sampling` (can the file be
had), `seller` (record and keeper), `powers` (who could change what), `trial` (the purchase itself,
and what can be lost). docs/quote.md explains each to buyers.
"""
