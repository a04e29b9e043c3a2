-- Users, sessions and roles.

CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  email         TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  version       INTEGER NOT NULL DEFAULT 1,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT;

CREATE INDEX sessions_by_user ON sessions (user_id, created_at);

-- A role is a named set of capabilities; one that grants all needs no list and stays complete as the list grows.
CREATE TABLE roles (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  grants_all INTEGER NOT NULL DEFAULT 0 CHECK (grants_all IN (0, 1)),
  version    INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE role_capabilities (
  role_id    TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
  capability TEXT NOT NULL,
  PRIMARY KEY (role_id, capability)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_roles (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_roles_by_role ON user_roles (role_id);

INSERT INTO roles (id, name, grants_all, created_at, updated_at)
VALUES ('00000000-0000-7000-8000-000000000001', 'administrator', 1, 0, 0);

-- Products. Prices are integer minor units (cents).

CREATE TABLE products (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  category    TEXT NOT NULL,
  price       INTEGER NOT NULL CHECK (price >= 0),
  stock       INTEGER NOT NULL CHECK (stock >= 0),
  status      TEXT NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
  version     INTEGER NOT NULL DEFAULT 1,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX products_by_created ON products (created_at, id);
CREATE INDEX products_by_price ON products (price, id);
CREATE INDEX products_by_name ON products (name, id);
CREATE INDEX products_by_category_created ON products (category, created_at, id);
CREATE INDEX products_by_category_price ON products (category, price, id);
CREATE INDEX products_by_status_created ON products (status, created_at, id);
CREATE INDEX products_by_status_price ON products (status, price, id);

-- Jobs: the truth about background work. The queue only carries ids.

CREATE TABLE jobs (
  id           TEXT PRIMARY KEY,
  kind         TEXT NOT NULL,
  payload      TEXT NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('queued', 'running', 'done', 'dead')),
  owner_id     TEXT,
  run_at       INTEGER NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL,
  processed    INTEGER NOT NULL DEFAULT 0,
  total        INTEGER NOT NULL DEFAULT 1,
  lease_token  TEXT,
  lease_until  INTEGER,
  last_error   TEXT,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  finished_at  INTEGER
) STRICT;

CREATE INDEX jobs_due ON jobs (run_at, id) WHERE status = 'queued';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE status = 'running';

-- One row that a batch writes to state what must hold: the CHECK aborts the whole batch when it does not.
CREATE TABLE guards (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  held INTEGER NOT NULL,
  CONSTRAINT guard_held CHECK (held = 1)
) STRICT;

-- The generation of each cached resource, raised by every write to it in the write's own batch.
CREATE TABLE generations (
  resource TEXT PRIMARY KEY,
  value    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO generations (resource, value) VALUES ('products', 1);

-- Arrival times of the rate limiter, in microseconds, where the runtime has no better place for them.
CREATE TABLE limits (
  key     TEXT PRIMARY KEY,
  arrival INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX limits_by_arrival ON limits (arrival);

-- Secrets that development makes for itself on first use; production sets its own and leaves this empty.
CREATE TABLE generated_secrets (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
