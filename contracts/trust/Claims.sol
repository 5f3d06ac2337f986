// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibCall} from "solady/utils/LibCall.sol";
import {LibString} from "solady/utils/LibString.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {IAdjudicated} from "../../interfaces/IAdjudicated.sol";
import {IArbitrable} from "../../interfaces/IArbitrable.sol";
import {IArbitrator} from "../../interfaces/IArbitrator.sol";
import {IClaims} from "../../interfaces/IClaims.sol";
import {Claim, ClaimId, ClaimRecord, ClaimState} from "../../interfaces/types/Claims.sol";
import {Ruling as Verdict} from "../../interfaces/types/Deals.sol";

/// @notice Specified in IClaims.
contract Claims is IClaims {
    using LibCall for address;
    using SafeTransferLib for address payable;

    /* CONSTANTS */

    /// @notice How long a claim may be opposed, in seconds.
    uint40 public constant OPPOSITION_TIME = 3 days;
    /// @notice How long the arbitrator has for its ruling, in seconds.
    uint40 public constant RULING_TIME = 60 days;
    /// @notice Rulings beside 0: 1 upholds the claim, 2 rejects it.
    uint256 public constant CHOICES = 2;

    /// @dev What the arbitrator has to answer a question, and what has to be there for that.
    uint16 private constant ANSWER_LENGTH = 32;
    uint256 private constant GAS_TO_ANSWER = 500_000;
    uint256 private constant GAS_TO_ASK = 520_000;

    /// @dev Base 16 CIDv1, raw, SHA-256 of 32 bytes: what is said of them is a digest, so that it is never longer.
    string private constant PATH = "/ipfs/f01551220";

    /* IMMUTABLES */

    /// @inheritdoc IClaims
    IArbitrator public immutable arbitrator;

    /// @notice Which of the arbitrator's courts decides.
    uint256 public immutable court;

    /// @notice How many jurors begin.
    uint256 public immutable jurors;

    /// @inheritdoc IClaims
    bytes32 public immutable domain = keccak256(abi.encode(block.chainid, address(this)));

    /* STORAGE */

    mapping(ClaimId id => ClaimRecord) private _claims;

    /// @inheritdoc IClaims
    mapping(uint256 disputeId => ClaimId) public claimOf;

    /// @inheritdoc IClaims
    mapping(address payee => uint256) public credit;

    /* CONSTRUCTOR */

    /// @param question SHA-256 of the ERC-1497 document that says what is asked, and what the rulings mean.
    constructor(IArbitrator arbitrator_, uint256 court_, uint256 jurors_, bytes32 question) {
        if (address(arbitrator_).code.length == 0) {
            revert Claims_NoArbitrator(address(arbitrator_));
        }
        (arbitrator, court, jurors) = (arbitrator_, court_, jurors_);
        emit MetaEvidence(0, _path(question));
    }

    /* CLAIM */

    /// @inheritdoc IClaims
    function open(Claim calldata claim, bytes32 evidence) external payable returns (ClaimId id) {
        if (msg.sender != claim.claimant) revert Claims_NotClaimant(claim.claimant);
        id = claimIdOf(claim);
        ClaimRecord storage record = _claims[id];
        if (record.state != ClaimState.None) revert Claims_ClaimExists(id);
        uint256 deposit = cost();
        _keepTheRest(deposit);

        uint40 deadline = uint40(block.timestamp) + OPPOSITION_TIME;
        (record.state, record.deadline) = (ClaimState.Open, deadline);
        record.deposit = uint128(deposit); // of ether that was sent: there is not as much
        emit ClaimOpened(id, claim.target, msg.sender, deposit, deadline, evidence, claim.what);
        _tell(id, evidence);

        IAdjudicated(claim.target).hold(claim.what, msg.sender);
    }

    /// @inheritdoc IClaims
    function oppose(ClaimId id, bytes32 evidence) external payable {
        ClaimRecord storage record = _claims[id];
        if (record.state != ClaimState.Open) revert Claims_NotOpen(id);
        if (block.timestamp > record.deadline) revert Claims_OppositionTooLate(record.deadline);
        uint256 price = cost();
        _keepTheRest(price);

        uint40 deadline = uint40(block.timestamp) + RULING_TIME;
        (record.state, record.deadline) = (ClaimState.Opposed, deadline);
        record.opposer = msg.sender;
        _tell(id, evidence);

        uint256 disputeId = arbitrator.createDispute{value: price}(CHOICES, extraData());
        claimOf[disputeId] = id;
        record.dispute = uint96(disputeId); // whose it is, cut or not, is asked where it is used
        emit ClaimOpposed(id, msg.sender, disputeId, price, deadline, evidence);
        emit Dispute(address(arbitrator), disputeId, 0, uint256(ClaimId.unwrap(id)));
    }

    /// @inheritdoc IClaims
    function addEvidence(ClaimId id, bytes32 evidence) external {
        ClaimState state = _claims[id].state;
        if (state != ClaimState.Open && state != ClaimState.Opposed) revert Claims_ClaimOver(id);
        emit EvidenceAdded(id, msg.sender, evidence);
        _tell(id, evidence);
    }

    /* ARBITRATION */

    /// @inheritdoc IArbitrable
    /// @dev A ruling that comes too late is passed over, so that an arbitrator's own books never hang on a claim.
    function rule(uint256 disputeId, uint256 ruling) external {
        if (msg.sender != address(arbitrator)) revert Claims_NotArbitrator(address(arbitrator));
        ClaimRecord storage record = _claims[_disputed(disputeId)];
        emit Ruling(msg.sender, disputeId, ruling);
        if (record.state != ClaimState.Opposed) return;
        (record.state, record.ruling) = (ClaimState.Ruled, _verdict(ruling));
    }

    /// @inheritdoc IClaims
    function appeal(uint256 disputeId) external payable {
        ClaimId id = _disputed(disputeId);
        ClaimRecord storage record = _claims[id];
        if (record.state != ClaimState.Opposed) revert Claims_NotOpposed(id);
        if (block.timestamp > record.deadline) revert Claims_RulingTooLate(record.deadline);
        uint256 price = arbitrator.appealCost(disputeId, extraData());
        _keepTheRest(price);

        record.ruling = _standing(id);
        emit RulingAppealed(id, msg.sender, price);

        arbitrator.appeal{value: price}(disputeId, extraData());
    }

    /* END */

    /// @inheritdoc IClaims
    function conclude(Claim calldata claim) external {
        _conclude(claimIdOf(claim), claim.claimant);
    }

    /// @inheritdoc IClaims
    function execute(Claim calldata claim) external {
        ClaimId id = claimIdOf(claim);
        ClaimRecord storage record = _claims[id];
        if (record.state == ClaimState.Executed) revert Claims_AlreadyExecuted(id);
        if (record.state != ClaimState.Concluded) _conclude(id, claim.claimant);

        record.state = ClaimState.Executed;
        Verdict ruling = record.ruling;
        emit ClaimExecuted(id, claim.target, ruling);

        IAdjudicated(claim.target).resolve(claim.what, ruling);
    }

    /// @inheritdoc IClaims
    function withdraw(address payable to) external returns (uint256 amount) {
        if (to == address(0)) revert Claims_ZeroReceiver();
        amount = credit[msg.sender];
        if (amount == 0) revert Claims_NothingOwed(msg.sender);

        credit[msg.sender] = 0;
        emit EtherWithdrawn(msg.sender, to, amount);

        to.safeTransferETH(amount);
    }

    /* VIEWS */

    /// @inheritdoc IClaims
    function claimIdOf(Claim calldata claim) public view returns (ClaimId) {
        return ClaimId.wrap(keccak256(abi.encode(domain, claim)));
    }

    /// @inheritdoc IClaims
    function recordOf(ClaimId id) external view returns (ClaimRecord memory) {
        return _claims[id];
    }

    /// @inheritdoc IClaims
    function cost() public view returns (uint256) {
        return arbitrator.arbitrationCost(extraData());
    }

    /// @inheritdoc IClaims
    function extraData() public view returns (bytes memory) {
        return abi.encode(court, jurors);
    }

    /* PRIVATE */

    function _conclude(ClaimId id, address claimant) private {
        ClaimRecord storage record = _claims[id];
        ClaimState state = record.state;
        if (state == ClaimState.Open) {
            if (block.timestamp <= record.deadline) {
                revert Claims_OppositionPossible(record.deadline);
            }
            record.ruling = Verdict.Upheld;
        } else if (state == ClaimState.Opposed) {
            if (block.timestamp <= record.deadline) revert Claims_RulingPossible(record.deadline);
            record.ruling = _standing(id);
        } else if (state != ClaimState.Ruled) {
            revert Claims_ClaimOver(id);
        }

        Verdict ruling = record.ruling;
        address payee = ruling == Verdict.Rejected ? record.opposer : claimant;
        uint256 deposit = record.deposit;
        (record.state, record.deposit) = (ClaimState.Concluded, 0);
        credit[payee] += deposit;
        emit ClaimConcluded(id, ruling, payee, deposit);
    }

    /// @dev What the last finished round of a dispute came to. While another runs it is what stood when it was appealed: a
    /// court's `currentRuling` forgets that, and counts votes that are not all there.
    function _standing(ClaimId id) private view returns (Verdict) {
        ClaimRecord storage record = _claims[id];
        uint256 disputeId = record.dispute;
        if (ClaimId.unwrap(claimOf[disputeId]) != ClaimId.unwrap(id)) return Verdict.None;

        (bool answers, uint256 word) = _ask(abi.encodeCall(IArbitrator.disputeStatus, (disputeId)));
        if (answers && word == uint256(IArbitrator.DisputeStatus.Waiting)) return record.ruling;
        (answers, word) = _ask(abi.encodeCall(IArbitrator.currentRuling, (disputeId)));
        return answers ? _verdict(word) : record.ruling;
    }

    /// @dev What the arbitrator answers, which may be dead or hostile: neither locks a deposit. Nobody makes it silent by
    /// sending little gas.
    function _ask(bytes memory question) private view returns (bool answers, uint256 word) {
        if (gasleft() < GAS_TO_ASK) revert Claims_TooLittleGas(GAS_TO_ASK);
        bytes memory answer;
        (answers,, answer) =
            address(arbitrator).tryStaticCall(GAS_TO_ANSWER, ANSWER_LENGTH, question);
        if (answer.length < ANSWER_LENGTH) return (false, 0);
        word = abi.decode(answer, (uint256));
    }

    function _verdict(uint256 ruling) private pure returns (Verdict) {
        return ruling > CHOICES ? Verdict.None : Verdict(ruling);
    }

    /// @dev Credits the caller with what they sent beyond the price.
    function _keepTheRest(uint256 price) private {
        if (msg.value < price) revert Claims_TooLittleSent(price, msg.value);
        if (msg.value != price) credit[msg.sender] += msg.value - price;
    }

    function _disputed(uint256 disputeId) private view returns (ClaimId id) {
        id = claimOf[disputeId];
        if (ClaimId.unwrap(id) == 0) revert Claims_DisputeUnknown(disputeId);
    }

    function _tell(ClaimId id, bytes32 evidence) private {
        if (evidence == 0) return;
        uint256 group = uint256(ClaimId.unwrap(id));
        emit Evidence(address(arbitrator), group, msg.sender, _path(evidence));
    }

    function _path(bytes32 digest) private pure returns (string memory) {
        return string.concat(PATH, LibString.toHexStringNoPrefix(uint256(digest), 32));
    }
}
