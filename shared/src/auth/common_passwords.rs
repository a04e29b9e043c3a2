//! The most common passwords as a compact set: those of at least 8 characters, the shorter ones being refused anyway.
//!
//! Each is a number below `count * RANGE`, by its hash; the sorted numbers' differences are Rice-coded (a quotient in
//! unary, then `REMAINDER_BITS` bits), as in Golomb-coded sets. It costs about 17.5 bits a password. A password that is
//! not in the set is taken for one that is once in `RANGE` times.
//!
//! `cargo run -p ashlar-generate -- common-passwords FILE…` writes the set; docs/ACCOUNTS.md says from what.

use sha2::{Digest as _, Sha256};

/// Numbers for each password of the set.
pub const RANGE: u64 = 1 << 16;
/// Bits of a difference that stand as they are.
pub const REMAINDER_BITS: u32 = 16;

/// The count as four bytes, the least significant first, then the differences, each bit from the most significant of its
/// byte on.
static SET: &[u8] = include_bytes!("common_passwords.bin");

/// Whether a password is one of the most common, its letters' case aside.
pub fn contains(password: &str) -> bool {
    is_in(SET, password)
}

/// The number of a password in a set of `count`.
pub fn number(password: &str, count: u64) -> u64 {
    let digest = Sha256::digest(password.to_lowercase().as_bytes());
    let hash = digest.iter().take(8).fold(0, |hash: u128, byte| hash << 8 | u128::from(*byte));
    u64::try_from((hash * u128::from(count * RANGE)) >> 64).unwrap_or(0)
}

fn is_in(set: &[u8], password: &str) -> bool {
    let Some((count, coded)) = set.split_first_chunk::<4>() else { return false };
    let count = u64::from(u32::from_le_bytes(*count));
    let wanted = number(password, count);
    let mut bits = coded.iter().flat_map(|byte| (0..8).rev().map(move |shift| (byte >> shift) & 1 == 1));
    let mut current = 0;
    for _ in 0..count {
        let quotient = bits.by_ref().take_while(|one| *one).count();
        let remainder =
            bits.by_ref().take(REMAINDER_BITS as usize).fold(0, |bits, bit| bits << 1 | u64::from(bit));
        current += (u64::try_from(quotient).unwrap_or(0) << REMAINDER_BITS) + remainder;
        if current >= wanted {
            return current == wanted;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_common_passwords_are_known_in_any_case() {
        let common = [
            "password",
            "12345678",
            "123456789",
            "1234567890",
            "password1",
            "iloveyou",
            "qwertyuiop",
            "trustno1",
            "sunshine",
            "princess",
            "football",
            "baseball",
            "superman",
            "1q2w3e4r",
            "qwerty123",
            "11111111",
            "passw0rd",
            "starwars",
            "computer",
            "whatever",
            "PassWord",
            "TRUSTNO1",
        ];
        for password in common {
            assert!(contains(password), "{password}");
        }
        for password in ["correct horse battery", "a long enough password", "zzqv kxwp", ""] {
            assert!(!contains(password), "{password}");
        }
    }

    #[test]
    fn one_in_a_thousand_other_passwords_is_taken_for_a_common_one_at_most() {
        // One in 65,536 is what the set is made for; as many as this would come by chance once in ten thousand times.
        let wrong = (0..3_000).filter(|number| contains(&format!("nobody has this {number}"))).count();
        assert!(wrong <= 2, "{wrong}");
    }

    #[test]
    fn the_set_is_small() {
        assert!((10_000..24_000).contains(&SET.len()), "{}", SET.len());
    }
}
