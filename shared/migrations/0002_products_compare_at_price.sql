-- The price before a reduction, which shops show struck out; NULL when there is none.
ALTER TABLE products ADD COLUMN compare_at_price INTEGER CHECK (compare_at_price >= 0);
