"""Files by CID.

- `base`: what every storage can do, and reading from one that nobody has to trust
- `held`: reading what a folder holds
- `local`: the local store: the same, and what comes in and goes
- `car`: a file's blocks as one stream
- `kubo`: a daemon by its RPC
- `gateway`: trustless gateways
- `queue`: what waits to be pushed
- `outside`: what may go wrong with those, as one kind of error
"""
