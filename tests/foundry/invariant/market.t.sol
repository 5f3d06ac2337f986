// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {Checks} from "./Checks.sol";

/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.depth = 160
/// forge-config: default.invariant.check_interval = 8
/// forge-config: deep.invariant.runs = 64
/// forge-config: deep.invariant.depth = 256
/// forge-config: deep.invariant.check_interval = 8
/// @notice Any sequence of the handlers' actions keeps what docs/invariants.md says. An ID is a sentence there.
contract MarketInvariants is Test {
    Checks internal world;

    function setUp() public {
        world = new Checks();
        world.setUp();
        targetContract(address(world));
        targetSelector(FuzzSelector(address(world), _actions()));
    }

    /// @dev What moves deals on is named more often than what ends them.
    function _actions() private view returns (bytes4[] memory) {
        bytes4[57] memory actions = [
            world.buy.selector,
            world.buy.selector,
            world.buy.selector,
            world.buy.selector,
            world.buy.selector,
            world.deliver.selector,
            world.deliver.selector,
            world.deliver.selector,
            world.deliver.selector,
            world.accept.selector,
            world.accept.selector,
            world.accept.selector,
            world.settle.selector,
            world.settle.selector,
            world.warp.selector,
            world.warp.selector,
            world.warp.selector,
            world.withdraw.selector,
            world.withdraw.selector,
            world.refund.selector,
            world.refund.selector,
            world.decline.selector,
            world.decline.selector,
            world.decline.selector,
            world.warp.selector,
            world.settle.selector,
            world.deliverWrong.selector,
            world.forge.selector,
            world.buyAgain.selector,
            world.donate.selector,
            world.arm.selector,
            world.arm.selector,
            world.transferLicense.selector,
            world.hold.selector,
            world.settle.selector,
            world.hold.selector,
            world.hold.selector,
            world.hold.selector,
            world.resolve.selector,
            world.resolve.selector,
            world.resolve.selector,
            world.resolve.selector,
            world.renew.selector,
            world.renew.selector,
            world.setUser.selector,
            world.setUser.selector,
            world.setOperator.selector,
            world.assign.selector,
            world.openOffer.selector,
            world.closeOffer.selector,
            world.addVersion.selector,
            world.retire.selector,
            world.transferModel.selector,
            world.setToken.selector,
            world.setIssuer.selector,
            world.stop.selector,
            world.resume.selector
        ];
        bytes4[] memory list = new bytes4[](actions.length);
        for (uint256 i; i < list.length; ++i) {
            list[i] = actions[i];
        }
        return list;
    }

    /// @dev Longer than a campaign. Arguments are four words of a hash: each action takes what it needs.
    function test_TheHandlersReachEveryEnd() public {
        string[23] memory names = [
            "buy",
            "deliver",
            "deliverIfPending",
            "accept",
            "settle",
            "refund",
            "decline",
            "withdraw",
            "transfer",
            "hold",
            "resolve",
            "renew",
            "setUser",
            "assign",
            "openOffer",
            "closeOffer",
            "addVersion",
            "retire",
            "setToken",
            "stop",
            "resume",
            "donate",
            "run"
        ];
        uint256[23] memory done;
        uint256 start = vm.snapshotState();
        for (uint256 run; run < 24; ++run) {
            for (uint256 i; i < 160; ++i) {
                _act(keccak256(abi.encode("ends", run, i)));
            }
            for (uint256 i; i < names.length; ++i) {
                done[i] += world.done(names[i]);
            }
            vm.revertToState(start);
        }
        for (uint256 i; i < names.length; ++i) {
            assertGe(done[i], 3, names[i]);
        }
    }

    function _act(bytes32 seed) private {
        bytes4[] memory actions = _actions();
        (bool success,) = address(world)
            .call(
                abi.encodePacked(
                    actions[uint256(seed) % actions.length],
                    uint256(seed) >> 8,
                    uint256(uint32(bytes4(seed))),
                    uint256(uint8(seed[9]) % 2),
                    uint256(uint8(seed[10]) % 2)
                )
            );
        assertTrue(success);
    }

    function invariant_LEDGER_1() public view {
        world.LEDGER_1();
    }

    function invariant_LEDGER_2() public view {
        world.LEDGER_2();
    }

    function invariant_LEDGER_3() public view {
        world.LEDGER_3();
    }

    function invariant_WALLET_1() public view {
        world.WALLET_1();
    }

    function invariant_FEE_1() public view {
        world.FEE_1();
    }

    function invariant_TOKEN_1() public view {
        world.TOKEN_1();
    }

    function invariant_ORDER_1() public view {
        world.ORDER_1();
    }

    function invariant_HOLD_1() public view {
        world.HOLD_1();
    }

    function invariant_DELIVERY_1() public view {
        world.DELIVERY_1();
    }

    function invariant_SUPPLY_1() public view {
        world.SUPPLY_1();
    }

    function invariant_OFFER_1() public view {
        world.OFFER_1();
    }

    function invariant_ACCESS_1() public view {
        world.ACCESS_1();
    }

    function invariant_USER_1() public view {
        world.USER_1();
    }

    function invariant_LICENSE_1() public view {
        world.LICENSE_1();
    }

    function invariant_REGISTRY_1() public view {
        world.REGISTRY_1();
    }

    function invariant_STOP_1() public view {
        world.STOP_1();
    }

    function invariant_EXIT_1() public {
        world.EXIT_1();
    }
}
