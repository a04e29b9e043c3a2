-- Posts: drafts, which only their authors and editors see, and what is published.

CREATE TABLE posts (
  id           TEXT PRIMARY KEY,
  -- NULL when the author's account is gone.
  author_id    TEXT REFERENCES users (id) ON DELETE SET NULL,
  title        TEXT NOT NULL,
  body         TEXT NOT NULL,
  status       TEXT NOT NULL CHECK (status IN ('draft', 'published')),
  -- When it was published first.
  published_at INTEGER,
  version      INTEGER NOT NULL DEFAULT 1,
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  CHECK (status = 'draft' OR published_at IS NOT NULL)
) STRICT;

CREATE INDEX posts_by_author_created ON posts (author_id, created_at, id);
CREATE INDEX posts_by_author_status_created ON posts (author_id, status, created_at, id);

-- What everybody may see. Shared lists, which are cached, are read from here and so cannot have a draft in them.
CREATE VIEW published_posts AS
SELECT id, author_id, title, body, status, published_at, version, created_at, updated_at
FROM posts WHERE status = 'published';

CREATE INDEX published_posts_by_published ON posts (published_at, id) WHERE status = 'published';
CREATE INDEX published_posts_by_author_published ON posts (author_id, published_at, id) WHERE status = 'published';

-- Drafts go with their author; what is published stays, without a name: as another version, in lists of another generation.
CREATE TRIGGER users_leave_their_posts BEFORE DELETE ON users
BEGIN
  DELETE FROM posts WHERE author_id = OLD.id AND status = 'draft';
  INSERT INTO generations (resource, value)
    SELECT 'published_posts', 1 WHERE EXISTS (SELECT 1 FROM posts WHERE author_id = OLD.id)
    ON CONFLICT (resource) DO UPDATE SET value = value + 1;
  UPDATE posts SET author_id = NULL, version = version + 1 WHERE author_id = OLD.id;
END;
