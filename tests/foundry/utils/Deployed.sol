// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC3009, IERC3009Cancel} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC721Metadata} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";

import {IERC4907} from "../../../interfaces/IERC4907.sol";
import {IERC5192} from "../../../interfaces/IERC5192.sol";
import {ILedger} from "../../../interfaces/ILedger.sol";
import {IMarket} from "../../../interfaces/IMarket.sol";
import {IModelLicense} from "../../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../../interfaces/IModelRegistry.sol";
import {INewBusinessStop} from "../../../interfaces/INewBusinessStop.sol";
import {Opening, WrongContent} from "../../../interfaces/types/Contents.sol";
import {OrderId} from "../../../interfaces/types/Ids.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";

// The contracts as tests see them. Tests import no contract: they deploy its artifact, so editing one recompiles no
// test, and tests compile by the fast pipeline while contracts compile by the one that is shipped.

interface AimUnderTest is IERC1363, IERC20Metadata, IERC20Permit, IERC3009, IERC3009Cancel {}

interface RegistryUnderTest is IModelRegistry, IERC721Metadata {}

interface LicenseUnderTest is IModelLicense, IERC721Metadata, IERC2981, IERC4907, IERC5192 {}

interface MarketUnderTest is IMarket, ILedger, INewBusinessStop, IERC1363Receiver {
    function multicall(bytes[] calldata calls) external returns (bytes[] memory);
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
