"""Everything that a buyer can find out before paying, without asking anybody for an opinion.

>>> report = make(Subject(chain, index, row, now), fetcher, places, samples=8)
>>> [check.name for check in report.checks if check.result is Result.FALSE]
[]

`report` puts the parts together: `agreement` (manifest and chain), `sampling` (can the file be
had), `seller` (record and keeper), `powers` (who could change what), `trial` (the purchase itself)
and `worst` (what can be lost). docs/quote.md explains each to buyers.
"""
