// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {KeyDelivery} from "../../../contracts/delivery/KeyDelivery.sol";
import {Secp256k1} from "../../../contracts/libraries/Secp256k1.sol";
import {
    KeyDelivery_ScalarOutOfRange,
    KeyDelivery_WrongChallenge,
    KeyDelivery_WrongLineTerm,
    KeyDelivery_WrongRecipientTerm,
    KeyDelivery_WrongSum,
    Secp256k1_EqualX,
    Secp256k1_Identity,
    Secp256k1_PointInvalid,
    Secp256k1_SlopeWrong
} from "../../../interfaces/IKeyDelivery.sol";
import {Delivery, Point} from "../../../interfaces/types/Keys.sol";
import {KeyDeliveryHarness} from "../mocks/KeyDeliveryHarness.sol";
import {KeyDeliveryProver as Prover} from "../mocks/KeyDeliveryProver.sol";

/// Each attack here is complete but for the one check that stops it: without that check it would pass.
contract VerifyTest is Test {
    uint256 internal constant N = Secp256k1.N;
    uint256 internal constant P = Secp256k1.P;
    bytes32 internal constant REQUEST = keccak256("a request");

    KeyDeliveryHarness internal harness = new KeyDeliveryHarness();
    uint256 internal a = Prover.draw("a");
    uint256 internal b = Prover.draw("b");
    uint256 internal r = Prover.draw("r");
    uint256 internal k1 = Prover.draw("k1");
    uint256 internal k2 = Prover.draw("k2");
    Point internal line;
    Point internal recipient;
    Delivery internal honest;

    function setUp() public {
        line = Prover.mul(Prover.g(), a);
        recipient = Prover.mul(Prover.g(), b);
        honest = Prover.proveWith(a, REQUEST, recipient, r, k1, k2);
    }

    /* WHAT PASSES */

    function test_takesAnHonestDelivery() public view {
        harness.verify(REQUEST, line, recipient, honest);
    }

    function testFuzz_takesEveryHonestDelivery(
        uint256 lineSecret,
        uint256 recipientSecret,
        bytes32 requestId,
        bytes32 salt
    ) public view {
        lineSecret = bound(lineSecret, 1, N - 1);
        Point memory to = Prover.mul(Prover.g(), bound(recipientSecret, 1, N - 1));
        Delivery memory made = Prover.prove(lineSecret, requestId, to, abi.encode(salt));
        harness.verify(requestId, Prover.mul(Prover.g(), lineSecret), to, made);
    }

    /// @dev A buyer may name any point, also one whose logarithm he doesn't know: the seller can answer all.
    function test_takesADeliveryToEveryPointThatABuyerMayName() public view {
        Point[3] memory points = [Prover.g(), Prover.h(), line];
        for (uint256 i; i < points.length; ++i) {
            _takesADeliveryTo(points[i]);
            _takesADeliveryTo(Prover.negate(points[i]));
        }
    }

    function _takesADeliveryTo(Point memory to) private view {
        harness.verify(REQUEST, line, to, Prover.prove(a, REQUEST, to, "salt"));
    }

    function testFuzz_opensToTheKeyOfTheLine(uint256 lineSecret, uint256 recipientSecret)
        public
        view
    {
        lineSecret = bound(lineSecret, 1, N - 1);
        recipientSecret = bound(recipientSecret, 1, N - 1);
        Point memory to = Prover.mul(Prover.g(), recipientSecret);
        Delivery memory made = Prover.prove(lineSecret, REQUEST, to, "salt");
        Point memory mask = Prover.mul(made.r, recipientSecret);
        Point memory key = Prover.add(made.d, Prover.negate(mask));
        Point memory expected = Prover.mul(Prover.h(), lineSecret);
        assertEq(key.x, expected.x);
        assertEq(key.y, expected.y);
    }

    function test_digest_hashesTheDeliveredPair() public view {
        bytes32 expected = keccak256(abi.encode(honest.r, honest.d));
        assertEq(harness.digest(honest), expected);
    }

    /// forge-config: default.isolate = true
    function test_costsAtMost52000GasAsATransaction() public {
        bytes memory call = abi.encodeCall(harness.verify, (REQUEST, line, recipient, honest));
        (bool success,) = address(harness).call(call);
        assertTrue(success);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        emit log_named_uint("gas of a verification as a whole transaction", used);
        assertGt(used, 36_000, "the base cost and five ecrecovers: less is no transaction");
        assertLe(used, 52_000);
    }

    /* POINTS AND SCALARS */

    function test_refusesEveryPointThatIsNone() public {
        for (uint256 which = 0; which < 7; ++which) {
            Point memory good = _point(which);
            _expectInvalid(which, Point(good.x, addmod(good.y, 1, P)));
            _expectInvalid(which, Point(good.y, good.x));
            _expectInvalid(which, Point(0, 0));
            // Of two points with x = n and of y = 1, met with in secp256k1.t.sol.
            uint256 yOfN = 0x98f66641cb0ae1776b463ebdee3d77fe2658f021db48e2c8ac7ab4c92f83621e;
            _expectInvalid(which, Point(N, yOfN));
            _expectInvalid(which, Point(N, P - yOfN));
            uint256 xOfOne = 0x1fe1e5ef3fceb5c135ab7741333ce5a6e80d68167653f6b2b24bcbcfaaaff507;
            _expectInvalid(which, Point(xOfOne, 1 + P));
            _expectInvalid(which, Point(good.x, type(uint256).max));
            _expectInvalid(which, Point(type(uint256).max, good.y));
        }
    }

    function testFuzz_refusesScalarsOutOfRange(uint256 which, uint256 beyond) public {
        _expectScalarOutOfRange(which % 3, bound(beyond, N, type(uint256).max));
        _expectScalarOutOfRange(which % 3, 0);
        _expectScalarOutOfRange(which % 3, N);
    }

    /* FALSE STATEMENTS */

    function test_refusesAnotherLinesKey() public {
        Point memory wrong =
            Prover.add(Prover.mul(Prover.h(), Prover.draw("another a")), Prover.mul(recipient, r));
        _expect(KeyDelivery_WrongSum.selector, _respond(a, honest.r, wrong, r));
        // With that key's own secret the third equation holds, and the first doesn't.
        _expectAny(
            KeyDelivery_WrongChallenge.selector,
            _respond(Prover.draw("another a"), honest.r, wrong, r)
        );
    }

    function test_refusesAPairWithoutTheKey() public {
        _expect(KeyDelivery_WrongSum.selector, _respond(a, honest.r, Prover.mul(recipient, r), r));
    }

    function test_refusesTheBareKey() public {
        _expect(KeyDelivery_WrongSum.selector, _respond(a, honest.r, Prover.mul(Prover.h(), a), r));
    }

    function test_refusesAKeyEncryptedToAnother() public {
        Point memory to = Prover.mul(Prover.g(), Prover.draw("another b"));
        Point memory d = Prover.add(Prover.mul(Prover.h(), a), Prover.mul(to, r));
        _expect(KeyDelivery_WrongSum.selector, _respond(a, honest.r, d, r));
    }

    function test_refusesAnRThatDoesNotOpenIt() public {
        Point memory another = Prover.mul(Prover.g(), Prover.draw("another r"));
        _expectAny(KeyDelivery_WrongChallenge.selector, _respond(a, another, honest.d, r));
    }

    function testFuzz_refusesEveryWrongKey(uint256 wrongKey, uint256 salt) public {
        wrongKey = bound(wrongKey, 1, N - 1);
        vm.assume(wrongKey != a);
        Point memory d = Prover.add(
            Prover.mul(Prover.h(), wrongKey), Prover.mul(recipient, bound(salt, 1, N - 1))
        );
        Point memory rPoint = Prover.mul(Prover.g(), bound(salt, 1, N - 1));
        _expect(KeyDelivery_WrongSum.selector, _respond(a, rPoint, d, bound(salt, 1, N - 1)));
    }

    /* FORGED HINTS, EACH MADE TO FIT ALL OTHER CHECKS */

    function test_refusesALineTermMadeToFit() public {
        Delivery memory forged = _wrongKey();
        forged.u = _fittingTerm(forged, forged.v);
        _setSlopes(forged);
        _expect(KeyDelivery_WrongLineTerm.selector, forged);
    }

    function test_refusesARecipientTermMadeToFit() public {
        Delivery memory forged = _wrongKey();
        forged.v = _fittingTerm(forged, forged.u);
        _setSlopes(forged);
        _expect(KeyDelivery_WrongRecipientTerm.selector, forged);
    }

    /// The zero-knowledge simulator: everything fits but the challenge, which was chosen first.
    function test_refusesAChallengeChosenFirst() public {
        Delivery memory forged = _wrongKey();
        forged.c = Prover.draw("c");
        forged.za = Prover.draw("za");
        forged.zr = Prover.draw("zr");
        Point memory sum =
            Prover.add(Prover.mul(Prover.h(), forged.za), Prover.mul(recipient, forged.zr));
        forged.t3 = Prover.add(sum, Prover.negate(Prover.mul(forged.d, forged.c)));
        Prover.addHints(recipient, forged);
        _expectAny(KeyDelivery_WrongChallenge.selector, forged);
    }

    function test_refusesSlopesThatAreNone() public {
        Delivery memory forged = honest;
        forged.slopeSum = addmod(forged.slopeSum, 1, P);
        _expectAny(Secp256k1_SlopeWrong.selector, forged);
        forged = honest;
        forged.slopeRest = addmod(forged.slopeRest, 1, P);
        _expectAny(Secp256k1_SlopeWrong.selector, forged);
    }

    /// With B = H and r = a and k2 = k1, u is v, and the tangent's slope would be the right one.
    function test_refusesToAddAPointToItself() public {
        Point memory h = Prover.h();
        Delivery memory made = Prover.proveWith(a, REQUEST, h, a, k1, k1);
        assertEq(made.u.x, made.v.x);
        vm.expectRevert(abi.encodeWithSelector(Secp256k1_EqualX.selector, made.u.x));
        harness.verify(REQUEST, line, h, made);
    }

    function test_refusesAThirdCommitmentThatCancelsTheSum() public {
        Delivery memory forged = honest;
        Point memory sum = Prover.add(forged.u, forged.v);
        forged.t3 = sum;
        _expectAny(Secp256k1_EqualX.selector, forged);
        forged.t3 = Prover.negate(sum);
        _expectAny(Secp256k1_EqualX.selector, forged);
    }

    /// A commitment to zero has no address; `ecrecover` would say zero, as it does of failures.
    function test_refusesIdentityCommitments() public {
        for (uint256 which = 0; which < 2; ++which) {
            Delivery memory made = honest;
            made.t3 = which == 0 ? Prover.mul(recipient, k2) : Prover.mul(Prover.h(), k1);
            address t1 = which == 0 ? address(0) : vm.addr(k1);
            address t2 = which == 0 ? vm.addr(k2) : address(0);
            made.c = Prover.challenge(REQUEST, line, recipient, made.r, made.d, t1, t2, made.t3);
            made.za = addmod(which == 0 ? 0 : k1, mulmod(made.c, a, N), N);
            made.zr = addmod(which == 0 ? k2 : 0, mulmod(made.c, r, N), N);
            Prover.addHints(recipient, made);
            _expect(Secp256k1_Identity.selector, made);
        }
    }

    /* WHAT THE CHALLENGE BINDS */

    function testFuzz_refusesAnotherRequest(bytes32 requestId) public {
        vm.assume(requestId != REQUEST);
        vm.expectPartialRevert(KeyDelivery_WrongChallenge.selector);
        harness.verify(requestId, line, recipient, honest);
    }

    function test_refusesAnotherLine() public {
        vm.expectPartialRevert(KeyDelivery_WrongChallenge.selector);
        harness.verify(REQUEST, Prover.h(), recipient, honest);
        vm.expectPartialRevert(KeyDelivery_WrongChallenge.selector);
        harness.verify(REQUEST, Prover.negate(line), recipient, honest);
    }

    function test_refusesAnotherRecipient() public {
        vm.expectRevert(KeyDelivery_WrongRecipientTerm.selector);
        harness.verify(REQUEST, line, Prover.h(), honest);
        vm.expectRevert(KeyDelivery_WrongRecipientTerm.selector);
        harness.verify(REQUEST, line, Prover.negate(recipient), honest);
    }

    /// An honest prover whose hash lacks one part must be refused, whichever part it is: a part that
    /// is not hashed can be chosen last.
    function test_refusesAChallengeThatLeavesOutAnything() public {
        Delivery memory made = honest;
        bytes[] memory parts = new bytes[](14);
        parts[0] = abi.encodePacked(KeyDelivery.TAG);
        parts[1] = abi.encodePacked(REQUEST);
        (parts[2], parts[3]) = (abi.encodePacked(line.x), abi.encodePacked(line.y));
        (parts[4], parts[5]) = (abi.encodePacked(recipient.x), abi.encodePacked(recipient.y));
        (parts[6], parts[7]) = (abi.encodePacked(made.r.x), abi.encodePacked(made.r.y));
        (parts[8], parts[9]) = (abi.encodePacked(made.d.x), abi.encodePacked(made.d.y));
        (parts[10], parts[11]) = (abi.encodePacked(vm.addr(k1)), abi.encodePacked(vm.addr(k2)));
        (parts[12], parts[13]) = (abi.encodePacked(made.t3.x), abi.encodePacked(made.t3.y));
        for (uint256 left = 0; left <= parts.length; ++left) {
            bytes memory hashed;
            for (uint256 i = 0; i < parts.length; ++i) {
                if (i != left) hashed = bytes.concat(hashed, parts[i]);
            }
            made.c = uint256(keccak256(hashed)) % N;
            made.za = addmod(k1, mulmod(made.c, a, N), N);
            made.zr = addmod(k2, mulmod(made.c, r, N), N);
            Prover.addHints(recipient, made);
            if (left == parts.length) harness.verify(REQUEST, line, recipient, made);
            else _expectAny(KeyDelivery_WrongChallenge.selector, made);
        }
    }

    /* HELPERS */

    function _respond(uint256 lineSecret, Point memory rPoint, Point memory d, uint256 rSecret)
        private
        view
        returns (Delivery memory)
    {
        return Prover.respond(lineSecret, REQUEST, line, recipient, rPoint, d, rSecret, k1, k2);
    }

    /// A delivery of another line's key that fits in all but the sum.
    function _wrongKey() private view returns (Delivery memory) {
        Point memory key = Prover.mul(Prover.h(), Prover.draw("another a"));
        return _respond(a, honest.r, Prover.add(key, Prover.mul(recipient, r)), r);
    }

    /// The term that, added to `other`, gives t3 + c*D.
    function _fittingTerm(Delivery memory forged, Point memory other)
        private
        view
        returns (Point memory)
    {
        Point memory sum = Prover.add(forged.t3, Prover.mul(forged.d, forged.c));
        return Prover.add(sum, Prover.negate(other));
    }

    function _setSlopes(Delivery memory forged) private view {
        forged.slopeSum = Prover.slope(forged.u, forged.v);
        forged.slopeRest = Prover.slope(Prover.add(forged.u, forged.v), Prover.negate(forged.t3));
    }

    function _point(uint256 which) private view returns (Point memory) {
        if (which == 0) return line;
        if (which == 1) return recipient;
        if (which == 2) return honest.r;
        if (which == 3) return honest.d;
        if (which == 4) return honest.t3;
        return which == 5 ? honest.u : honest.v;
    }

    function _expectInvalid(uint256 which, Point memory bad) private {
        Delivery memory made = honest;
        if (which == 2) made.r = bad;
        if (which == 3) made.d = bad;
        if (which == 4) made.t3 = bad;
        if (which == 5) made.u = bad;
        if (which == 6) made.v = bad;
        vm.expectRevert(abi.encodeWithSelector(Secp256k1_PointInvalid.selector, bad.x, bad.y));
        harness.verify(REQUEST, which == 0 ? bad : line, which == 1 ? bad : recipient, made);
    }

    function _expectScalarOutOfRange(uint256 which, uint256 value) private {
        Delivery memory made = honest;
        if (which == 0) made.c = value;
        if (which == 1) made.za = value;
        if (which == 2) made.zr = value;
        _expect(KeyDelivery_ScalarOutOfRange.selector, made);
    }

    function _expect(bytes4 selector, Delivery memory made) private {
        vm.expectRevert(selector);
        harness.verify(REQUEST, line, recipient, made);
    }

    /// For errors with arguments that the test does not fix.
    function _expectAny(bytes4 selector, Delivery memory made) private {
        vm.expectPartialRevert(selector);
        harness.verify(REQUEST, line, recipient, made);
    }
}
