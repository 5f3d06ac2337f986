// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiter} from "../../../interfaces/IArbiter.sol";
import {IArbitrable} from "../../../interfaces/IArbitrable.sol";
import {IArbitrator} from "../../../interfaces/IArbitrator.sol";

/// @notice What Kleros v1 is to a contract that has disputes: courts and jurors in the extra data, a fee that changes, rounds
/// of twice as many jurors and one, appeals through that contract alone, and rulings that anybody executes.
contract Jury is IArbitrator {
    struct Dispute {
        address arbitrable;
        uint256 choices;
        uint256 jurors;
        uint256 ruling;
        uint256 appealableUntil;
        bool voted;
        bool executed;
    }

    uint256 public constant APPEAL_TIME = 3 days;
    uint256 public feePerJuror = 0.01 ether;
    bytes public lastExtraData;
    Dispute[] public disputes;

    function setFee(uint256 fee) external {
        feePerJuror = fee;
    }

    function createDispute(uint256 choices, bytes calldata extraData)
        external
        payable
        returns (uint256 id)
    {
        require(msg.value >= arbitrationCost(extraData), "Not enough ETH to cover costs.");
        id = disputes.length;
        lastExtraData = extraData;
        disputes.push(Dispute(msg.sender, choices, _jurors(extraData), 0, 0, false, false));
        emit DisputeCreation(id, msg.sender);
    }

    function vote(uint256 id, uint256 ruling) external {
        Dispute storage dispute = disputes[id];
        (dispute.voted, dispute.ruling) = (true, ruling);
        dispute.appealableUntil = block.timestamp + APPEAL_TIME;
    }

    function appeal(uint256 id, bytes calldata extraData) external payable {
        Dispute storage dispute = disputes[id];
        require(msg.sender == dispute.arbitrable, "Can only be called by the arbitrable contract.");
        require(disputeStatus(id) == DisputeStatus.Appealable, "Not appealable.");
        require(msg.value >= appealCost(id, extraData), "Not enough ETH to cover costs.");
        dispute.jurors = 2 * dispute.jurors + 1;
        dispute.voted = false;
    }

    function executeRuling(uint256 id) external {
        Dispute storage dispute = disputes[id];
        require(disputeStatus(id) == DisputeStatus.Solved && !dispute.executed, "Not solved.");
        dispute.executed = true;
        IArbitrable(dispute.arbitrable).rule(id, dispute.ruling);
    }

    function arbitrationCost(bytes calldata extraData) public view returns (uint256) {
        return feePerJuror * _jurors(extraData);
    }

    function appealCost(uint256 id, bytes calldata) public view returns (uint256) {
        return feePerJuror * (2 * disputes[id].jurors + 1);
    }

    function appealPeriod(uint256 id) external view returns (uint256, uint256) {
        uint256 end = disputes[id].appealableUntil;
        return disputes[id].voted ? (end - APPEAL_TIME, end) : (0, 0);
    }

    function disputeStatus(uint256 id) public view returns (DisputeStatus) {
        if (!disputes[id].voted) return DisputeStatus.Waiting;
        return block.timestamp <= disputes[id].appealableUntil
            ? DisputeStatus.Appealable
            : DisputeStatus.Solved;
    }

    /// @dev Of the last round: a new one has none.
    function currentRuling(uint256 id) external view returns (uint256) {
        return disputes[id].voted ? disputes[id].ruling : 0;
    }

    function _jurors(bytes calldata extraData) private pure returns (uint256 jurors) {
        (, jurors) = abi.decode(extraData, (uint256, uint256));
    }
}

/// @notice What Kleros v2 is to it: no appeals by the contract, fees in tokens beside ether, another answer about rulings.
contract JuryV2 {
    uint256 public constant FEE = 0.02 ether;
    address[] public arbitrables;
    uint256 private _standing;

    event DisputeCreation(uint256 indexed _disputeID, address indexed _arbitrable);

    function createDispute(uint256, bytes calldata) external payable returns (uint256 id) {
        require(msg.value >= FEE, "ArbitrationFeesNotEnough()");
        id = arbitrables.length;
        arbitrables.push(msg.sender);
        emit DisputeCreation(id, msg.sender);
    }

    function vote(uint256 ruling) external {
        _standing = ruling;
    }

    function executeRuling(uint256 id, uint256 ruling) external {
        IArbitrable(arbitrables[id]).rule(id, ruling);
    }

    function arbitrationCost(bytes calldata) external pure returns (uint256) {
        return FEE;
    }

    function arbitrationCost(bytes calldata, address) external pure returns (uint256) {
        return 1e18;
    }

    function currentRuling(uint256) external view returns (uint256, bool, bool) {
        return (_standing, _standing == 0, false);
    }
}

/// @notice Judge and party in one, which rules again while it is told a ruling.
contract CallingBack is IArbitrable {
    uint256 public told;

    function dispute(IArbiter arbiter) external payable {
        arbiter.createDispute{value: msg.value / 2}(2, "");
        arbiter.createDispute{value: msg.value / 2}(2, "");
    }

    function judge(IArbiter arbiter) external {
        arbiter.giveRuling(0, 1);
    }

    function rule(uint256 id, uint256) external {
        told += 1;
        try IArbiter(msg.sender).giveRuling(id, 2) {} catch {}
    }

    receive() external payable {}
}
