-- How many products there are, and what they cost together, for each category and status: so that nobody counts a million
-- rows for a dashboard. Triggers keep it, whatever writes a product (but INSERT OR REPLACE, which tells no trigger of the row
-- that it removes). The lowest and the highest price
-- of each are the first and the last entry in products_by_category_status_price.

CREATE TABLE products_stats (
  category TEXT NOT NULL,
  status   TEXT NOT NULL,
  count    INTEGER NOT NULL CHECK (count > 0),
  -- Of all prices.
  sum      INTEGER NOT NULL,
  PRIMARY KEY (category, status)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER products_stats_count AFTER INSERT ON products
BEGIN
  INSERT INTO products_stats (category, status, count, sum) VALUES (NEW.category, NEW.status, 1, NEW.price)
    ON CONFLICT (category, status) DO UPDATE SET count = count + 1, sum = sum + excluded.sum;
END;

CREATE TRIGGER products_stats_uncount AFTER DELETE ON products
BEGIN
  DELETE FROM products_stats WHERE category = OLD.category AND status = OLD.status AND count = 1;
  UPDATE products_stats SET count = count - 1, sum = sum - OLD.price
    WHERE category = OLD.category AND status = OLD.status;
END;

CREATE TRIGGER products_stats_recount AFTER UPDATE OF category, status, price ON products
WHEN OLD.category IS NOT NEW.category OR OLD.status IS NOT NEW.status OR OLD.price IS NOT NEW.price
BEGIN
  INSERT INTO products_stats (category, status, count, sum) VALUES (NEW.category, NEW.status, 1, NEW.price)
    ON CONFLICT (category, status) DO UPDATE SET count = count + 1, sum = sum + excluded.sum;
  DELETE FROM products_stats WHERE category = OLD.category AND status = OLD.status AND count = 1;
  UPDATE products_stats SET count = count - 1, sum = sum - OLD.price
    WHERE category = OLD.category AND status = OLD.status;
END;

INSERT INTO products_stats (category, status, count, sum)
SELECT category, status, count(*), sum(price) FROM products GROUP BY category, status;
