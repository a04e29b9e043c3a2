//! The ports natively: rusqlite and memory, for tests and tools.
