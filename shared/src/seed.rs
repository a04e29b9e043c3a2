//! Rows to start with: the first administrator, and products and users by the million. The same number gives the same
//! row, however many there are.

mod products;
mod users;

pub use products::insert_product;
pub use users::insert_user;

use crate::auth::password::{self, Cost};
use crate::error::Result;
use crate::ids::UserId;
use crate::models::user::User;
use crate::ports::{Clock, Entropy, Statement};
use crate::repositories;
use crate::time::Timestamp;

/// The role that the first migration makes: it grants every capability.
pub const ADMINISTRATOR_ROLE: &str = "00000000-0000-7000-8000-000000000001";

/// The batch that makes an administrator, whose address must be new.
///
/// # Errors
/// Only when there is no randomness.
pub fn administrator(
    email: &str,
    password: &str,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<Vec<Statement>> {
    let (id, now) = (UserId::new(clock, entropy)?, clock.now());
    let email = email.trim().to_ascii_lowercase();
    let mut user = User::new(
        id,
        email,
        "Administrator".to_owned(),
        password::hash(password, Cost::default(), entropy)?,
        now,
    );
    // Whoever sets up the service is believed.
    user.email_verified_at = Some(now);
    let role = Statement::new("INSERT INTO user_roles (user_id, role_id) VALUES (?1, ?2)");
    Ok(vec![repositories::users::insert(&user), role.bind(&user.id).bind(ADMINISTRATOR_ROLE)])
}

/// What is drawn for one row: from its number and what is drawn for, nothing else.
#[derive(Debug, Clone, Copy)]
struct Draw(u32);

impl Draw {
    /// A number from 0 on, below `below`.
    fn below(self, salt: u32, below: u32) -> u32 {
        mix(self.0, salt) % below.max(1)
    }

    /// One of them, each as often as the others.
    fn one<'a>(self, salt: u32, of: &[&'a str]) -> &'a str {
        let count = u32::try_from(of.len()).unwrap_or(u32::MAX);
        of.get(usize::try_from(self.below(salt, count)).unwrap_or(0)).copied().unwrap_or_default()
    }

    /// One of them, each as often as its weight says.
    fn weighted<'a>(self, salt: u32, of: &[(&'a str, u32)]) -> &'a str {
        let mut left = self.below(salt, of.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in of {
            if left < *weight {
                return one;
            }
            left -= weight;
        }
        ""
    }

    /// The text of a version 7 UUID of this moment.
    fn id(self, at: Timestamp) -> String {
        let time = format!("{:012x}", at.millis());
        let (high, low) = time.split_at(8);
        format!("{high}-{low}-7{:03x}-8{:03x}-{:012x}", self.below(1, 4096), self.below(2, 4096), self.0)
    }
}

/// Scatters two numbers over all 32 bits (the finaliser of `MurmurHash3`).
fn mix(index: u32, salt: u32) -> u32 {
    let mut hash = index.wrapping_mul(0x9e37_79b1) ^ salt.wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
