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
