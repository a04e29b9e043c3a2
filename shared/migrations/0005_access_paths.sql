-- The indexes that lists of products go along: the orders by name, price and time, each for all products, for those of a
-- category, of a status, and of both; and two orders by price and name. Every write pays for each of them.

-- What begins with the category and the status serves both, and a status of a category.
CREATE INDEX products_by_category_name ON products (category, name, id);
CREATE INDEX products_by_status_name ON products (status, name, id);
CREATE INDEX products_by_category_status_created ON products (category, status, created_at, id);
CREATE INDEX products_by_category_status_price ON products (category, status, price, id);
CREATE INDEX products_by_category_status_name ON products (category, status, name, id);
CREATE INDEX products_by_price_name ON products (price, name, id);
CREATE INDEX products_by_price_down_name ON products (price DESC, name, id);
