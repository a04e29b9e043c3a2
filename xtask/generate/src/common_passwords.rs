//! The set of the most common passwords, from lists that have one on each line, the most common first.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use shared::auth::common_passwords::{RANGE, REMAINDER_BITS, number};

/// Shorter passwords are refused anyway.
const SHORTEST: usize = 8;
/// How many of each list count.
const MOST_COMMON: usize = 10_000;

/// Makes the file of `shared/src/auth/common_passwords.rs`.
pub(crate) fn encode<'a>(lists: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let words = lists.into_iter().flat_map(|list| list.lines().take(MOST_COMMON));
    let long = words.map(str::trim).filter(|word| word.chars().count() >= SHORTEST);
    let words: BTreeSet<_> = long.map(str::to_lowercase).collect();
    // Words of one number would make the count too large by one: it only spreads the numbers.
    let count = words.len() as u64;
    let numbers: BTreeSet<_> = words.iter().map(|word| number(word, count)).collect();
    let mut bits = Vec::new();
    let mut last = 0;
    for number in numbers {
        let difference = number - last;
        bits.extend((0..difference >> REMAINDER_BITS).map(|_| true));
        bits.push(false);
        bits.extend((0..REMAINDER_BITS).rev().map(|shift| difference >> shift & 1 == 1));
        last = number;
    }
    debug_assert!(RANGE.is_power_of_two());
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let bytes = bits.chunks(8).map(|bits| {
        bits.iter().enumerate().fold(0, |byte, (index, bit)| byte | u8::from(*bit) << (7 - index))
    });
    count.to_le_bytes().into_iter().chain(bytes).collect()
}

/// Reads the lists and writes the file.
pub(crate) fn write(root: &Path, lists: &[&str]) -> Result<()> {
    let read = |path: &&str| std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"));
    let lists = lists.iter().map(read).collect::<Result<Vec<_>>>()?;
    let path = root.join("shared/src/auth/common_passwords.bin");
    std::fs::write(&path, encode(lists.iter().map(String::as_str)))
        .with_context(|| format!("cannot write {}", path.display()))
}
