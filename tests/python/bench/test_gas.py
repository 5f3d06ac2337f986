"""The committed figures are what the contracts take now, all of them under their ceilings."""

import json

from bench import gas


def test_committed_gas_is_measured_gas_and_under_its_ceilings() -> None:
    results = gas.run()
    committed = json.loads(gas.RESULTS.read_text())

    assert {key: committed[key] for key in results} == results
    few, many = results.values()
    assert gas.problems(few, many) == []
