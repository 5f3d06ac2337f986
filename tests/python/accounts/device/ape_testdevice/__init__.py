"""A plugin of Ape like those of hardware wallets; its device is a file that holds a key.

`$APE_DATA_FOLDER/testdevice/<alias>.json`: {"key": "0x...", "address": "0x...", "does": "sign"}.
"""

from typing import Any

from ape.plugins import register
from ape.plugins.account import AccountPlugin


@register(AccountPlugin)
def account_types() -> Any:
    from ape_testdevice.accounts import Container, Device  # type: ignore[import-not-found]

    return Container, Device
