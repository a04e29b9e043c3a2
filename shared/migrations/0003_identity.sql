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

-- Jobs that have ended are deleted after a while.
CREATE INDEX jobs_by_end ON jobs (status, finished_at) WHERE finished_at IS NOT NULL;

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

-- Users are deleted with all their keys; everything else asks for those that are not revoked.
CREATE INDEX api_keys_by_user ON api_keys (user_id);
CREATE INDEX api_keys_live ON api_keys (user_id, created_at, id) WHERE revoked_at IS NULL;
-- Ended keys are deleted after a while.
CREATE INDEX api_keys_by_end ON api_keys (min(expires_at, ifnull(revoked_at, expires_at)));

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

CREATE INDEX audit_log_by_at ON audit_log (at);
CREATE INDEX audit_log_by_action ON audit_log (action, at);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, at);
CREATE INDEX audit_log_by_target ON audit_log (target_id, at);
CREATE INDEX audit_log_by_target_kind ON audit_log (target_kind, at);

-- The chain over the log: each hash covers an entry and the hash before it.
CREATE TABLE audit_seals (
  seq  INTEGER PRIMARY KEY,
  -- SHA-256 in hexadecimal.
  hash TEXT NOT NULL
) STRICT;

-- Both only grow. A row that is written again under its number would be a change, too.
CREATE TRIGGER audit_log_is_never_changed BEFORE UPDATE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_log_is_never_shortened BEFORE DELETE ON audit_log BEGIN
  SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_log_is_never_replaced BEFORE INSERT ON audit_log
WHEN EXISTS (SELECT 1 FROM audit_log WHERE seq = NEW.seq) BEGIN
  SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_seals_are_never_changed BEFORE UPDATE ON audit_seals BEGIN
  SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_seals_are_never_shortened BEFORE DELETE ON audit_seals BEGIN
  SELECT RAISE(ABORT, 'the audit log is never changed');
END;
CREATE TRIGGER audit_seals_are_never_replaced BEFORE INSERT ON audit_seals
WHEN EXISTS (SELECT 1 FROM audit_seals WHERE seq = NEW.seq) BEGIN
  SELECT RAISE(ABORT, 'the audit log is never changed');
END;

-- Entries with their seals, as lists read them.
CREATE VIEW audit_entries AS
SELECT l.seq AS id, l.seq, l.at, l.action, l.actor_id, l.credential, l.target_kind, l.target_id, l.details, l.address,
  l.user_agent, l.request_id, s.hash
FROM audit_log l LEFT JOIN audit_seals s ON s.seq = l.seq;

-- What lists of users and roles may ask.
ALTER TABLE users ADD COLUMN locked INTEGER GENERATED ALWAYS AS (locked_at IS NOT NULL) VIRTUAL;

CREATE INDEX users_by_created ON users (created_at, id);
CREATE INDEX users_by_name ON users (name, id);
CREATE INDEX users_by_locked_created ON users (locked, created_at, id);
CREATE INDEX users_by_locked_name ON users (locked, name, id);
CREATE INDEX users_by_locked_email ON users (locked, email, id);
CREATE INDEX roles_by_created ON roles (created_at, id);

-- More that a batch may state: each has a CHECK of its own, whose name says what did not hold.
ALTER TABLE guards ADD COLUMN within_own INTEGER NOT NULL DEFAULT 1 CONSTRAINT within_own CHECK (within_own = 1);
ALTER TABLE guards ADD COLUMN administrator_left INTEGER NOT NULL DEFAULT 1
  CONSTRAINT administrator_left CHECK (administrator_left = 1);
