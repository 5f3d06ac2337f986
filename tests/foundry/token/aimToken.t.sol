// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC1363Utils} from "@openzeppelin/contracts/token/ERC20/utils/ERC1363Utils.sol";

import {Base} from "../utils/Base.sol";
import {AimUnderTest} from "../utils/Deployed.sol";

contract AimTokenTest is Base {
    bytes32 internal constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    /* SUPPLY */

    function test_GivesTheSupplyToTheAccountsThatAreNamed() public {
        Holding[] memory holdings = new Holding[](2);
        holdings[0] = Holding(seller, 1);
        holdings[1] = Holding(friend, 2);
        vm.expectEmit();
        emit IERC20.Transfer(address(0), seller, 1);
        vm.expectEmit();
        emit IERC20.Transfer(address(0), friend, 2);
        AimUnderTest token =
            AimUnderTest(vm.deployCode("AIMToken.sol:AIMToken", abi.encode(holdings)));
        assertEq(token.totalSupply(), 3);
        assertEq(token.balanceOf(seller), 1);
        assertEq(token.balanceOf(friend), 2);
        assertEq(token.name(), "AIM Token");
        assertEq(token.symbol(), "AIM");
        assertEq(token.decimals(), 18);
    }

    function test_NobodyMintsOrBurns() public {
        bytes4[6] memory absent = [
            bytes4(keccak256("mint(address,uint256)")),
            bytes4(keccak256("mint(uint256)")),
            bytes4(keccak256("burn(address,uint256)")),
            bytes4(keccak256("burn(uint256)")),
            bytes4(keccak256("owner()")),
            bytes4(keccak256("delegate(address)"))
        ];
        for (uint256 i; i < absent.length; ++i) {
            (bool success,) = address(aim).call(abi.encodeWithSelector(absent[i], this, 1));
            assertFalse(success);
        }
        assertEq(aim.totalSupply(), AIM_SUPPLY);
    }

    function test_TransferToTheZeroAddressReverts() public {
        _expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0))
        );
        aim.transfer(address(0), 1);
    }

    /* ERC-2612 */

    function _sign(uint256 signer, address owner, uint256 deadline)
        private
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 structHash =
            keccak256(abi.encode(PERMIT, owner, friend, 5, aim.nonces(owner), deadline));
        return
            vm.sign(
                signer, keccak256(abi.encodePacked(hex"1901", aim.DOMAIN_SEPARATOR(), structHash))
            );
    }

    function test_APermitSetsTheAllowanceOnce() public {
        (address owner, uint256 signer) = makeAddrAndKey("owner");
        (uint8 v, bytes32 r, bytes32 s) = _sign(signer, owner, block.timestamp);
        aim.permit(owner, friend, 5, block.timestamp, v, r, s);
        assertEq(aim.allowance(owner, friend), 5);
        assertEq(aim.nonces(owner), 1);
        _expectRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        aim.permit(owner, friend, 5, block.timestamp, v, r, s);
    }

    function test_APermitRevertsAfterItsDeadline() public {
        (address owner, uint256 signer) = makeAddrAndKey("owner");
        uint256 deadline = block.timestamp - 1;
        (uint8 v, bytes32 r, bytes32 s) = _sign(signer, owner, deadline);
        _expectRevert(
            abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, deadline)
        );
        aim.permit(owner, friend, 5, deadline, v, r, s);
    }

    function test_APermitSignedForAnotherChainReverts() public {
        (address owner, uint256 signer) = makeAddrAndKey("owner");
        (uint8 v, bytes32 r, bytes32 s) = _sign(signer, owner, block.timestamp);
        vm.chainId(block.chainid + 1);
        _expectRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        aim.permit(owner, friend, 5, block.timestamp, v, r, s);
    }

    /* ERC-1363 */

    function test_TransferAndCallToAnAccountWithoutCodeReverts() public {
        _expectRevert(abi.encodeWithSelector(ERC1363Utils.ERC1363InvalidReceiver.selector, friend));
        aim.transferAndCall(friend, 1);
    }

    function test_TransferAndCallToAContractThatDoesNotAnswerReverts() public {
        _expectRevert(
            abi.encodeWithSelector(ERC1363Utils.ERC1363InvalidReceiver.selector, address(registry))
        );
        aim.transferAndCall(address(registry), 1);
    }

    function test_SpeaksErc165_1363() public view {
        assertTrue(aim.supportsInterface(0x01ffc9a7), "165");
        assertTrue(aim.supportsInterface(0xb0202a11), "1363");
        assertFalse(aim.supportsInterface(0xffffffff));
    }
}
