// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1363Receiver} from "@openzeppelin/contracts/interfaces/IERC1363Receiver.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC20Wrapper} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Wrapper.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

import {IAIMVotes} from "../../interfaces/IAIMVotes.sol";

/// @notice Specified in IAIMVotes.
contract AIMVotes is IAIMVotes, IERC1363Receiver, ERC20Wrapper, ERC20Votes, ERC20Permit {
    /* CONSTRUCTOR */

    constructor(IERC20 aim) ERC20("AIM Votes", "AIMV") ERC20Wrapper(aim) ERC20Permit("AIM Votes") {}

    /* WRAP */

    /// @inheritdoc IERC1363Receiver
    function onTransferReceived(address operator, address from, uint256 value, bytes calldata data)
        external
        returns (bytes4)
    {
        if (msg.sender != address(underlying())) revert AIMVotes_NotAim(msg.sender);

        _mint(from, value);
        if (data.length != 0) {
            uint256 word = uint256(bytes32(data));
            if (data.length != 32 || word >> 160 != 0) revert AIMVotes_WrongData();
            if (operator != from) revert AIMVotes_NotHolder(operator, from);
            _delegate(from, address(uint160(word)));
        }
        return IERC1363Receiver.onTransferReceived.selector;
    }

    /// @inheritdoc IAIMVotes
    function wrapWithPermit(
        uint256 amount,
        address delegatee,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        IERC20Permit aim = IERC20Permit(address(underlying()));
        try aim.permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        depositFor(msg.sender, amount);
        _delegate(msg.sender, delegatee);
    }

    /* VIEWS */

    /// @notice The time that votes are counted by: seconds, as blocks have them.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice How to read `clock`, as ERC-6372 says it.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20Wrapper
    function decimals() public view override(ERC20, ERC20Wrapper) returns (uint8) {
        return super.decimals();
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /* INTERNAL */

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
