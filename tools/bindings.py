"""Writes daimm_cli/bindings/ from what forge compiled and from the NatSpec of interfaces/.

    python -m tools.generate            # after `make build`, with the other generated files
    python -m tools.generate --check    # fails where one is stale

A module a contract: a class with a method for each function, a dataclass for each event. `structs`
has the structs, enums and named types of all; errors.json each error's sentence, by selector.
"""

from __future__ import annotations

import builtins
import json
import keyword
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from daimm_cli.protocol.curve import keccak
from tools.binding_types import HEAD, MARK, Abi, Structs, dataclass_source, listed
from tools.natspec import (
    ROOT,
    Natspec,
    artifact,
    docstring,
    doing,
    sentence,
    snake,
)

HOME = ROOT / "daimm_cli" / "bindings"
CONTRACTS = {
    "AIMToken": ("AIMToken",),
    "AIMVotes": ("AIMVotes",),
    "Arbiter": ("Arbiter",),
    "Attestations": ("Attestations",),
    "Authority": ("Authority",),
    "Bonds": ("Bonds",),
    "Claims": ("Claims",),
    "Court": ("Court",),
    "CoverPool": ("CoverPool",),
    "DaimmGovernor": ("DaimmGovernor",),
    "DrandRandomness": ("DrandRandomness",),
    "ERC20": ("IERC20Metadata", "IERC20Permit"),
    "Faucet": ("Faucet",),
    "KeyRequests": ("KeyRequests",),
    "Lineage": ("Lineage",),
    "Market": ("Market",),
    "ModelLicense": ("ModelLicense",),
    "ModelRegistry": ("ModelRegistry",),
    "MovingPrice": ("MovingPrice",),
    "PriceRule": ("IPriceRule",),
    "Profiles": ("Profiles",),
    "Randomness": ("IRandomness",),
    "Rebates": ("Rebates",),
    "RevenueSplitter": ("RevenueSplitter",),
    "Reviews": ("Reviews",),
    "Secondary": ("Secondary",),
    "Timelock": ("Timelock",),
    "Vesting": ("Vesting",),
    "Vouchers": ("Vouchers",),
}
"""Each module's class, and the artifacts whose ABIs it has."""

SHORT = {
    "AIMToken": "aim",
    "AIMVotes": "votes",
    "DaimmGovernor": "governor",
    "ModelLicense": "licenses",
    "ModelRegistry": "registry",
    "MovingPrice": "moving",
    "RevenueSplitter": "splitter",
}
"""What a contract is called among those that are deployed; else its name."""

SEVERAL = {"Claims", "CoverPool", "Vesting"}
"""Contracts of which a chain may have more than one."""

STANDARD = {
    "approve": "let somebody else take tokens",
    "approveAndCall": "let somebody else take tokens",
    "cancel(address[],uint256[],bytes[],bytes32)": "cancel a proposal",
    "castVote": "vote",
    "castVoteBySig": "hand in a signed vote",
    "castVoteWithReason": "vote",
    "castVoteWithReasonAndParamsBySig": "hand in a signed vote",
    "delegate": "delegate votes",
    "deposit(uint256,address)": "deposit into a pool",
    "delegateBySig": "hand in a signed delegation",
    "depositFor": "wrap AIM",
    "execute(address[],uint256[],bytes[],bytes32)": "execute a proposal",
    "grantRole": "grant a role",
    "propose": "make a proposal",
    "queue": "queue a proposal",
    "redeem(uint256,address,address)": "withdraw from a pool",
    "release": "release what has vested",
    "renounceRole": "renounce a role",
    "revokeRole": "revoke a role",
    "safeTransferFrom": "transfer the token",
    "setApprovalForAll": "let somebody else take all tokens",
    "transfer": "transfer tokens",
    "transferAndCall": "pay",
    "transferFrom": "transfer the token",
    "transferFromAndCall": "pay",
    "withdraw(uint256,address,address)": "withdraw from a pool",
    "withdrawTo": "unwrap AIM",
}
"""What functions do that no interface of ours declares, by name or signature."""

UNSAID = {
    "ADMIN_ROLE()": "The role of administrators.",
    "BALLOT_TYPEHASH()": "EIP-712 type of a signed vote.",
    "CANCELLER_ROLE()": "The role of who may cancel what waits.",
    "DEFAULT_ADMIN_ROLE()": "The role of who grants and revokes roles.",
    "ERC20Released(address,uint256)": "Tokens that had vested were sent to the beneficiary.",
    "EXECUTOR_ROLE()": "The role of who may execute what is due.",
    "EXTENDED_BALLOT_TYPEHASH()": "EIP-712 type of a signed vote with a reason.",
    "EtherReleased(uint256)": "Ether that had vested was sent to the beneficiary.",
    "OwnershipTransferred(address,address)": "There is another beneficiary.",
    "PROPOSER_ROLE()": "The role of who may schedule calls.",
    "PUBLIC_ROLE()": "The role that everybody has.",
    "ProposalThresholdSet(uint256,uint256)": "Proposing takes another number of votes.",
    "QuorumNumeratorUpdated(uint256,uint256)": "The quorum is another percentage.",
    "VotingDelaySet(uint256,uint256)": "Votes begin another time after a proposal.",
    "VotingPeriodSet(uint256,uint256)": "Votes last another time.",
    "onERC1155BatchReceived(address,address,uint256[],uint256[],bytes)": "Takes the tokens.",
    "onERC1155Received(address,address,uint256,uint256,bytes)": "Takes the token.",
}
"""NatSpec that a library's sources lack."""


