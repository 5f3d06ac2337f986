-- What the index is asked, over the tables of schema.sql. A re-org deletes blocks, and what came
-- with them. `told` stands for the events of a block; those with none (0) mark how far a run came.

CREATE TABLE blocks (
    number INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    time INTEGER NOT NULL,
    told INTEGER NOT NULL
) STRICT;
CREATE INDEX blocks_without_events ON blocks (number) WHERE told = 0;

-- One row. twice: up to here every block was read in two runs; treasury, aim: of this market.
CREATE TABLE reading (twice INTEGER NOT NULL, treasury TEXT NOT NULL, aim TEXT NOT NULL) STRICT;

-- What can happen once: a node that tells of it twice contradicts itself.
CREATE UNIQUE INDEX one_version ON model_registry_version_added (model, version);
CREATE UNIQUE INDEX one_conviction ON model_registry_version_convicted (model, version);
CREATE UNIQUE INDEX one_break ON bonds_bond_broken (bond);
CREATE UNIQUE INDEX one_ending ON bonds_bond_ended (bond);
CREATE UNIQUE INDEX one_offer ON market_offer_opened (offer);
CREATE UNIQUE INDEX one_closing ON market_offer_closed (offer);
CREATE UNIQUE INDEX one_purchase ON market_purchased ("order");
CREATE UNIQUE INDEX one_delivery ON market_delivered ("order");
CREATE UNIQUE INDEX one_hold ON market_order_held ("order");
CREATE UNIQUE INDEX one_ruling ON market_order_resolved ("order");
CREATE UNIQUE INDEX one_settlement ON market_order_settled ("order");
CREATE UNIQUE INDEX one_refund ON market_order_refunded ("order");
CREATE UNIQUE INDEX one_activation ON model_license_license_activated (license);
CREATE UNIQUE INDEX one_claim ON rebates_rebate_claimed ("order");
CREATE UNIQUE INDEX one_listing ON secondary_listed (listing);
CREATE UNIQUE INDEX one_taking ON secondary_taken (deal);
CREATE UNIQUE INDEX one_answer ON secondary_key_delivered (request);
CREATE UNIQUE INDEX one_passing ON secondary_key_passed (request);
CREATE UNIQUE INDEX one_rental ON secondary_rental_started (deal);
CREATE UNIQUE INDEX one_close ON secondary_rental_closed (deal);
CREATE UNIQUE INDEX one_request ON key_requests_key_requested (request);
CREATE UNIQUE INDEX one_request_answer ON key_requests_key_delivered (request);
CREATE UNIQUE INDEX one_request_passing ON key_requests_key_passed (request);
CREATE UNIQUE INDEX one_request_refund ON key_requests_key_request_refunded (request);
CREATE UNIQUE INDEX one_claim_opening ON claims_claim_opened (claim);
CREATE UNIQUE INDEX one_opposition ON claims_claim_opposed (claim);
CREATE UNIQUE INDEX one_conclusion ON claims_claim_concluded (claim);
CREATE UNIQUE INDEX one_execution ON claims_claim_executed (claim);
CREATE UNIQUE INDEX one_job ON attestations_job_commissioned (job);
CREATE UNIQUE INDEX one_job_end ON attestations_job_closed (job);
CREATE UNIQUE INDEX one_job_answer ON attestations_result_posted (terms_job) WHERE terms_job <> zeroblob(32);
CREATE UNIQUE INDEX one_result ON attestations_result_posted (result);
CREATE UNIQUE INDEX one_standing ON attestations_result_stood (result);
CREATE UNIQUE INDEX one_voiding ON attestations_result_voided (result);
CREATE UNIQUE INDEX one_collection ON court_seat_collected (dispute_id, seat);
CREATE INDEX seats_of_jurors ON court_juror_drawn (juror);
CREATE INDEX version_roots ON model_registry_version_added (details_plaintext_root);
CREATE INDEX version_payees ON model_registry_version_added (details_payee);
CREATE INDEX retirements ON model_registry_version_retired (model, version);
CREATE INDEX offers_of_models ON market_offer_opened (terms_model);
CREATE INDEX licences ON market_purchased (license);
CREATE INDEX payouts ON market_offer_opened (terms_payout);
CREATE INDEX arbitrators ON market_offer_opened (terms_arbitrator);

-- Events whose cause is not there: either was kept from us.
CREATE VIEW holes AS
SELECT block, 'a purchase' AS what FROM market_purchased AS p
WHERE NOT EXISTS (SELECT 1 FROM market_offer_opened AS o WHERE o.offer = p.offer)
UNION ALL SELECT block, 'a delivery' FROM market_delivered AS d
WHERE NOT EXISTS (SELECT 1 FROM market_purchased AS p WHERE p."order" = d."order")
UNION ALL SELECT block, 'a settlement' FROM market_order_settled AS s
WHERE NOT EXISTS (SELECT 1 FROM market_delivered AS d WHERE d."order" = s."order")
UNION ALL SELECT block, 'a refund' FROM market_order_refunded AS r
WHERE NOT EXISTS (SELECT 1 FROM market_purchased AS p WHERE p."order" = r."order")
UNION ALL SELECT block, 'an offer' FROM market_offer_opened AS o
WHERE NOT EXISTS (SELECT 1 FROM model_registry_version_added AS v
    WHERE v.model = o.terms_model AND v.version = o.terms_version)
