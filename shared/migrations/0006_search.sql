-- Full-text search. Triggers keep it, so that whatever writes a row writes it here, too. docs/SEARCH.md explains it.
--
-- Of each resource that is searched:
-- *_keys           a number for each row, as FTS5 asks for one; the rows' own rowids do not outlive a VACUUM.
-- *_texts          what is searched, by that number. The indexes store no text: they read it here.
-- *_unspaced       the same of rows with letters of scripts that put no spaces between words: Thai to Myanmar, Khmer, Chinese,
--                  Japanese and Korean. Two spaces at the end make each letter the first of some trigram.
-- *_words          the words of all rows, without regard to case and accents; words by their first two or three letters, too.
-- *_trigrams       each three letters in a row, of those rows only.
-- *_trigram_terms  where each trigram is: those that begin with one or two letters find words as short as that.

-- Products by name and description.

CREATE TABLE products_search_keys (
  key INTEGER PRIMARY KEY,
  id  TEXT NOT NULL UNIQUE
) STRICT;

CREATE VIEW products_search_texts AS
SELECT key.key, entry.name, entry.description FROM products_search_keys AS key JOIN products AS entry ON entry.id = key.id;

CREATE VIEW products_search_unspaced AS
SELECT key, name || '  ' AS name, description || '  ' AS description FROM products_search_texts
WHERE name || description GLOB '*[' || char(
  0xE00, 45, 0x109F, 0x1780, 45, 0x17FF, 0x2E80, 45, 0xFAFF, 0xFF66, 45, 0xFF9F, 0x20000, 45, 0x3FFFD
) || ']*';

CREATE VIRTUAL TABLE products_search_words USING fts5(
  name, description, content = 'products_search_texts', content_rowid = 'key',
  tokenize = 'unicode61 remove_diacritics 2 categories ''L* M* N* Co''', prefix = '2 3'
);

CREATE VIRTUAL TABLE products_search_trigrams USING fts5(
  name, description, content = 'products_search_unspaced', content_rowid = 'key',
  tokenize = 'trigram remove_diacritics 1'
);

CREATE VIRTUAL TABLE products_search_trigram_terms USING fts5vocab(products_search_trigrams, 'instance');

CREATE TRIGGER products_search_adds AFTER INSERT ON products
BEGIN
  INSERT INTO products_search_keys (id) VALUES (NEW.id);
  INSERT INTO products_search_words (rowid, name, description)
    SELECT text.* FROM products_search_keys AS key JOIN products_search_texts AS text USING (key) WHERE key.id = NEW.id;
  INSERT INTO products_search_trigrams (rowid, name, description)
    SELECT text.* FROM products_search_keys AS key JOIN products_search_unspaced AS text USING (key) WHERE key.id = NEW.id;
END;

CREATE TRIGGER products_search_removes BEFORE DELETE ON products
BEGIN
  INSERT INTO products_search_words (products_search_words, rowid, name, description)
    SELECT 'delete', text.* FROM products_search_keys AS key JOIN products_search_texts AS text USING (key) WHERE key.id = OLD.id;
  INSERT INTO products_search_trigrams (products_search_trigrams, rowid, name, description)
    SELECT 'delete', text.* FROM products_search_keys AS key JOIN products_search_unspaced AS text USING (key) WHERE key.id = OLD.id;
  DELETE FROM products_search_keys WHERE id = OLD.id;
END;

CREATE TRIGGER products_search_leaves_the_old BEFORE UPDATE OF name, description ON products
WHEN OLD.name IS NOT NEW.name OR OLD.description IS NOT NEW.description
BEGIN
  INSERT INTO products_search_words (products_search_words, rowid, name, description)
    SELECT 'delete', text.* FROM products_search_keys AS key JOIN products_search_texts AS text USING (key) WHERE key.id = OLD.id;
  INSERT INTO products_search_trigrams (products_search_trigrams, rowid, name, description)
    SELECT 'delete', text.* FROM products_search_keys AS key JOIN products_search_unspaced AS text USING (key) WHERE key.id = OLD.id;
  DELETE FROM products_search_keys WHERE id = OLD.id;
END;

CREATE TRIGGER products_search_takes_the_new AFTER UPDATE OF name, description ON products
WHEN OLD.name IS NOT NEW.name OR OLD.description IS NOT NEW.description
BEGIN
  INSERT INTO products_search_keys (id) VALUES (NEW.id);
  INSERT INTO products_search_words (rowid, name, description)
    SELECT text.* FROM products_search_keys AS key JOIN products_search_texts AS text USING (key) WHERE key.id = NEW.id;
  INSERT INTO products_search_trigrams (rowid, name, description)
    SELECT text.* FROM products_search_keys AS key JOIN products_search_unspaced AS text USING (key) WHERE key.id = NEW.id;
END;

INSERT INTO products_search_keys (id) SELECT id FROM products ORDER BY id;
INSERT INTO products_search_words (products_search_words) VALUES ('rebuild');
INSERT INTO products_search_trigrams (products_search_trigrams) VALUES ('rebuild');

