// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

import {Bps} from "../../../../interfaces/types/Ids.sol";
import {GovernanceBase} from "../../utils/GovernanceBase.sol";

contract GovernorExecuteTest is GovernanceBase {
    function test_DoesWhatWasVoted() public {
        bytes memory call = abi.encodeCall(market.setToken, (address(usd), true, Bps.wrap(500), 7));
        uint256 id = _enact(_proposal(address(market), call));
        assertState(id, IGovernor.ProposalState.Executed);
        (, Bps fee,) = market.tokenPolicy(address(usd));
        assertEq(Bps.unwrap(fee), 500);
    }
}
