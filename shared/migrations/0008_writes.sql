-- What requests with an Idempotency-Key were answered, kept in the batch of their write. `answer` is the JSON text of the
-- answer's data, `fingerprint` a digest of what was asked for.
CREATE TABLE idempotency_keys (
  user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  key         TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  entity_id   TEXT,
  version     INTEGER,
  answer      TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT;

CREATE INDEX idempotency_keys_by_created ON idempotency_keys (created_at);

-- What was deleted and can be restored: rows of any resource as JSON objects, a member for each column. A migration that adds
-- a column which must not be NULL adds the member here, too.
CREATE TABLE deleted_rows (
  resource   TEXT NOT NULL,
  id         TEXT NOT NULL,
  row        TEXT NOT NULL,
  deleted_by TEXT,
  deleted_at INTEGER NOT NULL,
  PRIMARY KEY (resource, id)
) STRICT;

CREATE INDEX deleted_rows_by_resource_deleted ON deleted_rows (resource, deleted_at, id);
CREATE INDEX deleted_rows_by_deleted ON deleted_rows (deleted_at);

CREATE VIEW deleted_products AS
SELECT id, row ->> '$.name' AS name, row ->> '$.description' AS description, row ->> '$.category' AS category,
  row ->> '$.price' AS price, row ->> '$.compare_at_price' AS compare_at_price, row ->> '$.stock' AS stock,
  row ->> '$.status' AS status, row ->> '$.version' AS version, row ->> '$.created_at' AS created_at,
  row ->> '$.updated_at' AS updated_at, deleted_by, deleted_at
FROM deleted_rows WHERE resource = 'products';
