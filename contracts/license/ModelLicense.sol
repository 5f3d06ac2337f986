// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ERC721} from "solady/tokens/ERC721.sol";

import {IERC4907} from "../../interfaces/IERC4907.sol";
import {IERC5192} from "../../interfaces/IERC5192.sol";
import {IModelLicense} from "../../interfaces/IModelLicense.sol";
import {IModelRegistry} from "../../interfaces/IModelRegistry.sol";
import {Bps, LicenseId, ModelId, OrderId} from "../../interfaces/types/Ids.sol";
import {Grant, LicenseRecord, LicenseState} from "../../interfaces/types/Licenses.sol";
import {PackedLicense} from "./PackedLicense.sol";

/// @notice Specified in IModelLicense.
contract ModelLicense is IModelLicense, IERC2981, IERC4907, IERC5192, ERC721, AccessManaged {
    using PackedLicense for uint96;
    using Strings for uint256;

    struct Use {
        address user;
        uint64 expires;
    }

    /* IMMUTABLES */

    /// @inheritdoc IModelLicense
    IModelRegistry public immutable registry;

    /* STORAGE */

    /// @inheritdoc IModelLicense
    mapping(address issuer => bool) public isIssuer;

    mapping(uint256 tokenId => Use) private _uses;

    /* CONSTRUCTOR */

    constructor(address authority, IModelRegistry registry_) AccessManaged(authority) {
        registry = registry_;
    }

    /* GOVERNANCE */

    /// @inheritdoc IModelLicense
    function setIssuer(address issuer, bool allowed) external restricted {
        isIssuer[issuer] = allowed;
        emit IssuerSet(issuer, allowed);
    }

    /* ISSUER */

    /// @inheritdoc IModelLicense
    function mint(address to, OrderId order, Grant calldata grant)
        external
        returns (LicenseId license)
    {
        if (!isIssuer[msg.sender]) revert ModelLicense_IssuerNotAllowed(msg.sender);
        license = licenseIdOf(msg.sender, order);
        uint256 id = LicenseId.unwrap(license);
        if (_getExtraData(id) != 0) revert ModelLicense_AlreadyIssued(license);
        uint96 packed = PackedLicense.pack(grant, uint40(block.timestamp));

        _mintAndSetExtraDataUnchecked(to, id, packed);
        // One that will never unlock says so; the others are unlocked by the event of their settlement.
        if (!grant.transferable) emit Locked(id);
    }

    /// @inheritdoc IModelLicense
    function activate(OrderId order, uint40 expiresAt_, bool settled) external {
        (LicenseId license, uint96 packed) = _load(order);
        if (packed.state() != LicenseState.Pending) {
            revert ModelLicense_WrongState(license, packed.state());
        }

        packed = packed.withEnd(expiresAt_)
            .withState(settled ? LicenseState.Settled : LicenseState.Active);
        _setExtraData(LicenseId.unwrap(license), packed);
        emit LicenseActivated(license, expiresAt_, settled);
        if (packed.isTransferable()) emit Unlocked(LicenseId.unwrap(license));
    }

    /// @inheritdoc IModelLicense
    function settle(OrderId order) external {
        (LicenseId license, uint96 packed) = _load(order);
        if (packed.state() != LicenseState.Active) {
            revert ModelLicense_WrongState(license, packed.state());
        }

        packed = packed.withState(LicenseState.Settled);
        _setExtraData(LicenseId.unwrap(license), packed);
        emit LicenseSettled(license);
        if (packed.isTransferable()) emit Unlocked(LicenseId.unwrap(license));
    }

    /// @inheritdoc IModelLicense
    function burn(OrderId order) external {
        (LicenseId license, uint96 packed) = _load(order);
        LicenseState state = packed.state();
        if (state != LicenseState.Pending && state != LicenseState.Active) {
            revert ModelLicense_WrongState(license, state);
        }

        // The extra data outlives the owner: a burned id cannot be minted again.
        _setExtraData(LicenseId.unwrap(license), packed.withState(LicenseState.Burned));
        _burn(LicenseId.unwrap(license));
    }

    /// @inheritdoc IModelLicense
    function extend(OrderId order, Grant calldata grant, uint256 duration)
        external
        returns (uint40)
    {
        (LicenseId license, uint96 packed) = _load(order);
        if (packed.state() != LicenseState.Settled) {
            revert ModelLicense_WrongState(license, packed.state());
        }
        uint256 end = packed.end();
        if (end == 0 || !packed.grants(grant)) revert ModelLicense_NotRenewable(license);
        end = (end < block.timestamp ? block.timestamp : end) + duration;
        if (end > PackedLicense.TIME) revert ModelLicense_EndTooFar(end);

        _setExtraData(LicenseId.unwrap(license), packed.withTime(uint40(end)));
        emit SubscriptionUpdate(LicenseId.unwrap(license), uint64(end));
        return uint40(end);
    }

    /* USERS */

    /// @inheritdoc IERC4907
    /// @dev For a licence that can be transferred. While a use runs, its owner and who they approved can
    /// only prolong it: what was paid for cannot be reset. The user can give it up, and so can whom they approved for all
    /// of theirs; a user who is approved by the owner can pass it on. A transfer leaves the use as it is.
    function setUser(uint256 tokenId, address user, uint64 expires) external {
        uint96 packed = _getExtraData(tokenId);
        LicenseId license = LicenseId.wrap(tokenId);
        if (!packed.isTransferable()) revert ModelLicense_Locked(license, packed.state());
        bool approved = _isApprovedOrOwner(msg.sender, tokenId);
        (address current, uint64 end) = (userOf(tokenId), _uses[tokenId].expires);
        if (current != address(0)) {
            bool prolongs = approved && user == current && expires >= end;
            bool passesOn = approved && msg.sender == current;
            bool givesUp = user == address(0)
                && (msg.sender == current || isApprovedForAll(current, msg.sender));
            if (!prolongs && !passesOn && !givesUp) {
                revert ModelLicense_InUse(license, current, end);
            }
        } else if (!approved) {
            revert ModelLicense_NotOwner(license, msg.sender);
        }
        // Not zero: the next use is written over it, for 17,100 gas less than into an empty slot.
        if (user == address(0)) expires = uint64(block.timestamp - 1);

        _uses[tokenId] = Use(user, expires);
        emit UpdateUser(tokenId, user, expires);
    }

    /* VIEWS */

    /// @inheritdoc IModelLicense
    function hasAccess(LicenseId license, address account, uint16 version)
        external
        view
        returns (bool)
    {
        uint256 id = LicenseId.unwrap(license);
        address user = userOf(id);
        return account != address(0) && account == (user == address(0) ? _ownerOf(id) : user)
            && _getExtraData(id).opens(version, uint40(block.timestamp));
    }

    /// @inheritdoc IModelLicense
    function pendingSince(OrderId order) external view returns (uint40) {
        (, uint96 packed) = _load(order);
        return packed.state() == LicenseState.Pending ? packed.time() : 0;
    }

    /// @inheritdoc IModelLicense
    function licenseIdOf(address issuer, OrderId order) public pure returns (LicenseId) {
        return LicenseId.wrap(uint256(keccak256(abi.encode(issuer, order))));
    }

    /// @inheritdoc IModelLicense
    function recordOf(LicenseId license) external view returns (LicenseRecord memory) {
        return _getExtraData(LicenseId.unwrap(license)).unpack();
    }

    /// @inheritdoc IModelLicense
    function expiresAt(uint256 tokenId) external view returns (uint64) {
        uint96 packed = _getExtraData(tokenId);
        return packed.isActivated() ? packed.end() : 0;
    }

    /// @inheritdoc IERC4907
    function userOf(uint256 tokenId) public view returns (address) {
        Use memory use = _uses[tokenId];
        return use.expires < block.timestamp ? address(0) : use.user;
    }

    /// @inheritdoc IERC4907
    function userExpires(uint256 tokenId) external view returns (uint256) {
        return _uses[tokenId].expires;
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        if (!_exists(tokenId)) revert TokenDoesNotExist();
        return !_getExtraData(tokenId).isTransferable();
    }

    /// @inheritdoc IERC2981
    /// @dev The receiver is the model's owner at the time of asking.
    function royaltyInfo(uint256 tokenId, uint256 salePrice)
        external
        view
        returns (address receiver, uint256 amount)
    {
        if (!_exists(tokenId)) revert TokenDoesNotExist();
        Bps royalty;
        (receiver, royalty) = registry.royaltyOf(_getExtraData(tokenId).model());
        amount = salePrice * Bps.unwrap(royalty) / 10_000;
    }

    /// @inheritdoc ERC721
    function name() public pure override returns (string memory) {
        return "DAIMM Licences";
    }

    /// @inheritdoc ERC721
    function symbol() public pure override returns (string memory) {
        return "DAIMM-L";
    }

    /// @notice On-chain JSON: model and version range.
    function tokenURI(uint256 id) public view override returns (string memory) {
        if (!_exists(id)) revert TokenDoesNotExist();
        Grant memory grant = _getExtraData(id).unpack().grant;
        return string.concat(
            'data:application/json,{"name":"Licence for DAIMM model ',
            uint256(ModelId.unwrap(grant.model)).toString(),
            '","description":"Access to versions ',
            uint256(grant.firstVersion).toString(),
            " to ",
            uint256(grant.lastVersion).toString(),
            '."}'
        );
    }

    /// @notice ERC-165, 721, 2981, 4907, 5192.
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721, IERC165)
        returns (bool)
    {
        return interfaceId == type(IERC2981).interfaceId
            || interfaceId == type(IERC4907).interfaceId
            || interfaceId == type(IERC5192).interfaceId
            || interfaceId == type(IModelLicense).interfaceId
            || super.supportsInterface(interfaceId);
    }

    /* INTERNAL */

    /// @dev Only the issuer's own orders: the id hashes the caller.
    function _load(OrderId order) private view returns (LicenseId license, uint96 packed) {
        license = licenseIdOf(msg.sender, order);
        packed = _getExtraData(LicenseId.unwrap(license));
    }

    function _beforeTokenTransfer(address from, address to, uint256 id) internal view override {
        if (from == address(0) || to == address(0)) return;
        uint96 packed = _getExtraData(id);
        if (!packed.isTransferable()) {
            revert ModelLicense_Locked(LicenseId.wrap(id), packed.state());
        }
    }
}
