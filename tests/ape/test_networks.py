"""Every network that has parameters is one that Ape knows, by the name that the page says."""

from __future__ import annotations

import re
from pathlib import Path

import ape
from eth_account import Account

from daimm_cli.chain.book import LOCAL_CHAINS
from scripts._ape import ApeSigner
from scripts._params import FOLDER, read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "deploy.md"


def test_every_network_with_parameters_goes_by_the_name_on_the_page() -> None:
    names = re.findall(r"^\| [\w ]+ \| `(\w+):(\w+):node` \|$", PAGE.read_text(), re.MULTILINE)
    account = ape.accounts.test_accounts[0]
    known = set()
    for ecosystem_name, network in names:
        ecosystem = ape.networks.get_ecosystem(ecosystem_name)
        chain_id = ecosystem.get_network(network).chain_id
        known.add(chain_id)
        fields = {
            "chainId": chain_id,
            "data": "0x00",
            "gas": 60_000,
            "nonce": 0,
            "value": 0,
            "maxFeePerGas": 5,
            "maxPriorityFeePerGas": 1,
        }
        signed = ApeSigner(account, ecosystem).sign_transaction(fields)
        assert Account.recover_transaction(signed.raw_transaction) == account.address
    assert known == {read(file).chain_id for file in FOLDER.glob("*.yaml")} - LOCAL_CHAINS
