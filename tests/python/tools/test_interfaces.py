"""The interfaces as a package: what it holds, and what others build on it alone.

Its README's contract compiles in a project of another; a client with viem and one with ethers
publish, buy in every way, decode every error and rebuild the index.
"""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from daimm_cli.bindings.structs import ModelId
from daimm_cli.chain.client import Chain
from daimm_cli.chain.terms import LicenseState
from daimm_cli.index.index import Index
from tests.python.chain.samples import AIM, BUYER_KEY, LINE, bought, delivery, published, withdraw
from tools.abis import CONTRACTS
from tools.chain import LocalChain, tool_path

Funded = Callable[[int, int], LocalAccount]
ROOT = Path(__file__).resolve().parents[3]
CLIENTS = Path(__file__).parent / "clients"
SETTINGS = f"""[profile.default]
src = "src"
solc = "{ROOT / "tools/solc"}"
offline = true
auto_detect_remappings = false
remappings = ["@daimm/interfaces/=node_modules/@daimm/interfaces/"]
"""
REFUSALS = [
    "Market_PriceMoved",
    "TransferFromFailed",
    "ERC20InsufficientBalance",
    "Market_NotSeller",
    "ModelRegistry_RoyaltyTooHigh",
    "ModelLicense_Locked",
    "Ledger_NothingOwed",
]
SAMPLES = {
    **dict.fromkeys(
        [
            "int128",
            "uint8",
            "uint16",
            "uint24",
            "uint32",
            "uint40",
            "uint48",
            "uint64",
            "uint128",
            "uint256",
        ],
        "7",
    ),
    "address": "0x" + "11" * 20,
    "bytes32": "0x" + "22" * 32,
    "bytes4": "0x" + "33" * 4,
    "string": "text",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the packed package, and with viem and ethers, among its modules."""
    project = tmp_path_factory.mktemp("project")
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--offline", "--pack-destination", project, "./interfaces"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(project / packed.stdout.strip()) as archive:
        archive.extractall(project, filter="data")
    place = project / "node_modules/@daimm/interfaces"
    place.parent.mkdir(parents=True)
    (project / "package").rename(place)
    for library in ("viem", "ethers"):
        (project / "node_modules" / library).symlink_to(ROOT / "node_modules" / library)
    for script in CLIENTS.glob("*.mjs"):
        (project / script.name).write_bytes(script.read_bytes())
    return place


def test_the_package_holds_sources_abis_and_sentences(package: Path) -> None:
    names = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    home = ROOT / "interfaces"
    sources = {path.relative_to(home).as_posix() for path in home.rglob("*.sol")}
    abis = {f"abi/{name}.json" for name in (*CONTRACTS, "Errors")}
    assert names == sources | abis | {"LICENSE", "README.md", "package.json", "errors.json"}
    assert (package / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_an_integrators_project_compiles_against_the_package(package: Path) -> None:
    project = package.parents[2]
    (project / "foundry.toml").write_text(SETTINGS)
    example = re.search(r"```solidity\n(.*?)```", (package / "README.md").read_text(), re.DOTALL)
    assert example
    (project / "src").mkdir()
    head = "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.28;\n"
    (project / "src/Members.sol").write_text(head + example[1])
    built = subprocess.run(
        [tool_path("forge"), "build", "--root", project], capture_output=True, text=True
    )
    assert built.returncode == 0, built.stderr + built.stdout
    assert (project / "out/Members.sol/Members.json").is_file()


@pytest.mark.parametrize("library", ["viem", "ethers"])
def test_a_client_needs_the_package_alone(
    library: str,
    package: Path,
    chain: Chain,
    local_chain: LocalChain,
    accounts: list[LocalAccount],
    funded: Funded,
    tmp_path: Path,
) -> None:
    seller, buyer, other = accounts[1], funded(2, 200 * AIM), accounts[3]
    names = ("Market", "ModelRegistry", "ModelLicense", "AIMToken")
    settings = {
        "rpc": local_chain.url,
        "chainId": chain.node.chain_id,
        "addresses": {name: chain.book.address(name) for name in names},
        "seller": "0x" + seller.key.hex(),
        "buyer": "0x" + buyer.key.hex(),
        "line": [str(LINE.point.x), str(LINE.point.y)],
        "key": [str(BUYER_KEY.point.x), str(BUYER_KEY.point.y)],
        "samples": SAMPLES,
    }

    def run(what: str) -> Any:
        (tmp_path / "settings.json").write_text(json.dumps(settings))
        script = str(package.parents[2] / f"{library}.mjs")
        command = ["node", "--no-warnings", script, what, str(tmp_path / "settings.json")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    traded = run("trade")
    assert chain.is_open(bytes.fromhex(traded["offer"][2:]))
    orders = [bytes.fromhex(order[2:]) for order in traded["orders"]]
    for order in orders:
        license_id = chain.license_id(order)
        assert chain.license(license_id).state is LicenseState.PENDING
        assert chain.node.view(chain.deployed.licenses.owner_of(license_id)) == buyer.address
    assert traded["refusals"] == REFUSALS
    sentences = json.loads((package / "errors.json").read_text()).values()
    assert traded["decoded"] == {entry["name"]: entry["sentence"] for entry in sentences}

    # Something of everything, for the index.
    for inspection in (0, 3600):
        made = published(chain, seller, inspection=inspection)
        placed, declined = bought(chain, buyer, made.offer), bought(chain, buyer, made.offer)
        chain.node.send(chain.delivery_call([(made.offer, placed.order, delivery(placed))]), other)
        chain.node.send(chain.deployed.market.decline(made.offer, declined.order), seller)
        if inspection:
            chain.node.send(chain.deployed.market.accept(made.offer, placed.order), buyer)
        else:
            chain.node.send(
                chain.deployed.licenses.transfer_from(
                    buyer.address, other.address, placed.license_id
                ),
                buyer,
            )
    withdraw(chain, seller)
    chain.node.send(chain.deployed.market.close_offer(made.offer), seller)
    chain.node.send(chain.deployed.registry.retire(ModelId(made.model), 1), seller)
    chain.node.send(
        chain.deployed.registry.transfer_from(seller.address, other.address, made.model), seller
    )

    rebuilt = run("index")
    with Index.open(tmp_path, chain) as index:
        index.sync()
        assert rebuilt == as_clients_say(index)


def as_clients_say(index: Index) -> dict[str, Any]:
    """The index in the clients' JSON."""
    models = index.models()
    versions = [row for model in models for row in index.versions(model.model)]
    return {
        "models": {str(row.model): row.owner for row in models},
        "versions": {
            f"{row.model}:{row.version}": "retired"
            if row.retired
            else "0x" + row.details.manifest.hex()
            for row in versions
        },
        "offers": {
            "0x" + row.offer_id.hex(): "closed" if row.closed else "open" for row in index.offers()
        },
        "orders": {"0x" + row.order_id.hex(): row.state.value for row in index.orders()},
        "licenses": {str(row.license_id): row.owner for row in index.licenses()},
        "credits": {
            f"{credit.payee} 0x{credit.account.hex()} {credit.token}".lower(): str(credit.amount)
            for credit in index.credits()
        },
    }