UNION ALL SELECT block, 'a later version' FROM model_registry_version_added AS v
WHERE version > 1 AND NOT EXISTS (SELECT 1 FROM model_registry_version_added AS u
    WHERE u.model = v.model AND u.version = v.version - 1)
UNION ALL SELECT block, 'a hold' FROM market_order_held AS h
WHERE NOT EXISTS (SELECT 1 FROM market_delivered AS d WHERE d."order" = h."order")
UNION ALL SELECT block, 'a deal' FROM secondary_taken AS t
WHERE NOT EXISTS (SELECT 1 FROM secondary_listed AS l WHERE l.listing = t.listing)
UNION ALL SELECT block, 'a rental' FROM secondary_rental_started AS s
WHERE NOT EXISTS (SELECT 1 FROM secondary_taken AS t WHERE t.deal = s.deal)
UNION ALL SELECT block, 'an answer' FROM key_answers AS k
WHERE NOT EXISTS (SELECT 1 FROM secondary_taken AS t WHERE t.deal = k.request)
    AND NOT EXISTS (SELECT 1 FROM key_requests_key_requested AS q WHERE q.request = k.request)
UNION ALL SELECT block, 'a refund of a key request' FROM key_requests_key_request_refunded AS r
WHERE NOT EXISTS (SELECT 1 FROM key_requests_key_requested AS q WHERE q.request = r.request)
UNION ALL SELECT block, 'a seat''s end' FROM court_seat_collected AS c
WHERE NOT EXISTS (SELECT 1 FROM court_juror_drawn AS d WHERE d.dispute_id = c.dispute_id AND d.seat = c.seat)
UNION ALL SELECT block, 'a payment of a cover' FROM cover_pool_cover_paid AS p
WHERE NOT EXISTS (SELECT 1 FROM cover_pool_cover_bought AS c WHERE c."order" = p."order" AND c.bond = p.bond AND c.buyer = p.holder)
UNION ALL SELECT block, 'a review' FROM reviews_reviewed AS r
WHERE NOT EXISTS (SELECT 1 FROM market_purchased AS p WHERE p."order" = r."order");

CREATE VIEW model_list AS
SELECT
    v.model,
    (SELECT "to" FROM model_registry_transfer AS t WHERE t.id = CAST(v.model AS TEXT)
     ORDER BY t.block DESC, t.position DESC LIMIT 1) AS owner,
    coalesce((SELECT royalty FROM model_registry_royalty_set AS r WHERE r.model = v.model
     ORDER BY r.block DESC, r.position DESC LIMIT 1), 0) AS royalty,
    (SELECT count(*) FROM model_registry_version_added AS w WHERE w.model = v.model) AS versions,
    blocks.time AS published_at
FROM model_registry_version_added AS v JOIN blocks ON blocks.number = v.block
WHERE v.version = 1;

