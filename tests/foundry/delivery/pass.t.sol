// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {KeyPassing} from "../../../contracts/delivery/KeyPassing.sol";
import {Secp256k1} from "../../../contracts/libraries/Secp256k1.sol";
import {
    EqualLogs_ScalarOutOfRange,
    EqualLogs_WrongDifference,
    EqualLogs_WrongTerm
} from "../../../interfaces/IEqualLogs.sol";
import {
    Secp256k1_EqualX,
    Secp256k1_PointInvalid,
    Secp256k1_SlopeWrong
} from "../../../interfaces/IKeyDelivery.sol";
import {KeyPassing_WrongChallenge} from "../../../interfaces/IKeyPassing.sol";
import {HeldKey, Passing, Point, Term} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryProver as Curve} from "../mocks/KeyDeliveryProver.sol";
import {KeyPassingHarness} from "../mocks/KeyPassingHarness.sol";
import {KeyPassingProver as Prover} from "../mocks/KeyPassingProver.sol";

/// Every attack here is complete but for the one check that stops it: without that check it would pass.
contract PassTest is Test {
    uint256 internal constant N = Secp256k1.N;
    uint256 internal constant P = Secp256k1.P;
    bytes32 internal constant REQUEST = keccak256("a request");
    address internal constant RECEIVER = address(0xFEE);

    KeyPassingHarness internal harness = new KeyPassingHarness();
    uint256 internal a = Curve.draw("a");
    uint256 internal x = Curve.draw("x");
    uint256 internal next = Curve.draw("next x");
    uint256 internal k = Curve.draw("k");
    Point internal line;
    Point internal s;
    Point internal key;
    HeldKey internal held;
    Passing internal honest;

    function setUp() public {
        line = Curve.mul(Curve.g(), a);
        s = Curve.mul(Curve.h(), a);
        held = Prover.held(Curve.h(), x, s);
        key = Curve.mul(held.z, next);
        honest = _pass(x, held, key);
    }

    /* WHAT PASSES */

    function test_takesAnHonestPassing() public view {
        harness.verify(REQUEST, line, held, key, honest);
        _assertEq(honest.z, Curve.mul(s, next));
    }

    function testFuzz_everyHolderPassesTheSameKeyOn(uint256 one, uint256 two, uint256 three)
        public
        view
    {
        one = bound(one, 1, N - 1);
        two = bound(two, 1, N - 1);
        three = bound(three, 1, N - 1);
        HeldKey memory holds = Prover.held(Curve.h(), one, s);
        Point memory asked = Curve.mul(holds.z, two);
        Passing memory passing = _pass(one, holds, asked);
        harness.verify(REQUEST, line, holds, asked, passing);
        _assertEq(Curve.mul(passing.z, Prover.inverse(two)), s);

        holds = harness.passed(holds, asked, passing.z);
        asked = Curve.mul(holds.z, three);
        passing = _pass(two, holds, asked);
        harness.verify(REQUEST, line, holds, asked, passing);
        _assertEq(Curve.mul(passing.z, Prover.inverse(three)), s);
    }

    function test_takesWhatADeliveryBrought() public view {
        HeldKey memory brought = harness.delivered(held.key, Curve.mul(held.key, a));
        assertEq(abi.encode(brought), abi.encode(held));
    }

    /// @dev Who asks may name any point, also one whose logarithm they don't know: a holder can answer all.
    function test_takesAPassingForEveryPointThatMayBeNamed() public view {
        Point[7] memory points =
            [Curve.g(), Curve.h(), line, held.base, held.key, held.z, Curve.mul(held.z, N - 2)];
        for (uint256 i; i < points.length; ++i) {
            harness.verify(REQUEST, line, held, points[i], _pass(x, held, points[i]));
            Point memory other = Curve.negate(points[i]);
            harness.verify(REQUEST, line, held, other, _pass(x, held, other));
        }
    }

    function test_takesSecretsAtTheEdges() public view {
        uint256[3] memory secrets = [1, 2, N - 1];
        for (uint256 i; i < secrets.length; ++i) {
            HeldKey memory holds = Prover.held(Curve.h(), secrets[i], s);
            harness.verify(REQUEST, line, holds, key, _pass(secrets[i], holds, key));
        }
    }

    function test_namesEachHeldKeyOfEachLine() public view {
        bytes32 id = harness.idOf(line, held);
        assertEq(id, keccak256(abi.encode(line, held)));
        assertNotEq(id, harness.idOf(held.key, held));
        assertNotEq(id, harness.idOf(line, HeldKey(held.base, held.z, held.key)));
    }

    /// forge-config: default.isolate = true
    function test_costsAtMost53500GasAsATransaction() public {
        bytes memory call = abi.encodeCall(harness.verify, (REQUEST, line, held, key, honest));
        (bool success,) = address(harness).call(call);
        assertTrue(success);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint("gas of a verification as a whole transaction", used);
        assertGt(used, 33_000, "the base cost and four ecrecovers: less is no transaction");
        assertLe(used, 53_500);
    }

    /* POINTS AND SCALARS */

    function test_refusesEveryPointThatIsNone() public {
        for (uint256 which = 0; which < 6; ++which) {
            Point memory good = _point(which);
            _expectInvalid(which, Point(good.x, addmod(good.y, 1, P)));
            _expectInvalid(which, Point(good.y, good.x));
            _expectInvalid(which, Point(0, 0));
            _expectInvalid(which, Point(good.x, type(uint256).max));
            // Of two points with x = n and of y = 1, met with in secp256k1.t.sol.
            uint256 yOfN = 0x98f66641cb0ae1776b463ebdee3d77fe2658f021db48e2c8ac7ab4c92f83621e;
            _expectInvalid(which, Point(N, yOfN));
            uint256 xOfOne = 0x1fe1e5ef3fceb5c135ab7741333ce5a6e80d68167653f6b2b24bcbcfaaaff507;
            _expectInvalid(which, Point(xOfOne, 1 + P));
        }
    }

    function testFuzz_refusesScalarsOutOfRange(bool which, uint256 beyond) public {
        uint256[3] memory values = [0, N, bound(beyond, N, type(uint256).max)];
        for (uint256 i; i < values.length; ++i) {
            Passing memory made = honest;
            if (which) made.c = values[i];
            else made.w = values[i];
            _expect(EqualLogs_ScalarOutOfRange.selector, made);
        }
    }

    /* FALSE STATEMENTS */

    function testFuzz_refusesEveryWrongKey(uint256 wrong) public {
        wrong = bound(wrong, 1, N - 1);
        vm.assume(wrong != x);
        Point memory z = Curve.mul(key, Prover.inverse(wrong));
        // With one's own x the second equation fails, with the one that fits it the first.
        _expect(EqualLogs_WrongDifference.selector, _respond(x, z, k, k));
        _expect(EqualLogs_WrongDifference.selector, _respond(wrong, z, k, k));
    }

    function test_refusesTheBareKeyAndWhatIsPublic() public {
        Point[6] memory points = [s, held.z, held.key, key, line, Curve.h()];
        for (uint256 i; i < points.length; ++i) {
            _expect(EqualLogs_WrongDifference.selector, _respond(x, points[i], k, k));
        }
    }

    function test_refusesAKeyBlindedForAnother() public {
        Point memory other = Curve.mul(s, Curve.draw("another x"));
        _expect(EqualLogs_WrongDifference.selector, _respond(x, other, k, k));
    }

    function testFuzz_refusesCommitmentsThatDiffer(uint256 other) public {
        other = bound(other, 1, N - 1);
        vm.assume(other != k);
        _expect(EqualLogs_WrongDifference.selector, _respond(x, _wrong(), k, other));
    }

    /// Who holds the key of another line, by the same x even, does not pass it on as this one's.
    function test_refusesAKeyHeldOfAnotherLine() public {
        HeldKey memory others = Prover.held(Curve.h(), x, Curve.mul(Curve.h(), a + 1));
        Passing memory made = _pass(x, others, key);
        vm.expectPartialRevert(KeyPassing_WrongChallenge.selector);
        harness.verify(REQUEST, line, held, key, made);
    }

    /* FORGED HINTS, EACH MADE TO FIT ALL OTHER CHECKS */

    function test_refusesATermMadeToFit() public {
        Passing memory forged = _respond(x, _wrong(), k, k);
        forged.passed.u = Curve.add(forged.passed.t, Curve.mul(key, forged.c));
        Prover.addSlope(forged.passed);
        _expect(EqualLogs_WrongTerm.selector, forged);

        uint256 another = Curve.draw("another x");
        forged = _respond(another, Curve.mul(key, Prover.inverse(another)), k, k);
        forged.held.u = Curve.add(forged.held.t, Curve.mul(held.key, forged.c));
        Prover.addSlope(forged.held);
        _expect(EqualLogs_WrongTerm.selector, forged);
    }

    function test_refusesACommitmentMadeToFit() public {
        Passing memory forged = _respond(x, _wrong(), k, k);
        forged.passed.t = _fitting(forged.passed.u, key, forged.c);
        Prover.addSlope(forged.passed);
        _expectAny(KeyPassing_WrongChallenge.selector, forged);

        uint256 another = Curve.draw("another x");
        forged = _respond(another, Curve.mul(key, Prover.inverse(another)), k, k);
        forged.held.t = _fitting(forged.held.u, held.key, forged.c);
        Prover.addSlope(forged.held);
        _expectAny(KeyPassing_WrongChallenge.selector, forged);
    }

    /// The zero-knowledge simulator: everything fits but the challenge, which was chosen first.
    function test_refusesAChallengeChosenFirst() public {
        Passing memory forged = honest;
        forged.z = _wrong();
        (forged.c, forged.w) = (Curve.draw("c"), Curve.draw("w"));
        forged.held.u = Curve.mul(held.base, forged.w);
        forged.passed.u = Curve.mul(forged.z, forged.w);
        forged.held.t = _fitting(forged.held.u, held.key, forged.c);
        forged.passed.t = _fitting(forged.passed.u, key, forged.c);
        Prover.addSlope(forged.held);
        Prover.addSlope(forged.passed);
        _expectAny(KeyPassing_WrongChallenge.selector, forged);
    }

    function test_refusesASlopeThatIsNone() public {
        Passing memory forged = honest;
        forged.held.slope = addmod(forged.held.slope, 1, P);
        _expectAny(Secp256k1_SlopeWrong.selector, forged);
        forged = honest;
        forged.passed.slope = addmod(forged.passed.slope, 1, P);
        _expectAny(Secp256k1_SlopeWrong.selector, forged);
    }

    /// u - t would be 2u or the identity, and any slope would do.
    function test_refusesACommitmentThatMeetsTheTerm() public {
        for (uint256 i; i < 2; ++i) {
            Passing memory forged = honest;
            Term memory term = i == 0 ? forged.held : forged.passed;
            term.t = term.u;
            _expectAny(Secp256k1_EqualX.selector, forged);
            term.t = Curve.negate(term.u);
            _expectAny(Secp256k1_EqualX.selector, forged);
        }
    }

    /* WHAT THE CHALLENGE BINDS */

    function testFuzz_refusesAnotherRequest(bytes32 requestId) public {
        vm.assume(requestId != REQUEST);
        vm.expectPartialRevert(KeyPassing_WrongChallenge.selector);
        harness.verify(requestId, line, held, key, honest);
    }

    function test_theErrorNamesTheChallengeThatWouldFit() public {
        uint256 other = Prover.challenge("another", line, held, key, honest);
        vm.expectRevert(abi.encodeWithSelector(KeyPassing_WrongChallenge.selector, other));
        harness.verify("another", line, held, key, honest);
    }

    function testFuzz_refusesAnotherReceiver(address receiver) public {
        vm.assume(receiver != RECEIVER);
        Passing memory copied = honest;
        copied.receiver = receiver;
        _expectAny(KeyPassing_WrongChallenge.selector, copied);
    }

    function test_refusesAnotherLine() public {
        vm.expectPartialRevert(KeyPassing_WrongChallenge.selector);
        harness.verify(REQUEST, Curve.negate(line), held, key, honest);
    }

    function test_refusesAnotherHeldKey() public {
        HeldKey memory others = held;
        others.z = Curve.negate(held.z);
        vm.expectPartialRevert(KeyPassing_WrongChallenge.selector);
        harness.verify(REQUEST, line, others, key, honest);
        others = held;
        others.key = Curve.negate(held.key);
        vm.expectRevert(EqualLogs_WrongDifference.selector);
        harness.verify(REQUEST, line, others, key, honest);
        others = held;
        others.base = Curve.negate(held.base);
        vm.expectRevert(EqualLogs_WrongTerm.selector);
        harness.verify(REQUEST, line, others, key, honest);
    }

    function test_refusesAnotherRequestKey() public {
        Point[6] memory points =
            [Curve.negate(key), Curve.g(), Curve.negate(Curve.g()), Curve.h(), line, held.key];
        for (uint256 i; i < points.length; ++i) {
            vm.expectRevert(EqualLogs_WrongDifference.selector);
            harness.verify(REQUEST, line, held, points[i], honest);
        }
    }

    /// An honest prover whose hash lacks one word must be refused, whichever word it is: what is not hashed can be
    /// chosen last.
    function test_refusesAChallengeThatLeavesOutAnything() public {
        Passing memory made = honest;
        bytes memory head = abi.encode(KeyPassing.TAG, REQUEST, RECEIVER, line, held, key);
        bytes memory whole = bytes.concat(head, abi.encode(made.z, made.held.t, made.passed.t));
        uint256 words = whole.length / 32;
        for (uint256 left = 0; left <= words; ++left) {
            bytes memory hashed;
            for (uint256 i = 0; i < words; ++i) {
                if (i != left) hashed = bytes.concat(hashed, _word(whole, i));
            }
            made.c = uint256(keccak256(hashed)) % N;
            made.w = addmod(k, mulmod(made.c, x, N), N);
            Prover.addHints(held, made);
            if (left == words) harness.verify(REQUEST, line, held, key, made);
            else _expectAny(KeyPassing_WrongChallenge.selector, made);
        }
    }

    /// forge-config: default.fuzz.runs = 96
    function testFuzz_refusesEveryFlippedBit(uint256 bit) public view {
        bytes memory call = abi.encodeCall(harness.verify, (REQUEST, line, held, key, honest));
        bit = bound(bit, 32, 8 * call.length - 1);
        call[bit / 8] ^= bytes1(uint8(1 << bit % 8));
        (bool success,) = address(harness).staticcall(call);
        assertFalse(success);
    }

    /* HELPERS */

    function _pass(uint256 secret, HeldKey memory holds, Point memory asked)
        private
        view
        returns (Passing memory made)
    {
        made.receiver = RECEIVER;
        made.z = Curve.mul(asked, Prover.inverse(secret));
        Prover.respond(made, secret, REQUEST, line, holds, asked, k, k);
    }

    function _respond(uint256 secret, Point memory z, uint256 k1, uint256 k2)
        private
        view
        returns (Passing memory made)
    {
        made.receiver = RECEIVER;
        made.z = z;
        Prover.respond(made, secret, REQUEST, line, held, key, k1, k2);
    }

    function _wrong() private view returns (Point memory) {
        return Curve.mul(key, Curve.draw("wrong"));
    }

    /// @dev What a commitment would have to be after the challenge: u - c*image.
    function _fitting(Point memory u, Point memory image, uint256 c)
        private
        view
        returns (Point memory)
    {
        return Curve.add(u, Curve.negate(Curve.mul(image, c)));
    }

    function _point(uint256 which) private view returns (Point memory) {
        if (which == 0) return key;
        if (which == 1) return honest.z;
        if (which == 2) return honest.held.t;
        if (which == 3) return honest.held.u;
        return which == 4 ? honest.passed.t : honest.passed.u;
    }

    function _expectInvalid(uint256 which, Point memory bad) private {
        Passing memory made = honest;
        if (which == 1) made.z = bad;
        if (which == 2) made.held.t = bad;
        if (which == 3) made.held.u = bad;
        if (which == 4) made.passed.t = bad;
        if (which == 5) made.passed.u = bad;
        vm.expectRevert(abi.encodeWithSelector(Secp256k1_PointInvalid.selector, bad.x, bad.y));
        harness.verify(REQUEST, line, held, which == 0 ? bad : key, made);
    }

    function _word(bytes memory data, uint256 place) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), mul(place, 32)))
        }
    }

    function _assertEq(Point memory one, Point memory two) private pure {
        assertEq(one.x, two.x);
        assertEq(one.y, two.y);
    }

    function _expect(bytes4 selector, Passing memory made) private {
        vm.expectRevert(selector);
        harness.verify(REQUEST, line, held, key, made);
    }

    /// For errors with arguments that the test does not fix.
    function _expectAny(bytes4 selector, Passing memory made) private {
        vm.expectPartialRevert(selector);
        harness.verify(REQUEST, line, held, key, made);
    }
}
