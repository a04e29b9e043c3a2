//! The project commands: dev, test, build.
fn main() {}
