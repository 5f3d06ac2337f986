// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IArbitrable} from "./IArbitrable.sol";
import {IArbitrator} from "./IArbitrator.sol";
import {IEvidence} from "./IEvidence.sol";
import {Claim, ClaimId, ClaimRecord} from "./types/Claims.sol";
import {Ruling as Verdict} from "./types/Deals.sol";

/// @title A claim stands unless somebody opposes it; then an arbitrator decides
/// @notice A deal that names this contract as its adjudicator is held by a claim of somebody whom it hears. Silence
/// for three days upholds the claim. Whoever opposes it pays the arbitrator, and is paid the claimant's deposit if the
/// claim is rejected; so who is right pays nothing. Without a final ruling within sixty days it is what stands with
/// the arbitrator then; where nothing does, the deal has its own answer to that.
/// @dev One arbitrator and one court, for ever. A deal is a foreign contract and taken for hostile: it is told after
/// everything is written, and no deposit waits for it. An opposition counts if and only if it is mined at or before
/// its deadline, a ruling until the claim is concluded.
interface IClaims is IArbitrable, IEvidence {
    /// @notice A deal is held by a claim.
    /// @param deposit What the claimant left, in wei.
    /// @param deadline Last second to oppose it.
    /// @param evidence SHA-256 of what the claimant shows; zero: nothing.
    /// @param what The deal, as its contract encodes it.
    event ClaimOpened(
        ClaimId indexed claim,
        address indexed target,
        address indexed claimant,
        uint256 deposit,
        uint40 deadline,
        bytes32 evidence,
        bytes what
    );

    /// @notice A claim was opposed: the arbitrator decides.
    /// @param cost What the dispute cost, in wei.
    /// @param deadline After it anybody concludes the claim as it stands with the arbitrator.
    /// @param evidence SHA-256 of what the opposer shows; zero: nothing.
    event ClaimOpposed(
        ClaimId indexed claim,
        address indexed opposer,
        uint256 indexed disputeId,
        uint256 cost,
        uint40 deadline,
        bytes32 evidence
    );

    /// @notice Somebody else, or one of them once more, has something to say to a claim.
    /// @param evidence SHA-256 of what they show.
    event EvidenceAdded(ClaimId indexed claim, address indexed party, bytes32 evidence);

    /// @notice Somebody paid for another round of a dispute.
    /// @param cost What it cost, in wei.
    event RulingAppealed(ClaimId indexed claim, address indexed payer, uint256 cost);

    /// @notice A claim is over: its deposit was credited.
    /// @param payee To whom.
    /// @param deposit In wei.
    event ClaimConcluded(
        ClaimId indexed claim, Verdict ruling, address indexed payee, uint256 deposit
    );

    /// @notice The deal was told how its claim ended.
    event ClaimExecuted(ClaimId indexed claim, address indexed target, Verdict ruling);

    /// @notice Ether was paid out.
    /// @param amount In wei.
    event EtherWithdrawn(address indexed payee, address indexed to, uint256 amount);

    /// @notice Only {claimant} may make this claim: choose that account.
    error Claims_NotClaimant(address claimant);

    /// @notice Only the arbitrator rules on claims here: ask {arbitrator}.
    error Claims_NotArbitrator(address arbitrator);

    /// @notice This takes {cost} wei and only {sent} came along: send at least that, what is too much comes back.
    error Claims_TooLittleSent(uint256 cost, uint256 sent);

    /// @notice This claim was made before: a deal is claimed once.
    error Claims_ClaimExists(ClaimId claim);

    /// @notice The claim is not open, it is opposed, over or unknown: look at its state.
    error Claims_NotOpen(ClaimId claim);

    /// @notice The claim is not before the arbitrator: look at its state.
    error Claims_NotOpposed(ClaimId claim);

    /// @notice The time to oppose the claim ended at {deadline:time}: it stands.
    error Claims_OppositionTooLate(uint40 deadline);

    /// @notice The time for a ruling ended at {deadline:time}: conclude the claim.
    error Claims_RulingTooLate(uint40 deadline);

    /// @notice The claim may be opposed until {deadline:time}: conclude it after that.
    error Claims_OppositionPossible(uint40 deadline);

