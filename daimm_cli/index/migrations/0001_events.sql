-- What the contracts said, one row for each event, never changed: a re-org deletes blocks, and their
-- rows with them. Blocks without events mark how far a run came. Words are blobs, amounts decimal text (they exceed 64 bits), times seconds.

CREATE TABLE blocks (
    number INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    time INTEGER NOT NULL,
    empty INTEGER NOT NULL
) STRICT;
CREATE INDEX blocks_without_events ON blocks (number) WHERE empty;

CREATE TABLE model_owners (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    model INTEGER NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_owners_by_model ON model_owners (model, block, position);
CREATE INDEX model_owners_by_owner ON model_owners (owner, model);

CREATE TABLE royalties (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    model INTEGER NOT NULL,
    royalty INTEGER NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX royalties_by_model ON royalties (model);

CREATE TABLE versions (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    model INTEGER NOT NULL,
    version INTEGER NOT NULL,
    plaintext_root BLOB NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX versions_by_model ON versions (model, version);
CREATE INDEX versions_by_root ON versions (plaintext_root);

CREATE TABLE parents (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    model INTEGER NOT NULL,
    version INTEGER NOT NULL,
    parents TEXT NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX parents_by_model ON parents (model, version);

CREATE TABLE retirements (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    model INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX retirements_by_model ON retirements (model, version);

CREATE TABLE policies (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    token TEXT NOT NULL,
    allowed INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX policies_by_token ON policies (token, block, position);

CREATE TABLE offers (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    offer BLOB NOT NULL,
    seller TEXT NOT NULL,
    model INTEGER NOT NULL,
    version INTEGER NOT NULL,
    token TEXT NOT NULL,
    terms TEXT NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX offers_by_id ON offers (offer);
CREATE INDEX offers_by_seller ON offers (seller);
CREATE INDEX offers_by_model ON offers (model);

CREATE TABLE closings (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    offer BLOB NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX closings_by_offer ON closings (offer);

CREATE TABLE orders (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    order_id BLOB NOT NULL,
    offer BLOB NOT NULL,
    seller TEXT NOT NULL,
    buyer TEXT NOT NULL,
    recipient TEXT NOT NULL,
    license BLOB NOT NULL,
    terms TEXT NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX orders_by_id ON orders (order_id);
CREATE INDEX orders_by_offer ON orders (offer);
CREATE INDEX orders_by_seller ON orders (seller);
CREATE INDEX orders_by_buyer ON orders (buyer);
CREATE INDEX orders_by_license ON orders (license);

CREATE TABLE deliveries (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    order_id BLOB NOT NULL,
    deliverer TEXT NOT NULL,
    r BLOB NOT NULL,
    d BLOB NOT NULL,
    inspection_ends_at INTEGER NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX deliveries_by_order ON deliveries (order_id);

CREATE TABLE endings (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    order_id BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('settled', 'refunded', 'declined')),
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX endings_by_order ON endings (order_id);

CREATE TABLE license_owners (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    license BLOB NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX license_owners_by_license ON license_owners (license, block, position);
CREATE INDEX license_owners_by_owner ON license_owners (owner, license);

CREATE TABLE grants (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    license BLOB NOT NULL,
    issuer TEXT NOT NULL,
    order_id BLOB NOT NULL,
    model INTEGER NOT NULL,
    first_version INTEGER NOT NULL,
    last_version INTEGER NOT NULL,
    transferable INTEGER NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX grants_by_license ON grants (license);

CREATE TABLE activations (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    license BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    digest BLOB NOT NULL,
    settled INTEGER NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX activations_by_license ON activations (license);

CREATE TABLE settlements (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    license BLOB NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX settlements_by_license ON settlements (license);

-- What the market came to owe (positive) and paid out (negative).
CREATE TABLE ledger (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    part INTEGER NOT NULL,
    payee TEXT NOT NULL,
    account BLOB NOT NULL,
    token TEXT NOT NULL,
    amount TEXT NOT NULL,
    receiver TEXT,
    PRIMARY KEY (block, position, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_by_payee ON ledger (payee, token);

CREATE VIEW model_list AS
SELECT
    models.model,
    (SELECT owner FROM model_owners AS o WHERE o.model = models.model
     ORDER BY o.block DESC, o.position DESC LIMIT 1) AS owner,
    coalesce((SELECT royalty FROM royalties AS r WHERE r.model = models.model), 0) AS royalty,
    (SELECT count(*) FROM versions AS v WHERE v.model = models.model) AS versions,
    blocks.time AS published_at
FROM versions AS models JOIN blocks ON blocks.number = models.block
WHERE models.version = 1;

CREATE VIEW version_list AS
SELECT
    v.model, v.version, v.plaintext_root, v.details,
    p.parents,
    EXISTS (SELECT 1 FROM retirements AS r WHERE r.model = v.model AND r.version = v.version)
        AS retired,
    blocks.time AS added_at
FROM versions AS v
JOIN blocks ON blocks.number = v.block
LEFT JOIN parents AS p ON p.model = v.model AND p.version = v.version;

CREATE VIEW offer_list AS
SELECT
    o.block, o.position, o.offer, o.seller, o.model, o.version, o.token, o.terms,
    blocks.time AS opened_at,
    EXISTS (SELECT 1 FROM closings AS c WHERE c.offer = o.offer) AS closed,
    EXISTS (SELECT 1 FROM retirements AS r WHERE r.model = o.model AND r.version = o.version)
        AS retired,
    (SELECT count(*) FROM orders WHERE orders.offer = o.offer) AS sold,
    (SELECT owner FROM model_owners AS m WHERE m.model = o.model
     ORDER BY m.block DESC, m.position DESC LIMIT 1) AS owner,
    coalesce((SELECT allowed FROM policies AS p WHERE p.token = o.token
     ORDER BY p.block DESC, p.position DESC LIMIT 1), 0) AS allowed
FROM offers AS o JOIN blocks ON blocks.number = o.block;

CREATE VIEW order_list AS
SELECT
    orders.block, orders.position, orders.order_id, orders.offer, orders.seller, orders.buyer,
    orders.recipient, orders.license, orders.terms,
    offers.terms AS offer_terms,
    bought.time AS bought_at,
    deliveries.deliverer, deliveries.r, deliveries.d, deliveries.inspection_ends_at,
    delivered.time AS delivered_at,
    coalesce(ended.time, CASE deliveries.inspection_ends_at WHEN 0 THEN delivered.time END)
        AS ended_at,
    coalesce(
        endings.state,
        CASE WHEN deliveries.order_id IS NULL THEN 'pending'
             WHEN deliveries.inspection_ends_at = 0 THEN 'settled'
             ELSE 'inspection' END
    ) AS state
FROM orders
JOIN offers ON offers.offer = orders.offer
JOIN blocks AS bought ON bought.number = orders.block
LEFT JOIN deliveries ON deliveries.order_id = orders.order_id
LEFT JOIN blocks AS delivered ON delivered.number = deliveries.block
LEFT JOIN endings ON endings.order_id = orders.order_id
LEFT JOIN blocks AS ended ON ended.number = endings.block;

CREATE VIEW license_list AS
SELECT
    g.block, g.position, g.license, g.issuer, g.order_id, g.model, g.first_version,
    g.last_version, g.transferable,
    (SELECT owner FROM license_owners AS o WHERE o.license = g.license
     ORDER BY o.block DESC, o.position DESC LIMIT 1) AS owner,
    granted.time AS granted_at,
    a.expires_at, a.digest,
    a.license IS NOT NULL AS activated,
    coalesce(a.settled, 0)
        OR EXISTS (SELECT 1 FROM settlements AS s WHERE s.license = g.license) AS settled
FROM grants AS g
JOIN blocks AS granted ON granted.number = g.block
LEFT JOIN activations AS a ON a.license = g.license;

CREATE VIEW withdrawal_list AS
SELECT ledger.*, blocks.time AS at
FROM ledger JOIN blocks ON blocks.number = ledger.block
WHERE ledger.receiver IS NOT NULL;
