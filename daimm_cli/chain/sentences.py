# ruff: noqa: E501 - one line for each reads as the table that it is
"""What refusals mean that no interface of ours declares: a Safe's, the compiler's, a node's.

>>> NEXT["Market_SoldOut"]
'daimm offer list'

What a custom error means is said where it is declared, in interfaces/; `daimm_cli/bindings/errors.json`
has it from there.
"""

NEXT = {
    "Market_OfferNotOpen": "daimm offer list",
    "Market_OrderNotInspected": "daimm order list",
    "Market_OrderNotPending": "daimm order list",
    "Market_SoldOut": "daimm offer list",
    "ModelLicense_WrongState": "daimm order list",
    "ModelRegistry_VersionUnknown": "daimm model show {model}",
}
"""The command that helps where a custom error was met."""

SAFE_SAYS = {
    "GS000": "The Safe is not set up: finish that first, where it was made.",
    "GS010": "The Safe had too little gas for what it was to do: run the command again.",
    "GS013": "The Safe tried it and failed: look at its balance and rights, then run the command again.",
    "GS020": "The Safe needs more signatures: let more owners sign.",
    "GS025": "The Safe does not know this approval: let an owner sign with a key.",
    "GS026": "The Safe does not take the signatures: another transaction came first, or its owners changed. Run the command again.",
}
"""What the codes mean that a Safe reverts with, as far as a call of ours can meet them."""

PANICS = {
    0x11: "a number left its range",
    0x12: "a division by zero",
    0x21: "an unknown choice",
    0x32: "an index past the end",
}

NODE_SAYS = {
    "insufficient funds": "The account lacks the ether for the transaction's gas: send it some, or choose another account.",
    "nonce too low": "Another transaction of this account was mined in its place: see what that was.",
    "replacement transaction underpriced": "A transaction of this account is waiting in the same place: wait until it is mined, or hurry it with `daimm tx speed-up`.",
    "already known": "The node has this transaction already: wait until it is mined.",
    "max fee per gas less than block base fee": "Gas became dearer in this moment: run the command again.",
    "intrinsic gas too low": "The node changed its mind about the gas: run the command again.",
    "gas required exceeds allowance": "This is too much for one transaction: do it in smaller parts.",
    "exceeds block gas limit": "This is too much for one transaction: do it in smaller parts.",
    "out of gas": "The transaction ran out of gas: run the command again.",
    "txpool is full": "The node takes no transactions just now: try later or use another node.",
    "invalid chain id": "The node is on another chain than the transaction: check the network you chose.",
}
