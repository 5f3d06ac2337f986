// What a client needs besides its library: terms to sell at, and an index made from decoded events.

export const AIM = 10n ** 18n;
export const ZERO = "0x0000000000000000000000000000000000000000";
export const ZERO_WORD = "0x" + "00".repeat(32);

export const version = (line, seed) => ({
  manifest: seed("manifest"),
  artifact: seed("artifact"),
  plaintextRoot: seed("root"),
  line,
  scheme: 1,
  terms: seed("terms"),
  payee: ZERO_WORD,
});

// As `publish` takes it: seller, model, version and line are zero, the market fills them in.
export const template = (seller, token, salt) => ({
  seller: ZERO,
  model: 0,
  version: 0,
  lastVersion: 4095,
  transferable: true,
  line: { x: 0n, y: 0n },
  token,
  price: 10n * AIM,
  rule: ZERO,
  ruleData: ZERO_WORD,
  deliveryFee: AIM / 10n,
  payout: seller,
  payoutAccount: ZERO_WORD,
  deliveryTime: 3600,
  gracePeriod: 1800,
  inspection: 0,
  arbitrator: ZERO,
  duration: 0,
  expiresAt: 0,
  supply: 0,
  salt,
});

export const purchase = (key, offer, protocolRate, salt) => ({
  key,
  maxTotal: offer.price + offer.deliveryFee,
  protocolRate,
  txDeadline: 2 ** 40 - 1,
  salt,
});

// events: {contract, name, args} in the chain's order.
export function index(events, treasury) {
  const found = { models: {}, versions: {}, offers: {}, orders: {}, licenses: {}, credits: {} };
  const terms = {};
  const orders = {};
  const credit = (payee, account, token, amount) => {
    const name = [payee, account, token].join(" ").toLowerCase();
    found.credits[name] = (found.credits[name] ?? 0n) + amount;
  };
  const pay = (order) => {
    const offer = terms[order.offer];
    credit(offer.payout, offer.payoutAccount, offer.token, order.price - order.protocolFee - order.referral);
    credit(treasury, ZERO_WORD, offer.token, order.protocolFee);
    if (order.referral) credit(order.referrer, ZERO_WORD, offer.token, order.referral);
  };
  const told = {
    "ModelRegistry Transfer": (e) => (found.models[e.id] = e.to),
    "ModelRegistry VersionAdded": (e) => (found.versions[`${e.model}:${e.version}`] = e.details.manifest),
    "ModelRegistry VersionRetired": (e) => (found.versions[`${e.model}:${e.version}`] = "retired"),
    "ModelLicense Transfer": (e) => (found.licenses[e.id] = e.to),
    "Market OfferOpened": (e) => {
      terms[e.offer] = e.terms;
      found.offers[e.offer] = "open";
    },
    "Market OfferClosed": (e) => (found.offers[e.offer] = "closed"),
    "Market Purchased": (e) => {
      orders[e.order] = e;
      found.orders[e.order] = "pending";
    },
    "Market Delivered": (e) => {
      const order = orders[e.order];
      const offer = terms[order.offer];
      const paid = e.receiver === ZERO ? e.deliverer : e.receiver;
      credit(paid, ZERO_WORD, offer.token, offer.deliveryFee);
      if (!e.inspectionEndsAt) pay(order);
      found.orders[e.order] = e.inspectionEndsAt ? "inspection" : "settled";
    },
    "Market OrderSettled": (e) => {
      pay(orders[e.order]);
      found.orders[e.order] = "settled";
    },
    "Market OrderRefunded": (e) => {
      const order = orders[e.order];
      const offer = terms[order.offer];
      credit(order.buyer, ZERO_WORD, offer.token, order.price + offer.deliveryFee);
      found.orders[e.order] = e.declined ? "declined" : "refunded";
    },
    "Market Withdrawn": (e) => credit(e.payee, e.account, e.token, -e.amount),
  };
  for (const { contract, name, args } of events) told[`${contract} ${name}`]?.(args);
  for (const [name, amount] of Object.entries(found.credits)) if (!amount) delete found.credits[name];
  return found;
}

export const toJson = (value) =>
  JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? inner.toString() : inner));
