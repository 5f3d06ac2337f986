"""Files by CID.

- `base`: what every storage can do, and reading from one that nobody has to trust
- `folder`: reading what a folder holds
- `local`: the local store: the same, and what comes in and goes
- `car`: a file's blocks as one stream
- `kubo`: a daemon by its RPC, which alone knows ipfshttpclient
- `gateway`: trustless gateways
- `queue`: what waits to be pushed
"""
