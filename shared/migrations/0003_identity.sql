-- Identity: verified addresses, sessions with refresh tokens, one-time tokens, API keys, the audit log.

ALTER TABLE users ADD COLUMN email_verified_at INTEGER;
ALTER TABLE users ADD COLUMN password_changed_at INTEGER;
-- Set while an administrator keeps the user out.
ALTER TABLE users ADD COLUMN locked_at INTEGER;

ALTER TABLE roles ADD COLUMN description TEXT NOT NULL DEFAULT '';
-- A built-in role can be given and taken, not changed or deleted.
ALTER TABLE roles ADD COLUMN built_in INTEGER NOT NULL DEFAULT 0 CHECK (built_in IN (0, 1));
UPDATE roles SET built_in = 1, description = 'May do everything.' WHERE id = '00000000-0000-7000-8000-000000000001';

-- Who may do everything is looked for before the last of them is removed.
CREATE INDEX roles_granting_all ON roles (id) WHERE grants_all = 1;

-- A session is a family of refresh tokens: each use of one replaces it. Sessions of before have none and end here.
DROP TABLE sessions;

CREATE TABLE sessions (
  id               TEXT PRIMARY KEY,
  user_id          TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- How (RFC 8176 names, separated by spaces) and when the user last proved who they are.
  methods          TEXT NOT NULL,
  authenticated_at INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  last_used_at     INTEGER NOT NULL,
  -- The session ends at the earlier of these; a refresh moves the second.
  expires_at       INTEGER NOT NULL,
  idle_expires_at  INTEGER NOT NULL,
  address          TEXT NOT NULL,
  user_agent       TEXT NOT NULL,
  -- SHA-256 of the refresh token in force and of the one before it.
  refresh_hash     TEXT NOT NULL,
  previous_hash    TEXT,
  rotated_at       INTEGER,
  -- The token in force, encrypted with the one before it: who lost the answer to a refresh gets it again for a moment.
  sealed_successor TEXT,
  revoked_at       INTEGER
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id, last_used_at, id);
-- Never later than expires_at.
CREATE INDEX sessions_by_end ON sessions (idle_expires_at);

-- Tokens that mails carry: used once, for one purpose, for a while.
CREATE TABLE one_time_tokens (
  id         TEXT PRIMARY KEY,
  purpose    TEXT NOT NULL,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The address that the mail goes to.
  email      TEXT NOT NULL,
  -- SHA-256 of the token.
  hash       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT;

CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_by_end ON one_time_tokens (expires_at);

CREATE TABLE api_keys (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name         TEXT NOT NULL,
  -- SHA-256 of the key.
  hash         TEXT NOT NULL UNIQUE,
  -- Its last characters, by which people tell keys apart.
  hint         TEXT NOT NULL,
  -- A JSON array of names. The key may do what is in here and its user may do.
  capabilities TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at   INTEGER
) STRICT;

CREATE INDEX api_keys_by_user ON api_keys (user_id, created_at, id);

-- Who did what to what from where. Rows go in with the write that they tell of.
CREATE TABLE audit_log (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  at          INTEGER NOT NULL,
  action      TEXT NOT NULL,
  -- The user, and the session or API key that they used. NULL for nobody who is signed in.
  actor_id    TEXT,
  credential  TEXT,
  target_kind TEXT NOT NULL,
  target_id   TEXT NOT NULL,
  -- A JSON object.
  details     TEXT NOT NULL,
  address     TEXT NOT NULL,
  user_agent  TEXT NOT NULL,
  request_id  TEXT NOT NULL
) STRICT;
