// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAdjudicated} from "../../../interfaces/IAdjudicated.sol";
import {IArbitrable} from "../../../interfaces/IArbitrable.sol";
import {IArbitrator} from "../../../interfaces/IArbitrator.sol";
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

/// @notice An arbitrator that takes a fee and answers as told; kind, each dispute is rejected.
contract HostileArbitrator is IArbitrator {
    enum Mood {
        Kind,
        Reverting,
        Greedy,
        Bombing,
        Short,
        Slow
    }

    Mood public mood;
    uint256 public entered;
    uint256 private _count;
    IClaims private _claims;
    Claim private _claim;

    function enter(IClaims claims, Claim calldata claim) external {
        (_claims, _claim) = (claims, claim);
    }

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function createDispute(uint256, bytes calldata) external payable returns (uint256) {
        if (address(_claims) != address(0)) _enter();
        return _count++;
    }

    /// @dev Everything that it may try before it gives the dispute a number.
    function _enter() private {
        bytes[5] memory calls = [
            abi.encodeCall(IClaims.oppose, (_claims.claimIdOf(_claim), 0)),
            abi.encodeCall(IArbitrable.rule, (_count, 2)),
            abi.encodeCall(IClaims.appeal, (_count)),
            abi.encodeCall(IClaims.conclude, (_claim)),
            abi.encodeCall(IClaims.execute, (_claim))
        ];
        for (uint256 i; i < calls.length; ++i) {
            (bool done,) = address(_claims).call{value: i == 0 ? 0.03 ether : 0}(calls[i]);
            if (done) entered += 1;
        }
    }

    function appeal(uint256, bytes calldata) external payable {}

    function arbitrationCost(bytes calldata) external pure returns (uint256) {
        return 0.03 ether;
    }

    function appealCost(uint256, bytes calldata) external pure returns (uint256) {
        return 0;
    }

    function appealPeriod(uint256) external pure returns (uint256, uint256) {}

    function disputeStatus(uint256) external view returns (DisputeStatus) {
        _act();
        return DisputeStatus.Solved;
    }

    function currentRuling(uint256) external view returns (uint256) {
        _act();
        return 2;
    }

    function _act() private view {
        if (mood == Mood.Reverting) revert("no");
        if (mood == Mood.Greedy) while (true) {}
        if (mood == Mood.Bombing) {
            assembly ("memory-safe") {
                revert(0, 100000)
            }
        }
        if (mood == Mood.Short) {
            assembly ("memory-safe") {
                return(0, 31)
            }
        }
        if (mood == Mood.Slow) {
            uint256 until = gasleft() - 400_000;
            while (gasleft() > until) {}
        }
    }
}
