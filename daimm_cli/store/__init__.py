"""Files by CID.

- `base`: what every storage can do, and reading from one that nobody has to trust
- `local`: the local store
- `car`: a file's blocks as one stream
- `kubo`: a daemon by its RPC
- `gateway`: trustless gateways
- `queue`: what waits to be pushed
- `outside`: what may go wrong with those, as one kind of error
"""
