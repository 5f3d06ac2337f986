"""What a deployment is made of, where it is missing."""

from __future__ import annotations

import pytest

from daimm_cli.base.errors import DaimmError
from scripts import _params


def test_a_network_without_parameters_is_told_where_they_go() -> None:
    with pytest.raises(DaimmError, match=r"write scripts/params/<network>\.yaml"):
        _params.for_chain(987_654)
