"""The chain as daimm sees it: contracts, events and the accounts that sign."""
