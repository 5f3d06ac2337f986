// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IVouchers} from "../../../../interfaces/IVouchers.sol";
import {OfferId} from "../../../../interfaces/types/Ids.sol";
import {Voucher} from "../../../../interfaces/types/Vouchers.sol";
import {
    AccountFactory,
    RevertingVerifier,
    SmartAccount,
    WrongAccount
} from "../../mocks/Accounts.sol";
import {PlainToken} from "../../mocks/Tokens.sol";
import {VouchersBase} from "../../utils/VouchersBase.sol";

/// @notice Who signs, and what forgers find.
contract VoucherSignaturesTest is VouchersBase {
    address private constant VERIFIER = 0x00007bd799e4A591FeA53f8A8a3E9f931626Ba7e;
    bytes32 private constant MAGIC = bytes32(uint256(type(uint256).max / 0xffff * 0x6492));

    function _showAt(address by, bytes32 data, bytes memory input) private returns (uint128 price) {
        (price,) = rule.priceFor(OFFER, by, data, LISTED, buyer, input);
    }

    function _expectWrong(address by) private {
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Vouchers_WrongSignature.selector, by));
    }

    /* BY A KEY */

    function test_TheKeyThatTheOfferNamesSignsInsteadOfTheSeller() public {
        Voucher memory voucher = _voucher();
        bytes32 data = bytes32(uint256(uint160(signer)));
        bytes memory input = _shown(voucher, _sign(SIGNER_KEY, voucher));
        assertEq(_showAt(seller, data, input), 7.5e18);
        assertEq(_showAt(seller, bytes32(PRIVATE | uint256(data)), input), 7.5e18);
        input = _signed(voucher);
        _expectWrong(signer);
        _showAt(seller, data, input);
    }

    function testFuzz_NobodyElseSigns(uint256 key, bytes32 salt) public {
        key = bound(key, 1, ORDER - 1);
        vm.assume(key != SELLER_KEY);
        Voucher memory voucher = _voucher();
        voucher.salt = salt;
        bytes memory input = _shown(voucher, _sign(key, voucher));
        _expectWrong(seller);
        _show(input);
    }

    /// @dev Whatever bit of a voucher, or of its signature's numbers, changes: it is none.
    function testFuzz_EachBitIsSigned(uint256 word, uint256 bit) public {
        (word, bit) = (bound(word, 0, 12), bound(bit, 0, 255));
        Voucher memory voucher = _voucher();
        (voucher.buyer, voucher.uses, voucher.usesEach) = (buyer, 3, 2);
        voucher.expiresAt = START + 1;
        bytes memory input = _signed(voucher);
        assembly ("memory-safe") {
            let at := add(add(input, 32), mul(word, 32))
            mstore(at, xor(mload(at), shl(bit, 1)))
        }
        vm.expectRevert();
        _show(input);
    }

    function testFuzz_BytesThatAreNoVoucherSellNothing(bytes calldata input) public {
        vm.assume(input.length != 0);
        vm.expectRevert();
        _show(input);
    }

    function test_WhatFollowsASignatureMakesItNone() public {
        bytes memory input = bytes.concat(_signed(_voucher()), hex"00");
        _expectWrong(seller);
        _show(input);
    }

    function test_WhatIsTooShortIsNoVoucher() public {
        bytes memory input = new bytes(11 * 32 - 1);
        vm.expectRevert(IVouchers.Vouchers_InvalidVoucher.selector);
        _show(input);
    }

    function test_AnotherChainsIsNone() public {
        bytes memory input = _signed(_voucher());
        vm.chainId(block.chainid + 1);
        _expectWrong(seller);
        _show(input);
    }

    function test_AnotherContractsIsNone() public {
        bytes memory input = _signed(_voucher());
        rule = IVouchers(vm.deployCode("Vouchers.sol:Vouchers"));
        _expectWrong(seller);
        _show(input);
    }

    function test_AnotherSignatureOfTheSameVoucherIsCountedWithIt() public {
        Voucher memory voucher = _voucher();
        voucher.uses = 2;
        bytes memory signature = _sign(SELLER_KEY, voucher);
        bytes memory second = _malleable(signature);
        assertNotEq(signature, second);
        _show(_shown(voucher, signature));
        _show(_shown(voucher, second));
        bytes memory input = _shown(voucher, _compact(signature));
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, 2));
        _show(input);
    }

    function test_NoOtherSignatureOutlivesARevocation() public {
        Voucher memory voucher = _voucher();
        bytes memory signature = _sign(SELLER_KEY, voucher);
        _revoke(voucher);
        bytes[3] memory all = [signature, _malleable(signature), _compact(signature)];
        for (uint256 i; i < all.length; ++i) {
            bytes memory input = _shown(voucher, all[i]);
            vm.expectRevert(IVouchers.Vouchers_Revoked.selector);
            _show(input);
        }
    }

    function test_AShortSignatureIsOneToo() public {
        Voucher memory voucher = _voucher();
        assertEq(_show(_shown(voucher, _compact(_sign(SELLER_KEY, voucher)))), 7.5e18);
    }

    function test_AnEmptySignatureIsNone() public {
        bytes memory input = _shown(_voucher(), "");
        _expectWrong(seller);
        _show(input);
    }

    /* BY A CONTRACT */

    function test_AContractSigns() public {
        address account = address(new SmartAccount(seller));
        Voucher memory voucher = _voucher();
        assertEq(_showAt(account, 0, _signed(voucher)), 7.5e18);
        bytes memory input = _shown(voucher, _sign(SIGNER_KEY, voucher));
        _expectWrong(account);
        _showAt(account, 0, input);
    }

    /// @dev A market's offer id follows from its seller, so two accounts never have the same offer.
    function test_WhatAnOwnerSignedForOneAccountIsNothingForAnother() public {
        address first = address(new SmartAccount(seller));
        address second = address(new SmartAccount(seller));
        Voucher memory voucher = _voucher();
        bytes memory signature = _sign(SELLER_KEY, voucher);
        assertEq(_showAt(first, 0, _shown(voucher, signature)), 7.5e18);

        OfferId other = OfferId.wrap("the second account's");
        bytes memory input = _shown(voucher, signature);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVouchers.Vouchers_OtherOffer.selector, address(this), voucher.offer
            )
        );
        rule.priceFor(other, second, 0, LISTED, buyer, input);
        voucher.offer = other;
        input = _shown(voucher, signature);
        _expectWrong(second);
        rule.priceFor(other, second, 0, LISTED, buyer, input);
    }

    function test_AContractThatAnswersWronglySignsNothing() public {
        bytes memory input = _signed(_voucher());
        bytes4 right = SmartAccount.isValidSignature.selector;
        bytes[4] memory answers =
            [bytes(""), abi.encodePacked(right), abi.encode(true), new bytes(100_000)];
        for (uint256 i; i < answers.length; ++i) {
            address account = address(new WrongAccount(answers[i], false));
            _expectWrong(account);
            _showAt(account, 0, input);
        }
        address failing = address(new WrongAccount(abi.encode(right), true));
        _expectWrong(failing);
        _showAt(failing, 0, input);
    }

    /// @dev An account with a key and with code (EIP-7702) signs by either.
    function test_AKeySignsWhereItsAccountHasCodeToo() public {
        vm.etch(seller, address(new SmartAccount(signer)).code);
        Voucher memory voucher = _voucher();
        assertEq(_use(voucher), 7.5e18);
        assertEq(_show(_shown(voucher, _sign(SIGNER_KEY, voucher))), 7.5e18);
        bytes memory input = _shown(voucher, _sign(0xBAD, voucher));
        _expectWrong(seller);
        _show(input);
    }

    /* BY A CONTRACT THAT IS NOT THERE YET */

    function _wrapped(Voucher memory voucher, address factory, bytes memory data)
        private
        view
        returns (bytes memory)
    {
        bytes memory inner = abi.encode(factory, data, _sign(SELLER_KEY, voucher));
        return _shown(voucher, abi.encodePacked(inner, MAGIC));
    }

    function test_AnAccountSignsBeforeItIsThere() public {
        AccountFactory factory = new AccountFactory();
        address account = factory.addressOf(seller);
        Voucher memory voucher = _voucher();
        voucher.uses = 1;
        bytes memory data = abi.encodeCall(factory.deploy, (seller));
        bytes memory input = _wrapped(voucher, address(factory), data);
        _expectWrong(account);
        _showAt(account, 0, input);

        vm.etch(VERIFIER, address(new RevertingVerifier()).code);
        assertEq(_showAt(account, 0, input), 7.5e18);
        assertEq(account.code.length, 0, "it is not there yet");

        factory.deploy(seller);
        vm.expectRevert(abi.encodeWithSelector(IVouchers.Vouchers_UsedUp.selector, 1));
        _showAt(account, 0, input);
    }

    function test_AnotherOwnersAccountIsNotTheSellers() public {
        vm.etch(VERIFIER, address(new RevertingVerifier()).code);
        AccountFactory factory = new AccountFactory();
        address account = factory.addressOf(signer);
        bytes memory data = abi.encodeCall(factory.deploy, (signer));
        bytes memory input = _wrapped(_voucher(), address(factory), data);
        _expectWrong(account);
        _showAt(account, 0, input);
    }

    /// @dev What a forger has called in place of a factory is called by a verifier that nobody trusts, and undone: even
    /// an allowance for it gives them nothing.
    function test_ATransferInPlaceOfAFactoryMovesNothing() public {
        vm.etch(VERIFIER, address(new RevertingVerifier()).code);
        PlainToken token = new PlainToken();
        deal(address(token), friend, 5e6);
        deal(address(token), address(rule), 5e6);
        vm.startPrank(friend);
        token.approve(address(rule), type(uint256).max);
        token.approve(address(this), type(uint256).max);
        token.approve(VERIFIER, type(uint256).max);
        vm.stopPrank();

        address[2] memory sellers = [seller, address(new SmartAccount(signer))];
        for (uint256 i; i < 2; ++i) {
            bytes memory data = abi.encodeCall(IERC20.transferFrom, (friend, buyer, 5e6));
            Voucher memory voucher = _voucher();
            bytes memory inner = abi.encode(address(token), data, _sign(0xBAD, voucher));
            bytes memory input = _shown(voucher, abi.encodePacked(inner, MAGIC));
            _expectWrong(sellers[i]);
            _showAt(sellers[i], 0, input);
        }

        SmartAccount willing = new SmartAccount(seller);
        bytes memory taking = abi.encodeCall(IERC20.transfer, (buyer, 5e6));
        _showAt(address(willing), 0, _wrapped(_voucher(), address(token), taking));
        assertEq(token.balanceOf(buyer), 0);
        assertEq(token.balanceOf(friend), 5e6);
        assertEq(token.balanceOf(address(rule)), 5e6);
    }

    function _compact(bytes memory signature) private pure returns (bytes memory) {
        (bytes32 r, uint256 s) = abi.decode(signature, (bytes32, uint256));
        return abi.encodePacked(r, s | (uint256(uint8(signature[64]) - 27) << 255));
    }
}
