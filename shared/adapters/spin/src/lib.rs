//! The ports on Spin: SQLite, key-value, variables, outbound HTTP.
