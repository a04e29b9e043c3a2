-- Sample items.

CREATE TABLE sample_items (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  description TEXT,
  quantity    INTEGER NOT NULL CHECK (quantity >= 0),
  status      TEXT NOT NULL CHECK (status IN ('draft', 'active', 'archived')),
  version     INTEGER NOT NULL DEFAULT 1,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL
) STRICT;

-- Each order that lists may ask for, alone and behind the field that is filtered by equality.
CREATE INDEX sample_items_by_created ON sample_items (created_at, id);
CREATE INDEX sample_items_by_name ON sample_items (name, id);
CREATE INDEX sample_items_by_quantity ON sample_items (quantity, id);
CREATE INDEX sample_items_by_status_created ON sample_items (status, created_at, id);
CREATE INDEX sample_items_by_status_name ON sample_items (status, name, id);
CREATE INDEX sample_items_by_status_quantity ON sample_items (status, quantity, id);
