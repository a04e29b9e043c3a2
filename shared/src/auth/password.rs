//! Passwords: Argon2id, by default with the parameters of OWASP's password storage cheat sheet (m = 19456 KiB, t = 2,
//! p = 1).

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::error::{Error, Result};
use crate::ports::Entropy;

const PARALLELISM: u32 = 1;
const SALT_BYTES: usize = 16;

/// KiB and passes of OWASP's password storage cheat sheet, each as strong as the others.
const ENOUGH: [Cost; 5] = [
    Cost { memory_kib: 47_104, iterations: 1 },
    Cost { memory_kib: 19_456, iterations: 2 },
    Cost { memory_kib: 12_288, iterations: 3 },
    Cost { memory_kib: 9_216, iterations: 4 },
    Cost { memory_kib: 7_168, iterations: 5 },
];

/// What a hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory_kib: 19_456, iterations: 2 }
    }
}

impl Cost {
    /// Whether it is at least one of those that OWASP's password storage cheat sheet lists.
    pub fn is_enough(self) -> bool {
        let at_least =
            |least: &Self| self.memory_kib >= least.memory_kib && self.iterations >= least.iterations;
        ENOUGH.iter().any(at_least)
    }

    fn argon2(self) -> Result<Argon2<'static>> {
        let params =
            Params::new(self.memory_kib, self.iterations, PARALLELISM, None).map_err(Error::internal)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }

    /// What a hash of this cost begins with.
    fn prefix(self) -> String {
        format!("$argon2id$v=19$m={},t={},p={PARALLELISM}$", self.memory_kib, self.iterations)
    }

    /// A hash that no password has: an unknown account costs the same time as a known one.
    pub(crate) fn nobody(self) -> String {
        format!("{}{}${}", self.prefix(), "A".repeat(22), "A".repeat(43))
    }
}

/// Hashes a password with a fresh salt into the PHC string format. About 25 ms of computation at the default cost.
///
/// # Errors
/// Only when the runtime has no randomness.
pub fn hash(password: &str, cost: Cost, entropy: &dyn Entropy) -> Result<String> {
    let mut salt = [0; SALT_BYTES];
    entropy.fill(&mut salt).map_err(Error::Internal)?;
    let hash: PasswordHash =
        cost.argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(Error::internal)?;
    Ok(hash.to_string())
}

/// Whether the password has this hash, at the hash's own cost. Without a hash it takes the time of one of the given cost and
/// answers no.
///
/// # Errors
/// When the stored hash is malformed: a mistake of ours, not of the caller.
pub fn verify(password: &str, hash: Option<&str>, cost: Cost) -> Result<bool> {
    let nobody = cost.nobody();
    let parsed = PasswordHash::new(hash.unwrap_or(&nobody)).map_err(Error::internal)?;
    let same = cost.argon2()?.verify_password(password.as_bytes(), &parsed).is_ok();
    Ok(same && hash.is_some())
}

/// Whether a hash was made at another cost than passwords are hashed at now.
pub fn is_outdated(hash: &str, cost: Cost) -> bool {
    !hash.starts_with(&cost.prefix())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 8, iterations: 1 };

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) -> anyhow::Result<()> {
            buffer.fill(0);
            Ok(())
        }
    }

    #[test]
    fn a_hash_is_verified_at_its_own_cost_and_known_to_be_outdated() {
        let dearer = Cost { iterations: 2, ..CHEAP };
        let hash = hash("a password", CHEAP, &Zeros).unwrap();
        for cost in [CHEAP, dearer] {
            assert!(verify("a password", Some(&hash), cost).unwrap());
            assert!(!verify("another password", Some(&hash), cost).unwrap());
        }
        assert!(!is_outdated(&hash, CHEAP));
        assert!(is_outdated(&hash, dearer) && is_outdated(&hash, Cost { memory_kib: 16, ..CHEAP }));
    }

    #[test]
    fn nobody_has_a_hash_of_the_cost_that_is_set_and_no_password() {
        for cost in [CHEAP, Cost { memory_kib: 100, iterations: 3 }] {
            let nobody = cost.nobody();
            assert!(PasswordHash::new(&nobody).is_ok() && !is_outdated(&nobody, cost), "{nobody}");
            assert!(!verify("a password", None, cost).unwrap());
        }
    }
}
