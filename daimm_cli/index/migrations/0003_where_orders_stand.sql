-- In which blocks an order was bought, delivered and ended: what is final is told by them, for nodes
-- without an archive cannot say what was so in an old block.

DROP VIEW order_list;

CREATE VIEW order_list AS
SELECT
    orders.block, orders.position, orders.order_id, orders.offer, orders.seller, orders.buyer,
    orders.recipient, orders.license, orders.terms,
    offers.terms AS offer_terms,
    bought.hash AS block_hash,
    bought.time AS bought_at,
    deliveries.deliverer, deliveries.r, deliveries.d, deliveries.inspection_ends_at,
    deliveries.block AS delivered_block,
    delivered.time AS delivered_at,
    coalesce(endings.block, CASE deliveries.inspection_ends_at WHEN 0 THEN deliveries.block END)
        AS ended_block,
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
