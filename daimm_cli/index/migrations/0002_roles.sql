-- Who holds which role of the Authority. Roles are decimal text (they exceed 63 bits). What was read
-- before lacks these events, so all of it is read again.

DELETE FROM blocks;

CREATE TABLE roles (
    block INTEGER NOT NULL REFERENCES blocks ON DELETE CASCADE,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    account TEXT NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (block, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX roles_by_role ON roles (role, account, block, position);

CREATE VIEW role_list AS
SELECT r.block, r.position, r.role, r.account
FROM roles AS r
WHERE r.held AND NOT EXISTS (
    SELECT 1 FROM roles AS later
    WHERE later.role = r.role AND later.account = r.account
        AND (later.block, later.position) > (r.block, r.position)
);
