// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAdjudicated} from "../../../interfaces/IAdjudicated.sol";
import {IClaims} from "../../../interfaces/IClaims.sol";
import {Claim} from "../../../interfaces/types/Claims.sol";
import {Ruling} from "../../../interfaces/types/Deals.sol";

/// @notice A deal that lets itself be held by anybody, and is then as hostile as told.
contract HostileDeal is IAdjudicated {
    enum Mood {
        Kind,
        Reverting,
        Greedy,
        Bombing,
        Reentering
    }

    Mood public mood;
    uint256 public held;
    uint256 public resolved;
    Ruling public last;
    IClaims public claims;
    uint256 public entered;

    function setMood(Mood mood_, IClaims claims_) external {
        (mood, claims) = (mood_, claims_);
    }

    function hold(bytes calldata what, address claimant) external {
        held += 1;
        _act(what, claimant);
    }

    function resolve(bytes calldata what, Ruling ruling) external {
        (resolved, last) = (resolved + 1, ruling);
        _act(what, abi.decode(what, (address)));
    }

    receive() external payable {}

    /// @dev Re-entering: everything that the claim allows is tried from inside; nothing may come of it.
    function _act(bytes calldata what, address claimant) private {
        if (mood == Mood.Kind) return;
        if (mood == Mood.Reverting) revert("no");
        if (mood == Mood.Greedy) while (true) held += 1;
        if (mood == Mood.Bombing) {
            assembly ("memory-safe") {
                revert(0, 1000000)
            }
        }
        Claim memory claim = Claim(address(this), claimant, what);
        try claims.open{value: address(this).balance}(claim, 0) {
            entered += 1;
        } catch {}
        try claims.conclude(claim) {
            entered += 1;
        } catch {}
        try claims.execute(claim) {
            entered += 1;
        } catch {}
        try claims.withdraw(payable(address(this))) {
            entered += 1;
        } catch {}
    }
}

/// @notice An account that takes no ether.
contract NoEther {
    function run(address target, uint256 value, bytes calldata data) external payable {
        (bool done, bytes memory answer) = target.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
