// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WrongContent} from "../../../interfaces/types/Contents.sol";
import {Bps, ModelId} from "../../../interfaces/types/Ids.sol";
import {Version} from "../../../interfaces/types/Versions.sol";
import {Base} from "./Base.sol";
import {IContentKit} from "./Deployed.sol";

/// @notice A model whose first version promises one thing and holds another in its second leaf of three.
abstract contract WrongVersion is Base {
    uint256 internal constant REQUEST_SECRET = 0xC0DE;

    IContentKit internal contents;
    bytes internal promised = new bytes(600);
    bytes internal plaintext = new bytes(600);
    ModelId internal wrong;

    function setUp() public virtual override {
        super.setUp();
        contents = IContentKit(vm.deployCode("ContentKit.sol:ContentKit"));
        plaintext[300] = 0x01;
        wrong = registry.register(seller, Bps.wrap(0), _wrongDetails(), _noParents());
    }

    function _wrongDetails() internal view returns (Version memory details) {
        details = _details();
        details.artifact = contents.artifact(LINE_SECRET, plaintext, promised);
    }

    function _context(ModelId model_, uint16 version, address claimant)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, registry, model_, version, claimant));
    }

    /// @dev The proof of `claimant` that leaf `slot` is wrong.
    function _wrongProof(address claimant, uint256 slot)
        internal
        view
        returns (WrongContent memory)
    {
        bytes32 context = _context(wrong, 1, claimant);
        return contents.prove(LINE_SECRET, REQUEST_SECRET, context, plaintext, promised, slot);
    }

    function _convict(address claimant) internal {
        WrongContent memory proof = _wrongProof(claimant, 1);
        Version memory details = _wrongDetails();
        vm.prank(claimant);
        registry.convict(wrong, 1, details, 0, proof);
    }
}
