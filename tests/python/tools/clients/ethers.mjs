// A client with ethers and the interfaces' package alone: node ethers.mjs trade|index SETTINGS.json
import Aim from "@daimm/interfaces/abi/AIMToken.json" with { type: "json" };
import Errors from "@daimm/interfaces/abi/Errors.json" with { type: "json" };
import License from "@daimm/interfaces/abi/ModelLicense.json" with { type: "json" };
import Market from "@daimm/interfaces/abi/Market.json" with { type: "json" };
import Registry from "@daimm/interfaces/abi/ModelRegistry.json" with { type: "json" };
import Sentences from "@daimm/interfaces/errors.json" with { type: "json" };
import { AbiCoder, Contract, id, Interface, JsonRpcProvider, NonceManager, Signature, Wallet } from "ethers";
import { readFileSync } from "node:fs";
import { index, purchase, template, toJson, version, ZERO, ZERO_WORD } from "./story.mjs";

const [what, path] = process.argv.slice(2);
const given = JSON.parse(readFileSync(path));
const provider = new JsonRpcProvider(given.rpc, given.chainId, { staticNetwork: true, cacheTimeout: -1 });
provider.pollingInterval = 50;
const at = given.addresses;
const abis = { Market, ModelRegistry: Registry, ModelLicense: License, AIMToken: Aim };
const faces = Object.fromEntries(Object.entries(abis).map(([name, abi]) => [name, new Interface(abi)]));
const errors = new Interface(Errors);
// ethers gives what is a number in the story as bigint, and structs as lists with names.
const plain = (value, type) =>
  type.baseType === "tuple"
    ? Object.fromEntries(type.components.map((part, i) => [part.name, plain(value[i], part)]))
    : typeof value === "bigint" && parseInt(type.type.slice(4)) <= 48 ? Number(value) : value;
const event = (name, log) => {
  const { name: told, args, fragment } = faces[name].parseLog(log);
  const fields = fragment.inputs.map((input, i) => [input.name, plain(args[i], input)]);
  return { contract: name, name: told, args: Object.fromEntries(fields) };
};

if (what === "index") {
  const treasury = await new Contract(at.Market, Market, provider).treasury();
  const named = new Map(Object.entries(at).map(([name, address]) => [address, name]));
  const logs = await provider.getLogs({ address: Object.values(at), fromBlock: 0 });
  console.log(toJson(index(logs.map((log) => event(named.get(log.address), log)), treasury)));
} else {
  const seller = new Wallet(given.seller, provider);
  const buyer = new Wallet(given.buyer, provider);
  const signers = new Map([seller, buyer].map((wallet) => [wallet, new NonceManager(wallet)]));
  let count = 0;
  const seed = (label) => id(`ethers ${label} ${count++}`);

  const send = async (from, name, method, args) => {
    const contract = new Contract(at[name], abis[name], signers.get(from));
    await contract[method].staticCall(...args);
    const receipt = await (await contract[method](...args)).wait();
    return receipt.logs.filter((log) => log.address === at.Market).map((log) => event("Market", log));
  };
  const refusal = async (...call) => {
    try {
      await send(...call);
    } catch (error) {
      if (error.code === "CALL_EXCEPTION" && error.data) return errors.parseError(error.data).name;
      throw error;
    }
    throw new Error(`${call[2]} went through`);
  };
  const [line, key] = [given.line, given.key].map(([x, y]) => ({ x: BigInt(x), y: BigInt(y) }));
  const details = version(line, seed);
  const { fee: rate } = await new Contract(at.Market, Market, provider).tokenPolicy(at.AIMToken);

  const published = await send(seller, "Market", "publish", [
    250, details, template(seller.address, at.AIMToken, seed("offer")),
  ]);
  const { offer: offerId, terms } = published.find(({ name }) => name === "OfferOpened").args;
  const total = terms.price + terms.deliveryFee;
  const wanted = () => purchase(key, terms, rate, seed("purchase"));
  const bought = (events) => events.find(({ name }) => name === "Purchased").args.order;

  await send(buyer, "AIMToken", "approve", [at.Market, total]);
  const orders = [bought(await send(buyer, "Market", "buy", [terms, wanted()]))];

  const deadline = 2n ** 40n;
  const permit = Signature.from(
    await buyer.signTypedData(
      { name: "AIM Token", version: "1", chainId: given.chainId, verifyingContract: at.AIMToken },
      {
        Permit: ["address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"]
          .map((part) => part.split(" ")).map(([type, name]) => ({ name, type })),
      },
      {
        owner: buyer.address, spender: at.Market, value: total, deadline,
        nonce: await new Contract(at.AIMToken, Aim, provider).nonces(buyer.address),
      },
    ),
  );
  const part = (method, args) => faces.Market.encodeFunctionData(method, args);
  orders.push(bought(await send(buyer, "Market", "multicall", [[
    part("permit", [at.AIMToken, total, deadline, permit.v, permit.r, permit.s]),
    part("buy", [terms, wanted()]),
  ]])));

  // The data of a direct payment is what buyFor takes.
  const { inputs } = faces.Market.getFunction("buyFor");
  const direct = () => AbiCoder.defaultAbiCoder().encode(inputs, [
    terms, wanted(), buyer.address, ZERO, "0x",
  ]);
  const pay = "transferAndCall(address,uint256,bytes)";
  orders.push(bought(await send(buyer, "AIMToken", pay, [at.Market, total, direct()])));

  const cheap = { ...wanted(), maxTotal: total - 1n };
  const license = await new Contract(at.ModelLicense, License, provider).licenseIdOf(at.Market, orders[0]);
  const refusals = [
    await refusal(buyer, "Market", "buy", [terms, cheap]),
    await refusal(buyer, "Market", "buy", [terms, wanted()]),
    await refusal(seller, "AIMToken", pay, [at.Market, total, direct()]),
    await refusal(buyer, "Market", "closeOffer", [terms]),
    await refusal(buyer, "Market", "publish", [
      1001, details, template(buyer.address, at.AIMToken, seed("offer")),
    ]),
    await refusal(buyer, "ModelLicense", "transferFrom", [buyer.address, seller.address, license]),
    await refusal(buyer, "Market", "withdraw", [ZERO_WORD, at.AIMToken, buyer.address]),
  ];
  const decoded = {};
  errors.forEachError((error) => {
    const data = errors.encodeErrorResult(error, error.inputs.map(({ type }) => given.samples[type]));
    decoded[errors.parseError(data).name] = Sentences[data.slice(0, 10)].sentence;
  });
  console.log(toJson({ offer: offerId, orders, refusals, decoded }));
}
