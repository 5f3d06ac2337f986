"""Key lines and verified key delivery: the protocol of docs/protocol.md.

The modules, from the ground up: `curve` (points and scalars of secp256k1), `keys` (what is derived
from the seed, what follows from a key line), `delivery` (prove, verify and open a delivery),
`passing` (hand a key on), `opening` (show it).
"""
