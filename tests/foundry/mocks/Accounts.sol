// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice A smart account that signs what its owner signed, word for word.
contract SmartAccount {
    address private immutable _owner;

    constructor(address owner) {
        _owner = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        (address signer,,) = ECDSA.tryRecover(hash, signature);
        return signer == _owner ? this.isValidSignature.selector : bytes4(0);
    }
}

/// @notice Deploys smart accounts at addresses that are known before.
contract AccountFactory {
    function deploy(address owner) external returns (address) {
        return address(new SmartAccount{salt: 0}(owner));
    }

    function addressOf(address owner) external view returns (address) {
        bytes memory code = abi.encodePacked(type(SmartAccount).creationCode, abi.encode(owner));
        bytes32 hash = keccak256(abi.encodePacked(hex"ff", this, bytes32(0), keccak256(code)));
        return address(uint160(uint256(hash)));
    }
}

/// @notice An account that answers whatever it was made with, or fails with it.
contract WrongAccount {
    bytes private _answer;
    bool private _fails;

    constructor(bytes memory answer, bool fails) {
        (_answer, _fails) = (answer, fails);
    }

    fallback() external {
        bytes memory answer = _answer;
        bool fails = _fails;
        assembly ("memory-safe") {
            if fails { revert(add(answer, 32), mload(answer)) }
            return(add(answer, 32), mload(answer))
        }
    }
}

/// @notice What solady's reverting verifier of ERC-6492 does: prepares the account, asks it, undoes all of it, and tells
/// what it heard by whether it reverts with anything.
contract RevertingVerifier {
    fallback() external {
        address account = address(uint160(uint256(bytes32(msg.data[:32]))));
        bytes32 hash = bytes32(msg.data[32:64]);
        (address factory, bytes memory data, bytes memory signature) =
            abi.decode(msg.data[64:], (address, bytes, bytes));
        (bool done,) = factory.call(data);
        done;
        bytes4 wanted = SmartAccount.isValidSignature.selector;
        (bool success, bytes memory answer) =
            account.staticcall(abi.encodeWithSelector(wanted, hash, signature));
        bool valid = success && answer.length >= 32 && bytes4(answer) == wanted;
        assembly ("memory-safe") {
            revert(0, valid)
        }
    }
}