    /// @notice The arbitrator may rule until {deadline:time}: conclude the claim after that.
    error Claims_RulingPossible(uint40 deadline);

    /// @notice The arbitrator has to be asked, and may take {needed} gas for that: send more.
    error Claims_TooLittleGas(uint256 needed);

    /// @notice The claim is over or unknown: look at its state.
    error Claims_ClaimOver(ClaimId claim);

    /// @notice The deal has been told how its claim ended: that happens once.
    error Claims_AlreadyExecuted(ClaimId claim);

    /// @notice There is no such dispute here: give the number that the arbitrator gave.
    error Claims_DisputeUnknown(uint256 disputeId);

    /// @notice Nothing is owed to {payee}: there is nothing to withdraw.
    error Claims_NothingOwed(address payee);

    /// @notice The receiver is the zero address: give the account that is to have the ether.
    error Claims_ZeroReceiver();

    /// @notice There is no arbitrator at {arbitrator}: give the address of one.
    error Claims_NoArbitrator(address arbitrator);

    /// @notice Claims a deal that hears the caller, and holds it. The caller leaves the cost of the arbitration; what is
    /// sent beyond that is credited to them.
    /// @param evidence SHA-256 of at most 1 MiB that is to be found as "/ipfs/" and its raw CID; zero: nothing yet.
    /// @custom:doing claim a deal
    function open(Claim calldata claim, bytes32 evidence) external payable returns (ClaimId id);

    /// @notice Opposes a claim: pays for the dispute. Permissionless; what is sent beyond the cost is credited.
    /// @dev `deposit` is what the arbitration cost when the claim was opened; it may cost more now.
    /// @custom:doing oppose a claim
    function oppose(ClaimId id, bytes32 evidence) external payable;

    /// @notice Says something to a claim that is open or opposed. Permissionless.
    /// @custom:doing give evidence
    function addEvidence(ClaimId id, bytes32 evidence) external;

    /// @notice Pays for another round before the arbitrator, where it takes appeals through the contract that made the
    /// dispute, as Kleros v1 does. Permissionless; what is sent beyond the cost is credited.
    /// @dev An appeal gives no more time: where its round is not over by the claim's deadline, what was appealed stands.
    /// @custom:doing appeal a ruling
    function appeal(uint256 disputeId) external payable;

    /// @notice Ends a claim that nobody opposed in time, that was ruled on, or whose time for a ruling is over: credits its
    /// deposit to the opposer where it was rejected, else to the claimant. Permissionless.
    /// @dev After that time it ends as it stands: by what the arbitrator's last finished round came to, which is the
    /// appealed one while another runs. Where there is none, or the arbitrator does not answer, the ruling is None.
    /// @dev The deal is not called: one that has ended otherwise, or that reverts, keeps no deposit.
    /// @custom:doing conclude a claim
    function conclude(Claim calldata claim) external;

    /// @notice Tells the deal how its claim ended, and concludes it first where that is due. Permissionless, once; where
    /// the deal reverts, it can be tried again.
    /// @custom:doing execute a claim
    function execute(Claim calldata claim) external;

    /// @notice Pays all that the caller is owed to `to`.
    /// @custom:doing withdraw ether
    function withdraw(address payable to) external returns (uint256 amount);

    /// @notice keccak256(abi.encode(domain, claim)).
    function claimIdOf(Claim calldata claim) external view returns (ClaimId);

    /// @notice The claim as stored.
    function recordOf(ClaimId id) external view returns (ClaimRecord memory);

    /// @notice Which claim the arbitrator's dispute is about; zero: none.
    function claimOf(uint256 disputeId) external view returns (ClaimId);

    /// @notice What is owed in ether, in wei.
    function credit(address payee) external view returns (uint256);

    /// @notice What opening or opposing a claim takes now, in wei.
    function cost() external view returns (uint256);

    /// @notice Who decides.
    function arbitrator() external view returns (IArbitrator);

    /// @notice What the arbitrator is told with each dispute: abi.encode(court, jurors), as Kleros takes it.
    function extraData() external view returns (bytes memory);

    /// @notice keccak256(abi.encode(chain id, this contract)), at deployment.
    function domain() external view returns (bytes32);
}
