//! Rows to start with: the first administrator, and products by the thousand. The same number gives the same product.

use std::time::Duration;

use crate::auth::password::{self, Cost};
use crate::error::{Error, Result};
use crate::ids::{Id as _, ProductId, UserId};
use crate::models::product::{Product, ProductStatus};
use crate::models::user::User;
use crate::ports::{Clock, Entropy, Statement};
use crate::repositories;
use crate::time::Timestamp;

/// The role that the first migration makes: it grants every capability.
pub const ADMINISTRATOR_ROLE: &str = "00000000-0000-7000-8000-000000000001";

const ADJECTIVES: [&str; 16] = [
    "Amber", "Bold", "Copper", "Dusky", "Early", "Folded", "Gentle", "Hollow", "Indigo", "Little", "Marbled",
    "Northern", "Oaken", "Quiet", "Silver", "Woven",
];
const NOUNS: [&str; 16] = [
    "Apron",
    "Basin",
    "Chair",
    "Drawer",
    "Easel",
    "Flask",
    "Goblet",
    "Hamper",
    "Inkwell",
    "Jug",
    "Kettle",
    "Lamp",
    "Mug",
    "Nightstand",
    "Ottoman",
    "Pitcher",
];
const CATEGORIES: [&str; 12] = [
    "bath", "bedroom", "books", "decor", "dining", "garden", "hallway", "kitchen", "lighting", "office",
    "storage", "textiles",
];

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

/// The statement that adds product number `index`.
///
/// # Errors
/// Never in practice: the id is well-formed.
pub fn insert_product(index: u32) -> Result<Statement> {
    product(index).map(|product| repositories::products::insert(&product))
}

/// Product number `index`, made up from the number alone.
fn product(index: u32) -> Result<Product> {
    let draw = |salt: u32, below: u32| mix(index, salt) % below;
    let word = |words: &[&'static str], salt: u32| {
        let count = u32::try_from(words.len()).unwrap_or(1);
        words.get(usize::try_from(draw(salt, count)).unwrap_or(0)).copied().unwrap_or_default()
    };
    // 2025-01-01, and a product every five minutes from then on.
    let created_at = Timestamp::from_millis(1_735_689_600_000).plus(Duration::from_mins(5) * index);
    let id = format!("{:012x}", created_at.millis());
    let (high, low) = id.split_at(8);
    let id = format!("{high}-{low}-7{:03x}-8{:03x}-{index:012x}", draw(1, 4096), draw(2, 4096));
    let (adjective, noun, category) = (word(&ADJECTIVES, 3), word(&NOUNS, 4), word(&CATEGORIES, 5));
    Ok(Product {
        id: ProductId::parse(&id).ok_or_else(|| Error::internal("a seeded id is malformed"))?,
        name: format!("{adjective} {noun} {index}"),
        description: format!(
            "A {} {} for the {category}, number {index}.",
            adjective.to_lowercase(),
            noun.to_lowercase()
        ),
        category: category.to_owned(),
        compare_at_price: None,
        price: i64::from(100 + draw(6, 99_900)),
        stock: i64::from(draw(7, 1000)),
        status: match draw(8, 10) {
            0 => ProductStatus::Draft,
            1 => ProductStatus::Archived,
            _ => ProductStatus::Active,
        },
        version: 1,
        created_at,
        updated_at: created_at,
    })
}

/// Scatters two numbers over all 32 bits (the finaliser of `MurmurHash3`).
fn mix(index: u32, salt: u32) -> u32 {
    let mut hash = index.wrapping_mul(0x9e37_79b1) ^ salt.wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_the_same_each_time_and_differ_from_each_other() {
        let (first, again, second) = (product(1).unwrap(), product(1).unwrap(), product(2).unwrap());
        assert_eq!(
            (first.id.as_str(), &first.name, first.price),
            (again.id.as_str(), &again.name, again.price)
        );
        assert_ne!(first.id.as_str(), second.id.as_str());
    }
}
