// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @dev Sequential number of a model in its registry, from 1. Equals the ERC-721 token id.
type ModelId is uint32;

/// @dev keccak256 of the chain id, the market and the terms: changing a term makes another offer.
type OfferId is bytes32;

/// @dev keccak256 of the chain id, the market, the offer and who asks with which key: see
/// `IMarket.orderIdOf`.
type OrderId is bytes32;

/// @dev ERC-721 token id of a licence: keccak256 of its issuer and the issuer's order.
type LicenseId is uint256;

/// @dev Hundredths of a percent: 10,000 is the whole.
type Bps is uint16;
