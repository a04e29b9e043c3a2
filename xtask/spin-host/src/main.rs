//! A stand-in for the spin command: runs spin.toml on wasmtime.
fn main() {}