-- Posts by title and text: what is published and nothing else.

CREATE TABLE published_posts_search_keys (
  key INTEGER PRIMARY KEY,
  id  TEXT NOT NULL UNIQUE
) STRICT;

CREATE VIEW published_posts_search_texts AS
SELECT key.key, entry.title, entry.body FROM published_posts_search_keys AS key JOIN published_posts AS entry ON entry.id = key.id;

CREATE VIEW published_posts_search_unspaced AS
SELECT key, title || '  ' AS title, body || '  ' AS body FROM published_posts_search_texts
WHERE title || body GLOB '*[' || char(
  0xE00, 45, 0x109F, 0x1780, 45, 0x17FF, 0x2E80, 45, 0xFAFF, 0xFF66, 45, 0xFF9F, 0x20000, 45, 0x3FFFD
) || ']*';

CREATE VIRTUAL TABLE published_posts_search_words USING fts5(
  title, body, content = 'published_posts_search_texts', content_rowid = 'key',
  tokenize = 'unicode61 remove_diacritics 2 categories ''L* M* N* Co''', prefix = '2 3'
);

CREATE VIRTUAL TABLE published_posts_search_trigrams USING fts5(
  title, body, content = 'published_posts_search_unspaced', content_rowid = 'key',
  tokenize = 'trigram remove_diacritics 1'
);

CREATE VIRTUAL TABLE published_posts_search_trigram_terms USING fts5vocab(published_posts_search_trigrams, 'instance');

CREATE TRIGGER published_posts_search_adds AFTER INSERT ON posts WHEN NEW.status = 'published'
BEGIN
  INSERT INTO published_posts_search_keys (id) VALUES (NEW.id);
  INSERT INTO published_posts_search_words (rowid, title, body)
    SELECT text.* FROM published_posts_search_keys AS key JOIN published_posts_search_texts AS text USING (key) WHERE key.id = NEW.id;
  INSERT INTO published_posts_search_trigrams (rowid, title, body)
    SELECT text.* FROM published_posts_search_keys AS key JOIN published_posts_search_unspaced AS text USING (key) WHERE key.id = NEW.id;
END;

CREATE TRIGGER published_posts_search_removes BEFORE DELETE ON posts WHEN OLD.status = 'published'
BEGIN
  INSERT INTO published_posts_search_words (published_posts_search_words, rowid, title, body)
    SELECT 'delete', text.* FROM published_posts_search_keys AS key JOIN published_posts_search_texts AS text USING (key) WHERE key.id = OLD.id;
  INSERT INTO published_posts_search_trigrams (published_posts_search_trigrams, rowid, title, body)
    SELECT 'delete', text.* FROM published_posts_search_keys AS key JOIN published_posts_search_unspaced AS text USING (key) WHERE key.id = OLD.id;
  DELETE FROM published_posts_search_keys WHERE id = OLD.id;
END;

CREATE TRIGGER published_posts_search_leaves_the_old BEFORE UPDATE OF title, body, status ON posts
WHEN OLD.status = 'published' AND (OLD.title IS NOT NEW.title OR OLD.body IS NOT NEW.body OR OLD.status IS NOT NEW.status)
BEGIN
  INSERT INTO published_posts_search_words (published_posts_search_words, rowid, title, body)
    SELECT 'delete', text.* FROM published_posts_search_keys AS key JOIN published_posts_search_texts AS text USING (key) WHERE key.id = OLD.id;
  INSERT INTO published_posts_search_trigrams (published_posts_search_trigrams, rowid, title, body)
    SELECT 'delete', text.* FROM published_posts_search_keys AS key JOIN published_posts_search_unspaced AS text USING (key) WHERE key.id = OLD.id;
  DELETE FROM published_posts_search_keys WHERE id = OLD.id;
END;

CREATE TRIGGER published_posts_search_takes_the_new AFTER UPDATE OF title, body, status ON posts
WHEN NEW.status = 'published' AND (OLD.title IS NOT NEW.title OR OLD.body IS NOT NEW.body OR OLD.status IS NOT NEW.status)
BEGIN
  INSERT INTO published_posts_search_keys (id) VALUES (NEW.id);
  INSERT INTO published_posts_search_words (rowid, title, body)
    SELECT text.* FROM published_posts_search_keys AS key JOIN published_posts_search_texts AS text USING (key) WHERE key.id = NEW.id;
  INSERT INTO published_posts_search_trigrams (rowid, title, body)
    SELECT text.* FROM published_posts_search_keys AS key JOIN published_posts_search_unspaced AS text USING (key) WHERE key.id = NEW.id;
END;

INSERT INTO published_posts_search_keys (id) SELECT id FROM published_posts ORDER BY id;
INSERT INTO published_posts_search_words (published_posts_search_words) VALUES ('rebuild');
INSERT INTO published_posts_search_trigrams (published_posts_search_trigrams) VALUES ('rebuild');
