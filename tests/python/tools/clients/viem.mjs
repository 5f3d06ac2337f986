// A client with viem and the interfaces' package alone: node viem.mjs trade|index SETTINGS.json
import Aim from "@daimm/interfaces/abi/AIMToken.json" with { type: "json" };
import Errors from "@daimm/interfaces/abi/Errors.json" with { type: "json" };
import License from "@daimm/interfaces/abi/ModelLicense.json" with { type: "json" };
import Market from "@daimm/interfaces/abi/Market.json" with { type: "json" };
import Registry from "@daimm/interfaces/abi/ModelRegistry.json" with { type: "json" };
import Sentences from "@daimm/interfaces/errors.json" with { type: "json" };
import { readFileSync } from "node:fs";
import {
  BaseError, ContractFunctionRevertedError, createPublicClient, createWalletClient, decodeErrorResult,
  defineChain, encodeAbiParameters, encodeFunctionData, getAbiItem, http, keccak256, parseEventLogs,
  parseSignature, toFunctionSelector, toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { index, purchase, template, toJson, version, ZERO, ZERO_WORD } from "./story.mjs";

const [what, path] = process.argv.slice(2);
const given = JSON.parse(readFileSync(path));
const chain = defineChain({
  id: given.chainId,
  name: "local",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [given.rpc] } },
});
const reader = createPublicClient({ chain, transport: http(), pollingInterval: 50 });
const at = given.addresses;
const abis = { Market, ModelRegistry: Registry, ModelLicense: License, AIMToken: Aim };

if (what === "index") {
  const treasury = await reader.readContract({ address: at.Market, abi: Market, functionName: "treasury" });
  const named = Object.entries(abis).map(([name, abi]) => [at[name].toLowerCase(), name, abi]);
  const logs = await reader.getLogs({ address: Object.values(at), fromBlock: 0n });
  const events = logs.map((log) => {
    const [, contract, abi] = named.find(([address]) => address === log.address);
    const [{ eventName, args }] = parseEventLogs({ abi, logs: [log] });
    return { contract, name: eventName, args };
  });
  console.log(toJson(index(events, treasury)));
} else {
  const wallet = (key) => createWalletClient({ account: privateKeyToAccount(key), chain, transport: http() });
  const seller = wallet(given.seller);
  const buyer = wallet(given.buyer);
  let count = 0;
  const seed = (label) => keccak256(toHex(`viem ${label} ${count++}`));

  const send = async (from, name, functionName, args) => {
    const call = { address: at[name], abi: [...abis[name], ...Errors], functionName, args };
    const { request } = await reader.simulateContract({ ...call, account: from.account });
    const receipt = await reader.waitForTransactionReceipt({ hash: await from.writeContract(request) });
    return parseEventLogs({ abi: Market, logs: receipt.logs });
  };
  const refusal = async (...call) => {
    try {
      await send(...call);
    } catch (error) {
      const reverted = error instanceof BaseError && error.walk((e) => e instanceof ContractFunctionRevertedError);
      if (reverted?.data) return reverted.data.errorName;
      throw error;
    }
    throw new Error(`${call[2]} went through`);
  };
  const line = { x: BigInt(given.line[0]), y: BigInt(given.line[1]) };
  const key = { x: BigInt(given.key[0]), y: BigInt(given.key[1]) };
  const details = version(line, seed);
  const [, rate] = await reader.readContract({
    address: at.Market, abi: Market, functionName: "tokenPolicy", args: [at.AIMToken],
  });

  const published = await send(seller, "Market", "publish", [
    250, details, template(seller.account.address, at.AIMToken, seed("offer")),
  ]);
  const { offer: offerId, terms } = published.find((event) => event.eventName === "OfferOpened").args;
  const total = terms.price + terms.deliveryFee;
  const wanted = () => purchase(key, terms, rate, seed("purchase"));
  const bought = (events) => events.find((event) => event.eventName === "Purchased").args.order;

  await send(buyer, "AIMToken", "approve", [at.Market, total]);
  const orders = [bought(await send(buyer, "Market", "buy", [terms, wanted()]))];

  const deadline = 2n ** 40n;
  const permit = parseSignature(
    await buyer.signTypedData({
      domain: { name: "AIM Token", version: "1", chainId: given.chainId, verifyingContract: at.AIMToken },
      types: {
        Permit: ["address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"]
          .map((part) => part.split(" ")).map(([type, name]) => ({ name, type })),
      },
      primaryType: "Permit",
      message: {
        owner: buyer.account.address, spender: at.Market, value: total, deadline,
        nonce: await reader.readContract({
          address: at.AIMToken, abi: Aim, functionName: "nonces", args: [buyer.account.address],
        }),
      },
    }),
  );
  const part = (functionName, args) => encodeFunctionData({ abi: Market, functionName, args });
  orders.push(bought(await send(buyer, "Market", "multicall", [[
    part("permit", [at.AIMToken, total, deadline, Number(permit.v), permit.r, permit.s]),
    part("buy", [terms, wanted()]),
  ]])));

  // The data of a direct payment is what buyFor takes.
  const { inputs } = getAbiItem({ abi: Market, name: "buyFor" });
  const direct = () => encodeAbiParameters(inputs, [
    terms, wanted(), buyer.account.address, ZERO, "0x",
  ]);
  orders.push(bought(await send(buyer, "AIMToken", "transferAndCall", [at.Market, total, direct()])));

  const cheap = { ...wanted(), maxTotal: total - 1n };
  const refusals = [
    await refusal(buyer, "Market", "buy", [terms, cheap]),
    await refusal(buyer, "Market", "buy", [terms, wanted()]),
    await refusal(seller, "AIMToken", "transferAndCall", [at.Market, total, direct()]),
    await refusal(buyer, "Market", "closeOffer", [terms]),
    await refusal(buyer, "Market", "publish", [
      1001, details, template(buyer.account.address, at.AIMToken, seed("offer")),
    ]),
    await refusal(buyer, "ModelLicense", "transferFrom", [
      buyer.account.address, seller.account.address,
      await reader.readContract({
        address: at.ModelLicense, abi: License, functionName: "licenseIdOf", args: [at.Market, orders[0]],
      }),
    ]),
    await refusal(buyer, "Market", "withdraw", [ZERO_WORD, at.AIMToken, buyer.account.address]),
  ];
  const decoded = Object.fromEntries(Errors.map((entry) => {
    const values = encodeAbiParameters(entry.inputs, entry.inputs.map(({ type }) => given.samples[type]));
    const data = toFunctionSelector(entry) + values.slice(2);
    const sentence = Sentences[data.slice(0, 10)].sentence;
    return [decodeErrorResult({ abi: Errors, data }).errorName, sentence];
  }));
  console.log(toJson({ offer: offerId, orders, refusals, decoded }));
}