def generate() -> dict[Path, str]:
    """Every file and its text."""
    abis = {name: _abi(parts) for name, parts in CONTRACTS.items()}
    structs = Structs(entry for abi in abis.values() for entry in abi)
    files = {"structs.py": structs.module()}
    for name, abi in abis.items():
        files[f"{snake(name)}.py"] = Module(name, abi, structs).text()
    files["deployed.py"] = _deployed(
        [name for name, parts in CONTRACTS.items() if parts == (name,)]
    )
    made = {HOME / name: _formatted(HOME / name, text) for name, text in files.items()}
    errors = _errors([*abis.values(), _abi(["ContentProof"]), _abi(["ILibraryErrors"])])
    return made | {HOME / "errors.json": errors, ROOT / "interfaces" / "errors.json": errors}


def _deployed(names: Sequence[str]) -> str:
    """deployed.py."""
    lines = [HEAD.format(mark=MARK, doc="The contracts that may be deployed, by name.")]
    lines += ["from daimm_cli.bindings.calls import At, Deployment"]
    lines += [f"from daimm_cli.bindings.{snake(name)} import {name}" for name in names]
    lines += ["BOUND: dict[str, type[Contract]] = {"]
    lines += [*(f'    "{name}": {name},' for name in names), "}", ""]
    lines += ["class Contracts(Deployment):", '    """Each as its binding has it."""', ""]
    lines += [f"    {SHORT.get(n, snake(n))} = At({n})" for n in names if n not in SEVERAL]
    return "\n".join(lines) + "\n"


def is_generated(module: Path) -> bool:
    """Whether a module of the folder is one that `generate` wrote, now or before."""
    return MARK in module.read_text()


def _abi(artifacts: Iterable[str]) -> list[Abi]:
    entries = [entry for name in artifacts for entry in artifact(name)["abi"]]
    named = [entry for entry in entries if entry["type"] not in ("receive", "fallback")]
    return sorted(named, key=lambda entry: (entry.get("name", ""), len(entry["inputs"])))


def _argument(name: str, position: int) -> str:
    plain = snake(name.strip("_")) or f"argument{position}"
    taken = keyword.iskeyword(plain) or plain in dir(builtins)
    return f"{plain}_" if taken else plain


def _inputs(entry: Abi) -> list[tuple[str, Abi]]:
    """Each input under its name in Python, where `value` of a payable function is its ether."""
    named = [(_argument(p["name"], i), p) for i, p in enumerate(entry["inputs"])]
    taken = "value" if entry["stateMutability"] == "payable" else None
    return [(f"{name}_" if name == taken else name, p) for name, p in named]


def _signature(entry: Abi) -> str:
    return f"{entry['name']}({','.join(_abi_type(part) for part in entry['inputs'])})"


