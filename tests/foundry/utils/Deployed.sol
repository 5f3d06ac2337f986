// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";

import {IAIMVotes} from "../../../interfaces/IAIMVotes.sol";
import {IBonds} from "../../../interfaces/IBonds.sol";
import {ICourt} from "../../../interfaces/ICourt.sol";
import {ICoverPool} from "../../../interfaces/ICoverPool.sol";
import {IDaimmGovernor} from "../../../interfaces/IDaimmGovernor.sol";
import {IERC4907} from "../../../interfaces/IERC4907.sol";
import {IERC5192} from "../../../interfaces/IERC5192.sol";
import {IKeyRequests} from "../../../interfaces/IKeyRequests.sol";
import {ILedger} from "../../../interfaces/ILedger.sol";
import {IMarket} from "../../../interfaces/IMarket.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {INewBusinessStop} from "../../../interfaces/INewBusinessStop.sol";
import {IRebates} from "../../../interfaces/IRebates.sol";
import {ISecondary} from "../../../interfaces/ISecondary.sol";
import {ITimelock} from "../../../interfaces/ITimelock.sol";
import {IVesting} from "../../../interfaces/IVesting.sol";
import {Opening, WrongContent} from "../../../interfaces/types/Contents.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery, HeldKey, Passing, Point} from "../../../interfaces/types/Keys.sol";

// The contracts as tests see them. Tests import no contract: they deploy its artifact, so editing one recompiles no
// test, and tests compile by the fast pipeline while contracts compile by the one that is shipped.

interface AimUnderTest is IERC1363, IERC20Metadata, IERC20Permit, IERC3009, IERC3009Cancel {}

interface RegistryUnderTest is IModelRegistry, IERC721Metadata {}

interface LicenseUnderTest is IModelLicense, IERC721Metadata, IERC2981, IERC4907, IERC5192 {}

interface MarketUnderTest is IMarket, ILedger, INewBusinessStop, IERC1363Receiver {
    function multicall(bytes[] calldata calls) external returns (bytes[] memory);
}

interface PoolUnderTest is ICoverPool, IERC4626 {}

interface VotesUnderTest is IAIMVotes, IERC20Metadata, IERC20Permit, IVotes, IERC1363Receiver {
    function clock() external view returns (uint48);
    function CLOCK_MODE() external view returns (string memory);
    function underlying() external view returns (address);
    function depositFor(address account, uint256 value) external returns (bool);
    function withdrawTo(address account, uint256 value) external returns (bool);
}

interface GovernorUnderTest is IDaimmGovernor, IGovernor {
    function MAX_VOTING_DELAY() external view returns (uint48);
    function MAX_VOTING_PERIOD() external view returns (uint32);
    function MAX_LATE_QUORUM() external view returns (uint48);
    function MAX_QUORUM_PERCENT() external view returns (uint256);
    function GRACE() external view returns (uint256);
    function BALLOT_TYPEHASH() external view returns (bytes32);
    function EXTENDED_BALLOT_TYPEHASH() external view returns (bytes32);
    function timelock() external view returns (address);
    function token() external view returns (address);
    function nonces(address owner) external view returns (uint256);
    function lateQuorumVoteExtension() external view returns (uint48);
    function quorumNumerator() external view returns (uint256);
    function proposalVotes(uint256 proposal)
        external
        view
        returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes);
    function setVotingDelay(uint48 delay) external;
    function setVotingPeriod(uint32 period) external;
    function setProposalThreshold(uint256 threshold) external;
    function setLateQuorumVoteExtension(uint48 extension) external;
    function updateQuorumNumerator(uint256 percent) external;
    function updateTimelock(address timelock) external;
    function relay(address target, uint256 value, bytes calldata data) external payable;
}

interface TimelockUnderTest is ITimelock, IAccessControl {
    receive() external payable;
    function MAX_DELAY() external view returns (uint256);
    function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
    function PROPOSER_ROLE() external view returns (bytes32);
    function CANCELLER_ROLE() external view returns (bytes32);
    function EXECUTOR_ROLE() external view returns (bytes32);
    function getMinDelay() external view returns (uint256);
    function updateDelay(uint256 delay) external;
    function isOperationPending(bytes32 id) external view returns (bool);
    function hashOperationBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt
    ) external view returns (bytes32);
    function cancel(bytes32 id) external;
    function scheduleBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) external;
    function executeBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt
    ) external payable;
}

interface VestingUnderTest is IVesting {
    receive() external payable;
    function owner() external view returns (address);
    function start() external view returns (uint256);
    function duration() external view returns (uint256);
    function end() external view returns (uint256);
    function cliff() external view returns (uint256);
    function released(address token) external view returns (uint256);
    function releasable() external view returns (uint256);
    function releasable(address token) external view returns (uint256);
    function vestedAmount(address token, uint64 timestamp) external view returns (uint256);
    function release() external;
    function release(address token) external;
    function transferOwnership(address newOwner) external;
    function renounceOwnership() external;
}

interface CourtUnderTest is ICourt {
    function multicall(bytes[] calldata calls) external returns (bytes[] memory);
}

interface RebatesUnderTest is IRebates, IERC1363Receiver {
    function multicall(bytes[] calldata calls) external returns (bytes[] memory);
}

interface BondsUnderTest is IBonds {
    function multicall(bytes[] calldata calls) external returns (bytes[] memory);
}

interface KeyRequestsUnderTest is IKeyRequests, ILedger {
    function multicall(bytes[] calldata calls) external returns (bytes[] memory);
}

interface SecondaryUnderTest is ISecondary, ILedger {
    function multicall(bytes[] calldata calls) external returns (bytes[] memory);
    function registry() external view returns (IModelRegistry);
}

/// @notice tests/foundry/mocks/Kit.sol
interface IKit {
    function point(uint256 scalar) external view returns (Point memory);
    function prove(uint256 lineSecret, bytes32 requestId, Point calldata key)
        external
        view
        returns (Delivery memory);
    function proveFor(uint256 lineSecret, bytes32 requestId, Point calldata key, address receiver)
        external
        view
        returns (Delivery memory);
    function times(Point calldata point_, uint256 scalar) external view returns (Point memory);
    function held(uint256 lineSecret, uint256 x) external view returns (HeldKey memory);
    function pass(
        uint256 x,
        bytes32 requestId,
        Point calldata line,
        HeldKey calldata holds,
        Point calldata key,
        address receiver
    ) external view returns (Passing memory);
    function holds(
        OrderId requestId,
        Point calldata line,
        Point calldata key,
        address receiver,
        Point calldata z,
        uint256 c,
        uint256 w
    ) external view returns (bool);
}

/// @notice tests/foundry/mocks/ContentKit.sol
interface IContentKit {
    function artifact(uint256 lineSecret, bytes calldata plaintext, bytes calldata promised)
        external
        view
        returns (bytes32);
    function prove(
        uint256 lineSecret,
        uint256 requestSecret,
        bytes32 context,
        bytes calldata plaintext,
        bytes calldata promised,
        uint256 slot
    ) external view returns (WrongContent memory);
    function open(uint256 lineSecret, uint256 requestSecret, bytes32 context, Point memory key)
        external
        view
        returns (Opening memory);
}
