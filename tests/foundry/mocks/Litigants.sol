// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrable} from "../../../interfaces/IArbitrable.sol";
import {ICourt} from "../../../interfaces/ICourt.sol";

/// @notice Makes disputes, and tries everything from inside while it is told a ruling.
contract Litigant is IArbitrable {
    ICourt private immutable COURT;
    bool public reverting;
    uint256 public told;
    uint256 public entered;

    constructor(ICourt court) {
        COURT = court;
    }

    function dispute() external payable returns (uint256) {
        return COURT.createDispute{value: msg.value}(2, "");
    }

    function appeal(uint256 disputeId) external payable {
        COURT.appeal{value: msg.value}(disputeId, "");
    }

    function setReverting(bool reverting_) external {
        reverting = reverting_;
    }

    function rule(uint256 disputeId, uint256) external {
        require(!reverting, "no");
        told += 1;
        try COURT.execute(disputeId) {
            entered += 1;
        } catch {}
        try COURT.advance(disputeId) {
            entered += 1;
        } catch {}
        try COURT.appeal(disputeId, "") {
            entered += 1;
        } catch {}
    }
}
