// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRandomness} from "../../../../interfaces/IRandomness.sol";
import {Headers} from "../../mocks/Headers.sol";
import {CourtBase} from "../../utils/CourtBase.sol";

contract HeaderRandomnessTest is CourtBase {
    uint64 private tick = 1_000_192;
    bytes32 private mixed = keccak256("mixed");

    function setUp() public override {
        super.setUp();
        assertEq(headers.next(), tick);
    }

    function test_ATickIsABlockThatIsAheadOfItsProposers() public {
        assertEq(headers.next(), block.number + APART);
        vm.roll(tick - APART + 1);
        assertEq(headers.next(), tick + APART, "as far ahead at least");
        vm.roll(tick);
        assertEq(headers.next(), tick + APART);
        vm.roll(tick - IMMINENT - 1);
        assertFalse(headers.imminent(tick));
        vm.roll(tick - IMMINENT);
        assertTrue(headers.imminent(tick));
        vm.roll(tick + PROVABLE + 1);
        assertTrue(headers.imminent(tick));
    }

    function test_TheValueIsWhatValidatorsMixedIntoThatBlock() public {
        bytes memory header = Headers.rlp(tick, mixed);
        vm.roll(tick + 1);
        Headers.mine(tick, header);
        assertEq(headers.valueOf(tick, header), mixed);
    }

    /// @dev Numbers of any length, and as much extra data as there can be.
    function testFuzz_ReadsItFromAnyHeader(uint256[3] memory sums, uint256 size, bytes32 value)
        public
    {
        bytes memory extra = new bytes(size % 33);
        for (uint256 i; i < extra.length; ++i) {
            extra[i] = value[i % 32];
        }
        for (uint256 i; i < 3; ++i) {
            sums[i] >>= uint256(keccak256(abi.encode(sums, i))) % 257;
        }
        bytes memory header = Headers.rlp(tick, value, sums, extra);
        vm.roll(tick + 1);
        Headers.mine(tick, header);
        assertEq(headers.valueOf(tick, header), value);
    }

    /// @dev As some chains have it that no validators mix: more extra data than Ethereum allows.
    function test_RevertsWhereNoWordIsWhereItShouldBe() public {
        uint256[3] memory sums = [uint256(1), 2, 3];
        bytes memory header = Headers.rlp(tick, mixed, sums, new bytes(97));
        vm.roll(tick + 1);
        Headers.mine(tick, header);
        _expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NotProven.selector, tick));
        headers.valueOf(tick, header);
    }

    function test_RevertsInTheBlockItself() public {
        bytes memory header = Headers.rlp(tick, mixed);
        vm.roll(tick);
        _expectRevert(abi.encodeWithSelector(IRandomness.Randomness_TooEarly.selector, tick));
        headers.valueOf(tick, header);
    }

    function test_RevertsForAnotherBlocksHeader() public {
        vm.roll(tick + 2);
        Headers.mine(tick, Headers.rlp(tick, mixed));
        bytes memory next = Headers.rlp(tick + 1, mixed);
        Headers.mine(tick + 1, next);
        _expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NotProven.selector, tick));
        headers.valueOf(tick, next);
        assertEq(headers.valueOf(tick + 1, next), mixed);
    }

    function test_RevertsForAHeaderThatNobodyMined() public {
        vm.roll(tick + 1);
        Headers.mine(tick, Headers.rlp(tick, mixed));
        bytes[3] memory forged = [Headers.rlp(tick, "mine"), bytes(""), bytes(hex"c0")];
        for (uint256 i; i < 3; ++i) {
            _expectRevert(IRandomness.Randomness_NotProven.selector);
            headers.valueOf(tick, forged[i]);
        }
    }

    /// @dev Through the opcode for 256 blocks, then by EIP-2935.
    function test_AHeaderIsProvenForAsManyBlocksAsTheChainRemembers() public {
        bytes memory header = Headers.rlp(tick, mixed);
        Headers.mine(tick, header);
        uint64[4] memory later = [uint64(256), 257, PROVABLE - 1, PROVABLE];
        for (uint256 i; i < 4; ++i) {
            vm.roll(tick + later[i]);
            assertFalse(headers.expired(tick));
            assertEq(headers.valueOf(tick, header), mixed);
        }
        vm.roll(tick + PROVABLE + 1);
        assertTrue(headers.expired(tick));
        _expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NotProven.selector, tick));
        headers.valueOf(tick, header);
    }
}
