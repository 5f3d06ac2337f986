# ruff: noqa: E501 - one line for each error reads as the table that it is
"""What each refusal of a contract or a node means and what to do about it: the one table.

>>> SENTENCES["Market_SoldOut"].format(supply=10)
'All 10 licences of the offer are sold: look for another with `daimm offer list`.'

A custom error's name leads to a sentence with the error's own arguments; `:time` and `:percent` are
ways to show them that `daimm_cli.chain.errors` knows. A test holds the table against every error of
the interfaces and of the contracts. Amounts are in the token's smallest unit: the commands compare
prices beforehand and show them with decimals.
"""

_NO_KEY = "The delivery is wrong, so nobody is paid for it: make it again from the line's own key."
TECHNICAL = "This call was made wrongly, please report it as a fault in daimm: {error}."
_ZERO = "The token refused a zero address as {0}: give a real one."
_GOVERNANCE = "Only the accounts that governance named may do this: choose one of them."

SENTENCES: dict[str, str] = {
    # Market
    "Market_AimStaysAllowed": "AIM is always a payment token: only its fee can be set.",
    "Market_DeadlinePassed": "The purchase was not mined by {txDeadline:time}, so nothing was paid: buy again.",
    "Market_DeliveryTooLate": "The time to deliver ended at {graceEnd:time}: the buyer is to be refunded.",
    "Market_FeeTooHigh": "A protocol fee of {fee:percent} is above the cap of {cap:percent}: choose less.",
    "Market_InspectionOpen": "The buyer may inspect until {inspectionEndsAt:time}: settle after that, or let the buyer accept.",
    "Market_InspectionOver": "The inspection ended at {inspectionEndsAt:time}: anybody can settle the order now.",
    "Market_NotBuyer": "Only the buyer of this order may do that, not {caller}: choose the buyer's account.",
    "Market_NotSeller": "Only the seller of this offer may do that, not {caller}: choose the seller's account.",
    "Market_OfferExists": "An offer with exactly these terms was made before: change a term or its salt.",
    "Market_OfferExpired": "The offer ended at {expiresAt:time}: ask the seller for a new one.",
    "Market_OfferNotOpen": "The offer is not open, it was closed or never made: look for another with `daimm offer list`.",
    "Market_OrderNotInspected": "The order has no open inspection, it is undelivered, settled or refunded: see `daimm order show`.",
    "Market_OrderNotPending": "The order does not wait for delivery, it is delivered, refunded or unknown: see `daimm order show`.",
    "Market_PriceMoved": "The offer costs {total}, above your maximum of {maxTotal} (smallest units): raise it if you agree.",
    "Market_RefundTooEarly": "The seller may still deliver until {graceEnd:time}: ask for the refund after that.",
    "Market_SoldOut": "All {supply} licences of the offer are sold: look for another with `daimm offer list`.",
    "Market_TermsInvalid": "The offer's terms are not allowed, see '{field}': the limits are in interfaces/IMarket.sol.",
    "Market_TokenNotAllowed": "The token {token} is not allowed for payment: choose AIM or one that governance allowed.",
    "Market_TokenShort": "The token delivered {received} of {expected}: tokens that take a cut of transfers cannot pay here.",
    "Market_UnexpectedToken": "The market takes direct payments in AIM only, not in {token}: approve and buy instead.",
    "Market_VersionMismatch": "The offer does not fit what is registered as version {version} of model {model}: read it anew.",
    "Market_WrongAmount": "The payment was {received} and should be {expected} (smallest units): nothing was paid.",
    "Market_ZeroAddress": "The market was given the zero address: name the real one.",
    # Delivery
    "KeyDelivery_ScalarOutOfRange": _NO_KEY,
    "KeyDelivery_WrongChallenge": _NO_KEY,
    "KeyDelivery_WrongLineTerm": _NO_KEY,
    "KeyDelivery_WrongRecipientTerm": _NO_KEY,
    "KeyDelivery_WrongSum": _NO_KEY,
    "Secp256k1_EqualX": _NO_KEY,
    "Secp256k1_Identity": _NO_KEY,
    "Secp256k1_PointInvalid": "A key is no usable point of secp256k1: make it anew.",
    "Secp256k1_SlopeWrong": _NO_KEY,
    # Ledger
    "Ledger_NothingOwed": "Nothing is owed to {payee} in this token: there is nothing to withdraw.",
    "Ledger_ZeroReceiver": "The receiver is the zero address: give the account that is to have the money.",
    # Registry
    "ModelRegistry_AlreadyRetired": "Version {version} of model {model} is retired already.",
    "ModelRegistry_NotOwner": "{caller} does not own model {model}: choose its owner's account.",
    "ModelRegistry_NotSellable": "Version {version} of model {model} cannot be sold by {seller}: it is unknown or retired, or the model has another owner.",
    "ModelRegistry_ParentUnknown": "There is no version {version} of the parent model {model}: check the lineage.",
    "ModelRegistry_RoyaltyTooHigh": "A royalty of {royalty:percent} is above the cap of {cap:percent}: choose less.",
    "ModelRegistry_TooManyParents": "{count} parents are too many: name at most {cap}.",
    "ModelRegistry_TooManyVersions": "Model {model} has no room for another version: register a new model.",
    "ModelRegistry_VersionUnknown": "Model {model} has no version {version}: see `daimm model show {model}`.",
    "ModelRegistry_ZeroCommitment": "The version lacks a manifest, an artifact or a root: publish it from the model file.",
    # Licences
    "ModelLicense_AlreadyIssued": "This exact purchase was made before: buy again, which draws a new salt.",
    "ModelLicense_IssuerNotAllowed": "The market {issuer} may not sell licences any more: use the current deployment.",
    "ModelLicense_Locked": "The licence cannot be transferred: it is not settled, or was sold as non-transferable.",
    "ModelLicense_VersionRange": "Versions {firstVersion} to {lastVersion} are no range: the first must not be above the last.",
    "ModelLicense_WrongState": "The licence is in another state than this needs: look at it with `daimm order list`.",
    # Stop of new business
    "NewBusinessStop_Stopped": "New listings and purchases are stopped until {until:time}; deliveries, refunds and withdrawals go on.",
    "NewBusinessStop_TooLong": "A stop of {duration} seconds is too long: choose at most {cap}.",
    "NewBusinessStop_TooSoon": "The next stop cannot begin yet: try again from {earliest:time} on.",
    # Faucet
    "Faucet_TooSoon": "The faucet gives to each account once in a while: ask again after {nextAt:time}.",
    # OpenZeppelin and solady, as far as a call of ours can meet them
    "ERC20InsufficientAllowance": "The market may take {allowance} of the {needed} needed (smallest units): approve more.",
    "ERC20InsufficientBalance": "{sender} has {balance} of the {needed} needed (smallest units of the token): add funds, or choose another account.",
    "ERC20InvalidApprover": _ZERO.format("approver"),
    "ERC20InvalidReceiver": _ZERO.format("receiver"),
    "ERC20InvalidSender": _ZERO.format("sender"),
    "ERC20InvalidSpender": _ZERO.format("spender"),
    "ERC1363ApproveFailed": "The token refused the approval: use another token.",
    "ERC1363InvalidReceiver": "{receiver} does not take AIM by direct payment: check the address.",
    "ERC1363InvalidSpender": "{spender} does not take AIM by approval: check the address.",
    "ERC1363TransferFailed": "The token refused the transfer: check the balance.",
    "ERC1363TransferFromFailed": "The token refused the transfer: check balance and allowance.",
    "ERC2612ExpiredSignature": "The permit ran out at {deadline:time}: sign a new one.",
    "ERC2612InvalidSigner": "The permit was signed by {signer}, not by {owner}: sign it with the buyer's account.",
    "InvalidAccountNonce": "The permit was used already: sign a new one.",
    "SafeERC20FailedOperation": "The token {token} refused the payment: check balance and allowance.",
    "TransferFailed": "The token refused the transfer: check the receiver.",
    "TransferFromFailed": "The token refused the payment: check balance and allowance.",
    "ReentrancyGuardReentrantCall": "The token called back into the market, which refuses that: use another token.",
    "AccessManagedUnauthorized": _GOVERNANCE,
    "AccessManagedRequiredDelay": _GOVERNANCE,
    "AccessManagerUnauthorizedAccount": _GOVERNANCE,
    "AccessManagerUnauthorizedCall": _GOVERNANCE,
    "AccessManagerUnauthorizedCancel": _GOVERNANCE,
    "AccessManagerUnauthorizedConsume": _GOVERNANCE,
    "AccessManagerBadConfirmation": "A role is given back for one's own account alone: give its address.",
    "AccessManagerLockedFunction": "This function's role cannot be changed.",
    "AccessManagerLockedRole": "This role cannot be changed.",
    "AccessManagerAlreadyScheduled": "This operation is scheduled already: execute or cancel that one first.",
    "AccessManagerExpired": "This operation ran out: schedule it again.",
    "AccessManagerNotReady": "This operation is scheduled for later: execute it then.",
    "AccessManagerNotScheduled": "This operation was not scheduled: schedule it first.",
    "AccessManagerInvalidInitialAdmin": "The access manager needs a first administrator: give a real address.",
    "AccessManagedInvalidAuthority": "The access manager's address has no contract: check it.",
    "NotOwnerNorApproved": "The account neither owns this token nor was approved for it: choose the owner's account.",
    "TokenDoesNotExist": "There is no such model or licence on this chain: check the number.",
    "TransferFromIncorrectOwner": "The token belongs to somebody else: check its owner.",
    "TransferToNonERC721ReceiverImplementer": "The receiver is a contract that takes no such token: choose another.",
    "TransferToZeroAddress": "The receiver is the zero address: give a real one.",
    "BalanceQueryForZeroAddress": "The zero address has no balance to ask for: give a real one.",
    "AccountBalanceOverflow": "The account cannot hold more of these tokens: choose another.",
    "TokenAlreadyExists": "A token with this number exists already: choose another number.",
    "AddressEmptyCode": "There is no contract at {target}: check the address.",
    "FailedCall": "A contract that this call needs failed without saying why: check the token and its receiver.",
    "InsufficientBalance": "The contract has {balance} of the {needed} needed: send it more first.",
    "InvalidShortString": TECHNICAL,
    "StringTooLong": TECHNICAL,
    "StringsInsufficientHexLength": TECHNICAL,
    "ECDSAInvalidSignature": "The signature is malformed: sign again.",
    "ECDSAInvalidSignatureLength": "The signature is malformed: sign again.",
    "ECDSAInvalidSignatureS": "The signature is malformed: sign again.",
    "SafeCastOverflowedUintDowncast": "A number is too large for this contract: give a smaller one.",
}

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

NODE_SAYS: tuple[tuple[str, str], ...] = (
    (
        "insufficient funds",
        "The account lacks the ether for the transaction's gas: send it some, or choose another account.",
    ),
    (
        "nonce too low",
        "Another transaction of this account was mined in between: run the command again.",
    ),
    (
        "replacement transaction underpriced",
        "A transaction of this account is waiting in the same place: wait until it is mined, then run the command again.",
    ),
    ("already known", "The node has this transaction already: wait until it is mined."),
    (
        "max fee per gas less than block base fee",
        "Gas became dearer in this moment: run the command again.",
    ),
    ("intrinsic gas too low", "The node changed its mind about the gas: run the command again."),
    (
        "gas required exceeds allowance",
        "This is too much for one transaction: do it in smaller parts.",
    ),
    ("exceeds block gas limit", "This is too much for one transaction: do it in smaller parts."),
    ("out of gas", "The transaction ran out of gas: run the command again."),
    ("txpool is full", "The node takes no transactions just now: try later or use another node."),
    (
        "invalid chain id",
        "The node is on another chain than the transaction: check the network you chose.",
    ),
)
