"""A plugin of Ape like those of hardware wallets; its device is a file that holds a key.

As the plugin for Ledger it shows on stdout what is signed, and takes the hashes of typed data;
under the name of the one for Trezor it takes the data themselves.

`$APE_DATA_FOLDER/<plugin>/<alias>.json`: {"key": "0x...", "address": "0x...", "does": "sign"}.
"""

from typing import Any

from ape.plugins import register
from ape.plugins.account import AccountPlugin


@register(AccountPlugin)
def account_types() -> Any:
    from .accounts import Container, Device  # noqa: TID252 - tests give the plugin other names

    return Container, Device
