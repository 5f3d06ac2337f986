// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC1363} from "@openzeppelin/contracts/token/ERC20/extensions/ERC1363.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title The utility token: ERC-20 with ERC-2612, ERC-1363 and ERC-3009, 18 decimals
/// @notice The supply is fixed at construction. There is no owner, no minting, and no vote in it:
/// votes come in a wrapper, so that payments stay cheap.
contract AIMToken is ERC1363, ERC20Permit, ERC3009 {
    /// @notice Who receives how much of the supply, in wei of AIM (18 decimals).
    struct Holding {
        address holder;
        uint256 amount;
    }

    /* CONSTRUCTOR */

    constructor(Holding[] memory holdings) ERC20("AIM Token", "AIM") ERC20Permit("AIM Token") {
        for (uint256 i; i < holdings.length; ++i) {
            _mint(holdings[i].holder, holdings[i].amount);
        }
    }
}