-- What manifests say that were checked, or why there is none; not events, but gone with them.
CREATE TABLE cards (
    id INTEGER PRIMARY KEY,
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    model INTEGER NOT NULL,
    version INTEGER NOT NULL,
    tried_at INTEGER NOT NULL,
    problem TEXT,
    name TEXT,
    summary TEXT,
    licence TEXT,
    task TEXT,
    formats TEXT,
    size INTEGER,
    words TEXT,
    UNIQUE (model, version)
) STRICT;
CREATE INDEX cards_of_blocks ON cards (block);
CREATE VIRTUAL TABLE card_words USING fts5 (
    name, task, summary, words,
    content = 'cards', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER card_kept AFTER INSERT ON cards BEGIN
    INSERT INTO card_words (rowid, name, task, summary, words)
    VALUES (new.id, new.name, new.task, new.summary, new.words);
END;
CREATE TRIGGER card_gone AFTER DELETE ON cards BEGIN
    INSERT INTO card_words (card_words, rowid, name, task, summary, words)
    VALUES ('delete', old.id, old.name, old.task, old.summary, old.words);
END;

-- A model with its newest version and what is said of that.
CREATE VIEW catalogue_list AS
SELECT
    m.*, c.id AS card, c.name, c.summary, c.licence, c.task, c.formats, c.size, c.problem, c.tried_at,
    v.details_manifest AS manifest, v.details_plaintext_root AS root,
    EXISTS (SELECT 1 FROM model_registry_version_retired AS r
        WHERE r.model = m.model AND r.version = m.versions) AS retired,
    EXISTS (SELECT 1 FROM model_registry_version_convicted AS x
        WHERE x.model = m.model AND x.version = m.versions) AS convicted,
    (SELECT count(*) FROM market_offer_opened AS o JOIN market_purchased AS p ON p.offer = o.offer
        WHERE o.terms_model = m.model) AS sold,
    (SELECT rating FROM rating_list AS g WHERE g.model = m.model) AS rating,
    coalesce((SELECT reviews FROM rating_list AS g WHERE g.model = m.model), 0) AS reviews
FROM model_list AS m
JOIN model_registry_version_added AS v ON v.model = m.model AND v.version = m.versions
LEFT JOIN cards AS c ON c.model = m.model AND c.version = m.versions;

-- Who sold to others than themselves, and what became of it; refunded: as no key came in time.
CREATE VIEW standing_list AS
SELECT
    o.seller, count(d.block) AS delivered, coalesce(sum(r.declined = 0 AND d.block IS NULL), 0) AS refunded,
    EXISTS (SELECT 1 FROM model_registry_version_convicted AS c JOIN market_offer_opened AS w
        ON w.terms_model = c.model AND w.terms_version = c.version
        WHERE w.seller = o.seller) AS convicted
FROM market_offer_opened AS o
LEFT JOIN market_purchased AS p ON p.offer = o.offer AND p.buyer <> o.seller
LEFT JOIN market_delivered AS d ON d."order" = p."order"
LEFT JOIN market_order_refunded AS r ON r."order" = p."order"
GROUP BY o.seller;

CREATE VIEW version_list AS
SELECT
    v.*, coalesce(p.parents, '[]') AS parents, blocks.time AS added_at,
    EXISTS (SELECT 1 FROM model_registry_version_retired AS r
        WHERE r.model = v.model AND r.version = v.version) AS retired,
    EXISTS (SELECT 1 FROM model_registry_version_convicted AS c
        WHERE c.model = v.model AND c.version = v.version) AS convicted
FROM model_registry_version_added AS v
JOIN blocks ON blocks.number = v.block
LEFT JOIN model_registry_parents_declared AS p ON p.model = v.model AND p.version = v.version;

CREATE VIEW offer_list AS
SELECT
    o.*, o.offer AS offer_id, o.terms_model AS model, blocks.time AS opened_at,
    EXISTS (SELECT 1 FROM market_offer_closed AS c WHERE c.offer = o.offer) AS closed,
    EXISTS (SELECT 1 FROM model_registry_version_retired AS r
        WHERE r.model = o.terms_model AND r.version = o.terms_version) AS retired,
    EXISTS (SELECT 1 FROM model_registry_version_convicted AS c
        WHERE c.model = o.terms_model AND c.version = o.terms_version) AS convicted,
    (SELECT count(*) FROM market_purchased AS p WHERE p.offer = o.offer) AS sold,
    coalesce((SELECT "to" FROM model_registry_transfer AS t WHERE t.id = CAST(o.terms_model AS TEXT)
     ORDER BY t.block DESC, t.position DESC LIMIT 1), '0x0000000000000000000000000000000000000000') AS owner,
    o.terms_token = (SELECT aim FROM reading)
        OR coalesce((SELECT allowed FROM market_token_set AS s WHERE s.token = o.terms_token
            ORDER BY s.block DESC, s.position DESC LIMIT 1), 0) AS allowed
FROM market_offer_opened AS o JOIN blocks ON blocks.number = o.block;

-- A bond by its first posting; what it holds is asked of the chain.
CREATE VIEW bond_list AS
SELECT p.*, p.bond AS bond_id, blocks.time AS posted_at
FROM bonds_bond_posted AS p JOIN blocks ON blocks.number = p.block
WHERE NOT EXISTS (SELECT 1 FROM bonds_bond_posted AS q
    WHERE q.bond = p.bond AND (q.block, q.position) < (p.block, p.position));

-- Of all pools: which of them it is, the chain says.
CREATE VIEW insured_list AS SELECT * FROM bond_list WHERE bond IN (SELECT bond FROM cover_pool_limit_set);

CREATE VIEW cover_list AS
SELECT c.*, c."order" AS order_id, c.bond AS bond_id, p.amount AS paid,
    (SELECT max("end") FROM cover_pool_limit_set AS l WHERE l.bond = c.bond) AS "end"
FROM cover_pool_cover_bought AS c
LEFT JOIN cover_pool_cover_paid AS p ON p."order" = c."order" AND p.bond = c.bond AND p.holder = c.buyer;

-- The blocks of purchase, delivery and end: what is final is told by them, for nodes without an
-- archive cannot say what was so in an old block. The offer's columns come last.
CREATE VIEW order_list AS
SELECT
    p.*, p."order" AS order_id, p.offer AS offer_id,
    bought.hash AS block_hash, bought.time AS bought_at,
    d.deliverer, d.receiver, d.z_x, d.z_y, d.c, d.w,
    coalesce(h.ends_at, d.inspection_ends_at) AS inspection_ends_at,
    d.block AS delivered_block, delivered.time AS delivered_at,
    ended.number AS ended_block, ended.time AS ended_at, u.ruling,
    (SELECT block FROM model_registry_version_convicted AS c
        WHERE c.model = o.terms_model AND c.version = o.terms_version) AS convicted_block,
    EXISTS (SELECT 1 FROM rebates_rebate_claimed AS c WHERE c."order" = p."order") AS rebated,
    CASE WHEN r.declined THEN 'declined'
         WHEN r.block IS NOT NULL THEN 'refunded'
         WHEN s.block IS NOT NULL OR d.inspection_ends_at = 0 THEN 'settled'
         WHEN h.block IS NOT NULL THEN 'held'
         WHEN d.block IS NOT NULL THEN 'inspection'
         ELSE 'pending' END AS state,
    o.*
FROM market_purchased AS p
JOIN market_offer_opened AS o ON o.offer = p.offer
JOIN blocks AS bought ON bought.number = p.block
LEFT JOIN market_delivered AS d ON d."order" = p."order"
LEFT JOIN blocks AS delivered ON delivered.number = d.block
LEFT JOIN market_order_held AS h ON h."order" = p."order"
LEFT JOIN market_order_resolved AS u ON u."order" = p."order"
LEFT JOIN market_order_settled AS s ON s."order" = p."order"
LEFT JOIN market_order_refunded AS r ON r."order" = p."order"
LEFT JOIN blocks AS ended ON ended.number =
    coalesce(s.block, r.block, CASE d.inspection_ends_at WHEN 0 THEN d.block END);

-- What this market sold: other issuers' licences are not in it.
CREATE VIEW license_list AS
SELECT
    p.block, p.position, p.license AS license_id, p."order" AS order_id,
    coalesce((SELECT CAST(expiration AS INTEGER) FROM model_license_subscription_update AS u
        WHERE u.token_id = p.license ORDER BY u.block DESC, u.position DESC LIMIT 1),
        a.expires_at, 0) AS expires_at,
    (SELECT "to" FROM model_license_transfer AS t WHERE t.id = p.license
     ORDER BY t.block DESC, t.position DESC LIMIT 1) AS owner
FROM market_purchased AS p
LEFT JOIN model_license_license_activated AS a ON a.license = p.license;

-- What holders sell and rent out. owner: the licence's now.
CREATE VIEW listing_list AS
SELECT
    l.*, l.listing AS listing_id, blocks.time AS listed_at,
    EXISTS (SELECT 1 FROM secondary_unlisted AS u WHERE u.listing = l.listing)
        OR EXISTS (SELECT 1 FROM secondary_license_sold AS s JOIN secondary_taken AS t
            ON t.deal = s.deal WHERE t.listing = l.listing) AS closed,
    EXISTS (SELECT 1 FROM model_registry_version_convicted AS c
        WHERE c.model = l.terms_model AND c.version = l.terms_version) AS convicted,
    l.terms_max_time > 0 AS rents,
    (SELECT "to" FROM model_license_transfer AS t WHERE t.id = l.terms_license
     ORDER BY t.block DESC, t.position DESC LIMIT 1) AS owner
FROM secondary_listed AS l JOIN blocks ON blocks.number = l.block;

-- Keys that the line's seller delivered, and those that holders passed on, for deals and key requests.
CREATE VIEW key_answers AS
WITH told AS (
    SELECT *, 0 AS passed FROM secondary_key_delivered
    UNION ALL SELECT *, 1 FROM secondary_key_passed
    UNION ALL SELECT *, 0 FROM key_requests_key_delivered
    UNION ALL SELECT *, 1 FROM key_requests_key_passed
)
SELECT
    *, CASE receiver WHEN '0x0000000000000000000000000000000000000000' THEN deliverer ELSE receiver END
    AS payee
FROM told;

-- Whose a version was when it was added. Later the model can be anybody's, so its owner of now may never
-- have seen it: a thief gives away a model with a copy in it, so that who has the key delivers it.
CREATE VIEW makers AS
SELECT
    v.model, v.version,
    (SELECT "to" FROM model_registry_transfer AS t
     WHERE t.id = CAST(v.model AS TEXT) AND (t.block, t.position) < (v.block, v.position)
     ORDER BY t.block DESC, t.position DESC LIMIT 1) AS maker
FROM model_registry_version_added AS v;

-- state: as RequestState numbers it.
CREATE VIEW request_list AS
SELECT
    q.*, q.request AS ident, q.terms_version AS version, q.terms_license AS license,
    (SELECT m.maker FROM makers AS m WHERE m.model = q.model AND m.version = q.terms_version) AS maker,
    asked.hash AS block_hash, asked.time AS taken_at,
    (SELECT buyer FROM market_purchased AS p WHERE p.license = q.terms_license LIMIT 1) AS holder,
    k.deliverer, k.receiver, k.payee, k.z_x, k.z_y, k.c, k.w, k.passed,
    k.block AS delivered_block, delivered.time AS delivered_at,
    (SELECT block FROM model_registry_version_convicted AS c
        WHERE c.model = q.model AND c.version = q.terms_version) AS convicted_block,
    CASE WHEN EXISTS (SELECT 1 FROM key_requests_key_request_refunded AS r
             WHERE r.request = q.request) THEN 3
         WHEN k.block IS NOT NULL THEN 2
         ELSE 1 END AS state
FROM key_requests_key_requested AS q
JOIN blocks AS asked ON asked.number = q.block
LEFT JOIN key_answers AS k ON k.request = q.request
LEFT JOIN blocks AS delivered ON delivered.number = k.block;

CREATE VIEW rental_ends AS
SELECT deal, block, position, ends_at FROM secondary_rental_started
UNION ALL SELECT deal, block, position, ends_at FROM secondary_rental_extended
UNION ALL SELECT deal, block, position, ends_at FROM secondary_rental_ended;

-- state: as DealState numbers it.
CREATE VIEW deal_list AS
SELECT
    t.*, t.deal AS ident, t.deal AS deal_id, t.listing AS listing_id,
    l.holder, l.model, l.terms_version AS version, l.terms_license AS license,
    l.terms_max_time > 0 AS rents,
    (SELECT m.maker FROM makers AS m WHERE m.model = l.model AND m.version = l.terms_version) AS maker,
    taken.hash AS block_hash, taken.time AS taken_at,
    k.deliverer, k.receiver, k.z_x, k.z_y, k.c, k.w, k.passed,
    k.block AS delivered_block, delivered.time AS delivered_at,
    (SELECT e.ends_at FROM rental_ends AS e WHERE e.deal = t.deal
     ORDER BY e.block DESC, e.position DESC LIMIT 1) AS ends_at,
    (SELECT c.collected_at FROM secondary_rent_collected AS c WHERE c.deal = t.deal
     ORDER BY c.block DESC, c.position DESC LIMIT 1) AS collected_at,
    (SELECT block FROM model_registry_version_convicted AS c
        WHERE c.model = l.terms_model AND c.version = l.terms_version) AS convicted_block,
    CASE WHEN EXISTS (SELECT 1 FROM secondary_deal_refunded AS r WHERE r.deal = t.deal) THEN 5
         WHEN EXISTS (SELECT 1 FROM secondary_rental_closed AS c WHERE c.deal = t.deal)
             OR EXISTS (SELECT 1 FROM secondary_license_sold AS s WHERE s.deal = t.deal) THEN 4
         WHEN EXISTS (SELECT 1 FROM secondary_deposit_held AS h WHERE h.deal = t.deal) THEN 3
         WHEN k.block IS NOT NULL THEN 2
         ELSE 1 END AS state
FROM secondary_taken AS t
JOIN secondary_listed AS l ON l.listing = t.listing
JOIN blocks AS taken ON taken.number = t.block
LEFT JOIN key_answers AS k ON k.request = t.deal
LEFT JOIN blocks AS delivered ON delivered.number = k.block;

-- What holders said of their licences' models: every word, of which the last of a holder is current.
-- paid: what their own acquisition paid to the protocol less what came back, in hundredths of the
-- token's highest delivery fee; seconds: how long the licence was theirs after its settlement. What
-- was given on pays nothing, and nobody's word on what they sell themselves counts.
CREATE VIEW words AS
SELECT
    r.block, r.position, r."order" AS order_id, r.model, r.reviewer, r.stars, r.text,
    p.license AS license_id, blocks.time AS said_at,
    NOT EXISTS (SELECT 1 FROM reviews_reviewed AS n WHERE n."order" = r."order"
        AND n.reviewer = r.reviewer AND (n.block, n.position) > (r.block, r.position)) AS current,
    r.reviewer = o.seller OR r.reviewer = (SELECT "to" FROM model_registry_transfer AS m
        WHERE m.id = CAST(r.model AS TEXT) ORDER BY m.block DESC, m.position DESC LIMIT 1) AS own,
    coalesce((SELECT gone.time FROM model_license_transfer AS n JOIN blocks AS gone
        ON gone.number = n.block WHERE n.id = p.license
        AND (n.block, n.position) > (t.block, t.position) ORDER BY n.block, n.position LIMIT 1),
        (SELECT time FROM blocks ORDER BY number DESC LIMIT 1))
        - max(came.time, settled.time) AS seconds,
    CASE WHEN t."from" = '0x0000000000000000000000000000000000000000'
        THEN CAST(p.protocol_fee AS REAL) - coalesce((
            SELECT CAST(to_buyer AS REAL) + CAST(to_payee AS REAL) FROM rebates_rebate_claimed AS c
            WHERE c."order" = r."order"), 0)
        ELSE coalesce(CAST(s.protocol_fee AS REAL), 0) END
    * coalesce((SELECT 100 / nullif(CAST(max_delivery_fee AS REAL), 0) FROM market_token_set AS y
        WHERE y.token = coalesce(l.terms_token, o.terms_token)
        ORDER BY y.block DESC, y.position DESC LIMIT 1), 0) AS paid
FROM reviews_reviewed AS r
JOIN blocks ON blocks.number = r.block
JOIN market_purchased AS p ON p."order" = r."order"
JOIN market_offer_opened AS o ON o.offer = p.offer
JOIN blocks AS settled ON settled.number = coalesce(
    (SELECT block FROM market_order_settled AS e WHERE e."order" = r."order"),
    (SELECT block FROM market_delivered AS d WHERE d."order" = r."order"))
JOIN model_license_transfer AS t ON t.id = p.license AND (t.block, t.position) = (
    SELECT u.block, u.position FROM model_license_transfer AS u
    WHERE u.id = p.license AND (u.block, u.position) < (r.block, r.position)
    ORDER BY u.block DESC, u.position DESC LIMIT 1)
JOIN blocks AS came ON came.number = t.block
LEFT JOIN secondary_license_sold AS s ON s.license = p.license AND s.block = t.block
    AND s.position = (SELECT max(v.position) FROM secondary_license_sold AS v
        WHERE v.license = p.license AND v.block = t.block AND v.position < t.position)
    AND EXISTS (SELECT 1 FROM secondary_taken AS k WHERE k.deal = s.deal AND k.taker = t."to")
LEFT JOIN secondary_listed AS l ON l.listing =
    (SELECT listing FROM secondary_taken AS k WHERE k.deal = s.deal);

-- What each weighs: docs/reputation.md. 2592000: 30 days.
CREATE VIEW review_list AS
SELECT
    w.*, CASE WHEN current AND stars > 0 AND NOT own
        THEN max(paid, 0) * min(max(seconds, 0), 2592000) / 2592000.0 ELSE 0.0 END AS weight,
    a.text AS answer, answered.time AS answered_at,
    coalesce((a.block, a.position) < (w.block, w.position), 0) AS changed
FROM words AS w
LEFT JOIN reviews_review_answered AS a ON (a.block, a.position) = (
    SELECT b.block, b.position FROM reviews_review_answered AS b WHERE b."order" = w.order_id
    ORDER BY b.block DESC, b.position DESC LIMIT 1)
LEFT JOIN blocks AS answered ON answered.number = a.block;

-- 3 stars with the weight 10 stand for what nobody knows.
CREATE VIEW rating_list AS
SELECT model, count(*) AS reviews, sum(weight) AS weight,
    (30 + sum(weight * stars)) / (10 + sum(weight)) AS rating
FROM review_list WHERE current AND stars > 0 AND NOT own GROUP BY model;

-- What each ledger came to owe, and paid out (negative); amounts are decimal text. Of what was passed
-- on, the account is hexadecimal text.
CREATE VIEW ledger AS
SELECT ledger, payee, account, token, amount FROM owing
UNION ALL SELECT ledger, payee, account, token, '-' || json_extract(part.value, '$.amount')
FROM assigned, json_each(parts) AS part
UNION ALL SELECT
    ledger, json_extract(part.value, '$.payee'), json_extract(part.value, '$.account'), token,
    json_extract(part.value, '$.amount')
FROM assigned, json_each(parts) AS part
UNION ALL SELECT ledger, payee, account, token, '-' || amount FROM withdrawn;

CREATE VIEW market_ledger AS
WITH settled AS (
    SELECT "order" FROM market_order_settled
    UNION ALL SELECT "order" FROM market_delivered WHERE inspection_ends_at = 0
), due AS (
    SELECT
        o.terms_payout, o.terms_payout_account, o.terms_token, p.price, p.protocol_fee,
        p.referrer, p.referral
    FROM market_offer_opened AS o JOIN market_purchased AS p ON p.offer = o.offer
    JOIN settled ON settled."order" = p."order"
), refunded AS (
    SELECT
        p.buyer, o.terms_token, p.price,
        CASE WHEN EXISTS (SELECT 1 FROM market_delivered AS d WHERE d."order" = p."order")
             THEN '0' ELSE o.terms_delivery_fee END AS terms_delivery_fee
    FROM market_purchased AS p JOIN market_order_refunded AS r ON r."order" = p."order"
    JOIN market_offer_opened AS o ON o.offer = p.offer
), renewed AS (
    SELECT o.terms_payout, o.terms_payout_account, o.terms_token, n.price, n.protocol_fee
    FROM market_renewed AS n JOIN market_offer_opened AS o ON o.offer = n.offer
)
SELECT terms_payout AS payee, terms_payout_account AS account, terms_token AS token, price AS amount
FROM due
UNION ALL SELECT terms_payout, terms_payout_account, terms_token, '-' || protocol_fee FROM due
UNION ALL SELECT terms_payout, terms_payout_account, terms_token, '-' || referral FROM due
UNION ALL SELECT treasury, zeroblob(32), terms_token, protocol_fee FROM due, reading
UNION ALL SELECT referrer, zeroblob(32), terms_token, referral FROM due
UNION ALL SELECT
    CASE d.receiver WHEN '0x0000000000000000000000000000000000000000' THEN d.deliverer
         ELSE d.receiver END,
    zeroblob(32), o.terms_token, o.terms_delivery_fee
FROM market_delivered AS d JOIN market_purchased AS p ON p."order" = d."order"
JOIN market_offer_opened AS o ON o.offer = p.offer
UNION ALL SELECT buyer, zeroblob(32), terms_token, price FROM refunded
UNION ALL SELECT buyer, zeroblob(32), terms_token, terms_delivery_fee FROM refunded
UNION ALL SELECT terms_payout, terms_payout_account, terms_token, price FROM renewed
UNION ALL SELECT terms_payout, terms_payout_account, terms_token, '-' || protocol_fee FROM renewed
UNION ALL SELECT treasury, zeroblob(32), terms_token, protocol_fee FROM renewed, reading;

CREATE VIEW bonds_ledger AS
SELECT x.claimant AS payee, zeroblob(32) AS account, b.terms_token AS token, x.reward AS amount
FROM bonds_bond_broken AS x JOIN bond_list AS b ON b.bond = x.bond
UNION ALL SELECT treasury, zeroblob(32), b.terms_token, x.reward
FROM bonds_bond_broken AS x JOIN bond_list AS b ON b.bond = x.bond, reading
WHERE b.terms_token <> aim -- which is burned
UNION ALL SELECT x.holder, zeroblob(32), b.terms_token, x.amount
FROM bonds_order_compensated AS x JOIN bond_list AS b ON b.bond = x.bond
UNION ALL SELECT b.guarantor, zeroblob(32), b.terms_token, x.amount
FROM bonds_bond_ended AS x JOIN bond_list AS b ON b.bond = x.bond;

CREATE VIEW rebates_ledger AS
WITH claimed AS (
    SELECT p.buyer, o.terms_payout, o.terms_payout_account, o.terms_token, c.to_buyer, c.to_payee
    FROM rebates_rebate_claimed AS c JOIN market_purchased AS p ON p."order" = c."order"
    JOIN market_offer_opened AS o ON o.offer = p.offer
)
SELECT buyer AS payee, zeroblob(32) AS account, terms_token AS token, to_buyer AS amount FROM claimed
UNION ALL SELECT terms_payout, terms_payout_account, terms_token, to_payee FROM claimed
UNION ALL SELECT "to", zeroblob(32), aim, amount FROM rebates_budget_taken_back, reading;

-- Where something may be owed, each as one unit: rents are products that SQLite has no exact numbers for.
CREATE VIEW secondary_ledger AS
WITH dealt AS (
    SELECT t.deal, t.taker, l.* FROM secondary_taken AS t JOIN secondary_listed AS l ON l.listing = t.listing
), ended AS (
    SELECT d.* FROM dealt AS d WHERE d.deal IN (SELECT deal FROM secondary_license_sold
        UNION ALL SELECT deal FROM secondary_rental_closed)
)
SELECT a.payee AS payee, zeroblob(32) AS account, d.terms_token AS token, '1' AS amount
FROM key_answers AS a JOIN dealt AS d ON d.deal = a.request
UNION ALL SELECT taker, zeroblob(32), terms_token, '1' FROM dealt
WHERE deal IN (SELECT deal FROM secondary_deal_refunded UNION ALL SELECT deal FROM secondary_rental_ended
    UNION ALL SELECT deal FROM secondary_rental_closed)
UNION ALL SELECT holder, zeroblob(32), terms_token, '1' FROM dealt
WHERE deal IN (SELECT deal FROM ended UNION ALL SELECT deal FROM secondary_rent_collected)
UNION ALL SELECT terms_royalty_payout, terms_royalty_account, terms_token, '1' FROM ended
UNION ALL SELECT (SELECT "to" FROM model_registry_transfer AS t WHERE t.id = e.model
    ORDER BY t.block DESC, t.position DESC LIMIT 1), zeroblob(32), terms_token, '1'
FROM ended AS e WHERE terms_royalty_payout = '0x0000000000000000000000000000000000000000'
UNION ALL SELECT treasury, zeroblob(32), terms_token, '1' FROM ended, reading;

-- Where a court may owe AIM, each as one unit: what its jurors lost is known to itself.
CREATE VIEW court_ledger AS
SELECT juror AS payee, zeroblob(32) AS account, reading.aim AS token, '1' AS amount FROM court_seats_left, reading
UNION ALL SELECT juror, zeroblob(32), reading.aim, '1' FROM court_seat_collected, reading
UNION ALL SELECT treasury, zeroblob(32), reading.aim, '1' FROM court_phase_began, reading WHERE phase = 5;

CREATE VIEW key_requests_ledger AS
SELECT payee, zeroblob(32) AS account, terms_token AS token, terms_fee AS amount
FROM request_list WHERE state = 2
UNION ALL SELECT asker, zeroblob(32), terms_token, terms_fee FROM request_list WHERE state = 3;

CREATE VIEW attestations_ledger AS
WITH stated AS (
    SELECT r.result, r.terms_evaluator, r.terms_token, r.terms_stake FROM attestations_result_posted AS r
), voided AS (
    SELECT v.claimant, v.reward, s.* FROM attestations_result_voided AS v JOIN stated AS s ON s.result = v.result
)
SELECT terms_evaluator AS payee, zeroblob(32) AS account, terms_token AS token, terms_stake AS amount
FROM stated WHERE result IN (SELECT result FROM attestations_result_stood)
UNION ALL SELECT claimant, zeroblob(32), terms_token, reward FROM voided
UNION ALL SELECT treasury, zeroblob(32), terms_token, terms_stake FROM voided, reading
UNION ALL SELECT treasury, zeroblob(32), terms_token, '-' || reward FROM voided, reading
UNION ALL SELECT c.payee, zeroblob(32), j.terms_token, c.fee
FROM attestations_job_closed AS c JOIN attestations_job_commissioned AS j ON j.job = c.job;

CREATE VIEW result_list AS
SELECT r.*, r.result AS result_id, blocks.time AS posted_at, h.claimant,
    (SELECT count(*) FROM attestations_result_reopened AS o WHERE o.result = r.result) AS lost,
    coalesce((SELECT max("until") FROM attestations_result_reopened AS o WHERE o.result = r.result),
        blocks.time + 259200) AS claimable_until,
    CASE WHEN EXISTS (SELECT 1 FROM attestations_result_voided AS v WHERE v.result = r.result) THEN 4
         WHEN EXISTS (SELECT 1 FROM attestations_result_stood AS s WHERE s.result = r.result) THEN 3
         WHEN h.result IS NOT NULL THEN 2 ELSE 1 END AS state
FROM attestations_result_posted AS r JOIN blocks ON blocks.number = r.block
LEFT JOIN attestations_result_held AS h ON h.result = r.result AND NOT EXISTS (
    SELECT 1 FROM attestations_result_reopened AS o
    WHERE o.result = h.result AND (o.block, o.position) > (h.block, h.position)
);

-- state: as interfaces/types/Attestations.sol numbers them.
CREATE VIEW job_list AS
SELECT j.*, j.job AS job_id, blocks.time AS commissioned_at, r.result,
    CASE WHEN c.job IS NULL THEN CASE WHEN r.result IS NULL THEN 1 ELSE 2 END
         WHEN EXISTS (SELECT 1 FROM attestations_result_stood AS s WHERE s.result = r.result) THEN 3
         ELSE 4 END AS state
FROM attestations_job_commissioned AS j JOIN blocks ON blocks.number = j.block
LEFT JOIN attestations_result_posted AS r ON r.terms_job = j.job AND r.terms_job <> zeroblob(32)
LEFT JOIN attestations_job_closed AS c ON c.job = j.job;

CREATE VIEW withdrawal_list AS
SELECT w.*, w."to" AS receiver, blocks.time AS at
FROM withdrawn AS w JOIN blocks ON blocks.number = w.block;

-- Who was granted a role and not deprived of it.
CREATE VIEW role_list AS
WITH told AS (
    SELECT block, position, role_id, account, 1 AS held FROM authority_role_granted
    UNION ALL SELECT block, position, role_id, account, 0 FROM authority_role_revoked
)
SELECT * FROM told AS r
WHERE r.held AND NOT EXISTS (
    SELECT 1 FROM told AS later WHERE later.role_id = r.role_id AND later.account = r.account
        AND (later.block, later.position) > (r.block, r.position)
);

CREATE VIEW proposal_list AS
SELECT p.*, blocks.time AS proposed_at
FROM daimm_governor_proposal_created AS p JOIN blocks ON blocks.number = p.block;

CREATE VIEW ballot_list AS SELECT * FROM daimm_governor_vote_cast;

CREATE VIEW claim_list AS
SELECT o.*, blocks.time AS opened_at, p.opposer, p.dispute_id, p.cost,
    opposed.time AS opposed_at, c.ruling, e.claim IS NOT NULL AS executed
FROM claims_claim_opened AS o JOIN blocks ON blocks.number = o.block
LEFT JOIN claims_claim_opposed AS p ON p.claim = o.claim
LEFT JOIN blocks AS opposed ON opposed.number = p.block
LEFT JOIN claims_claim_concluded AS c ON c.claim = o.claim
LEFT JOIN claims_claim_executed AS e ON e.claim = o.claim;

CREATE VIEW seat_list AS
SELECT d.*, EXISTS (SELECT 1 FROM court_seat_collected AS c
    WHERE c.dispute_id = d.dispute_id AND c.seat = d.seat) AS collected
FROM court_juror_drawn AS d;

CREATE VIEW evidence_list AS
WITH given AS (
    SELECT block, position, claim, claimant AS party, evidence FROM claims_claim_opened
    UNION ALL SELECT block, position, claim, opposer, evidence FROM claims_claim_opposed
    UNION ALL SELECT block, position, claim, party, evidence FROM claims_evidence_added
)
SELECT g.*, blocks.time AS at FROM given AS g JOIN blocks ON blocks.number = g.block
WHERE evidence <> zeroblob(32);