def _abi_type(part: Abi) -> str:
    kind: str = part["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_abi_type(inner) for inner in part['components'])}){kind[5:]}"


class Module:
    """One contract's module."""

    def __init__(self, name: str, abi: list[Abi], structs: Structs) -> None:
        self._name, self._structs = name, structs
        self._docs = [Natspec(part) for part in CONTRACTS[name]]
        self._events = [entry for entry in abi if entry["type"] == "event"]
        functions = [entry for entry in abi if entry["type"] == "function"]
        self._functions: dict[str, Abi] = {}
        for entry in functions:
            method = snake(entry["name"])
            if method in self._functions:
                known = [part["name"] for part in self._functions[method]["inputs"]]
                more = next(p["name"] for p in entry["inputs"] if p["name"] not in known)
                method += f"_with_{snake(more)}"
            self._functions[method] = entry

    def text(self) -> str:
        """The whole module."""
        names = ", ".join(self._structs.names())
        doc = f"{self._name} in Python: what it is asked, what it says, what it tells."
        parts = [
            HEAD.format(mark=MARK, doc=doc) + f"from daimm_cli.bindings.structs import {names}\n"
        ]
        parts += [self._event(entry) for entry in self._events]
        parts += [self._answer(entry) for entry in self._functions.values() if _several(entry)]
        parts.append("\n".join(self._contract()))
        return "\n\n".join(parts)

    def _about(self) -> str:
        """What the interface says that the contract implements, else the contract itself."""
        interface = f"I{self._name}"
        known = (ROOT / "interfaces" / f"{interface}.sol").exists()
        return Natspec(interface).about() if known else self._docs[0].about() or f"{self._name}."

    def _said(self, what: str, signature: str) -> str:
        said = next(filter(None, (getattr(doc, what)(signature) for doc in self._docs)), "")
        if not said and signature not in UNSAID:
            raise SystemExit(f"{self._name}: {what} {signature} has no NatSpec")
        return said or UNSAID[signature]

    def _event(self, entry: Abi) -> str:
        text = _signature(entry)
        parts = list(enumerate(entry["inputs"]))
        fields = [(_argument(p["name"], i), self._structs.value(p)) for i, p in parts]
        indexed = listed(f'"{_argument(p["name"], i)}"' for i, p in parts if p["indexed"])
        constants = [
            f'    NAME = "{entry["name"]}"',
            f'    TOPIC = "{keccak(text.encode()).hex()}"',
            f"    INDEXED = {indexed}",
        ]
        doc = docstring(self._said("event", text), "    ")
        return dataclass_source(self._event_class(entry), "Event", doc, fields, constants)

    def _event_class(self, entry: Abi) -> str:
        """Its name, unless a type of ours has that: `Ruling` is both in ERC-792."""
        name: str = entry["name"]
        return f"{name}Event" if name in self._structs.names() else name

    def _answer(self, entry: Abi) -> str:
        lines = [f"class {_pascal(entry['name'])}(NamedTuple):"]
        lines += [f'    """What `{snake(entry["name"])}` answers."""', ""]
        for position, part in enumerate(entry["outputs"]):
            annotation = self._structs.value(part).annotation
            lines.append(f"    {_argument(part['name'], position)}: {annotation}")
        return "\n".join([*lines, ""])

    def _contract(self) -> Iterator[str]:
        yield f"class {self._name}(Contract):"
        yield docstring(self._about(), "    ")
        yield f'\n    NAME = "{self._name}"'
        yield "    FUNCTIONS: ClassVar[Mapping[str, Function]] = {"
        for method, entry in self._functions.items():
            yield f'        "{method}": {self._function(entry)},'
        yield f"    }}\n    EVENTS = {listed(map(self._event_class, self._events))}\n"
        for method, entry in self._functions.items():
            yield self._method(method, entry)

    def _function(self, entry: Abi) -> str:
        text = _signature(entry)
        standard = STANDARD.get(text) or STANDARD.get(entry["name"])
        phrase = doing().get(text) or standard or f"call {entry['name']}"
        inputs = _inputs(entry)
        kinds = ", ".join(f'"{name}": {self._structs.value(p).kind}' for name, p in inputs)
        outputs = listed(self._structs.value(part).kind for part in entry["outputs"])
        selector = keccak(text.encode())[:4].hex()
        return f'Function("{entry["name"]}", "{selector}", "{phrase}", {{{kinds}}}, {outputs})'

    def _method(self, method: str, entry: Abi) -> str:
        inputs = _inputs(entry)
        taken = [f"{name}: {self._structs.value(part).annotation}" for name, part in inputs]
        given = "".join(f", {name}" for name, _ in inputs)
        if _reads(entry):
            several = _pascal(entry["name"]) if _several(entry) else None
            one = [self._structs.value(part).annotation for part in entry["outputs"]]
            returns = f"View[{several or (one[0] if one else 'None')}]"
            body = f'self._view({several or "only"}, "{method}"{given})'
        else:
            paid = entry["stateMutability"] == "payable"
            taken += ["*", "value: int = 0"] if paid else []
            given += ", value=value" if paid else ""
            returns, body = "Call", f'self._call("{method}"{given})'
        text = _signature(entry)
        doc = docstring(self._said("function", text), "        ")
        head = f"    def {method}({', '.join(['self', *taken])}) -> {returns}:"
        return f"{head}\n{doc}\n        return {body}\n"


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]


def _reads(entry: Abi) -> bool:
    return entry["stateMutability"] in ("view", "pure")


def _several(entry: Abi) -> bool:
    return _reads(entry) and len(entry["outputs"]) > 1


def _errors(abis: Iterable[list[Abi]]) -> str:
    """errors.json: selector to name, arguments and sentence; raises KeyError where one has none."""
    found = {}
    for entry in (entry for abi in abis for entry in abi if entry["type"] == "error"):
        found["0x" + keccak(_signature(entry).encode())[:4].hex()] = {
            "name": entry["name"],
            "inputs": [{"name": p["name"], "type": _abi_type(p)} for p in entry["inputs"]],
            "sentence": sentence(entry["name"]),
        }
    ordered = sorted(found.items(), key=lambda pair: pair[1]["name"])
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in ordered)
    return f"{{\n{lines}\n}}\n"


def _formatted(path: Path, text: str) -> str:
    """As ruff leaves it, which drops the imports that a module does not need."""
    ruff = Path(sys.executable).parent / "ruff"
    name = ["--quiet", "--stdin-filename", str(path), "-"]
    for command in (["check", "--fix-only"], ["format"]):
        done = subprocess.run([ruff, *command, *name], input=text, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{path.name}: {done.stderr}")
        text = done.stdout
    return text
