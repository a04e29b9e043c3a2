//! Made-up products: categories of different sizes, most prices low, some at the same moment, some reduced, some with
//! names beyond ASCII.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::ids::{Id as _, ProductId};
use crate::models::product::{Product, ProductStatus};
use crate::ports::Statement;
use crate::repositories;
use crate::seed::Draw;
use crate::time::Timestamp;

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

/// Names that are not ASCII, as one product in twenty has.
const ELSEWHERE: [&str; 8] = [
    "Étagère d’été",
    "Crème brûlée dish",
    "Großer Kühlschrank",
    "Łódź łyżka",
    "Смородина чашка",
    "有田焼の茶碗",
    "한지 등불",
    "Fika-mugg ☕",
];

/// Categories with their shares in a thousand: the largest is a hundred times the smallest.
const CATEGORIES: [(&str, u32); 12] = [
    ("kitchen", 300),
    ("decor", 200),
    ("books", 150),
    ("garden", 100),
    ("lighting", 80),
    ("office", 60),
    ("storage", 45),
    ("textiles", 30),
    ("dining", 20),
    ("bedroom", 8),
    ("bath", 4),
    ("hallway", 3),
];

/// 2021-01-01, in milliseconds.
const FIRST: i64 = 1_609_459_200_000;

/// The time from one product to the next: a million take not quite five years.
const STEP: Duration = Duration::from_secs(150);

/// The statement that adds product number `index`.
///
/// # Errors
/// Never in practice: the id is well-formed.
pub fn insert_product(index: u32) -> Result<Statement> {
    product(index).map(|product| repositories::products::insert(&product))
}

/// Product number `index`, made up from the number alone.
fn product(index: u32) -> Result<Product> {
    let draw = Draw(index);
    // One in eight came together with the one before it.
    let moment = if draw.below(9, 8) == 0 { index.saturating_sub(1) } else { index };
    let created_at = Timestamp::from_millis(FIRST).plus(STEP * moment);
    let updated_at =
        if draw.below(10, 4) == 0 { created_at.plus(STEP * draw.below(11, 5000)) } else { created_at };
    let (adjective, noun) = (draw.one(3, &ADJECTIVES), draw.one(4, &NOUNS));
    let category = draw.weighted(5, &CATEGORIES);
    let price = price(draw);
    Ok(Product {
        id: ProductId::parse(&draw.id(created_at))
            .ok_or_else(|| Error::internal("a seeded id is malformed"))?,
        name: match draw.below(12, 20) {
            0 => format!("{} {index}", draw.one(13, &ELSEWHERE)),
            _ => format!("{adjective} {noun} {index}"),
        },
        description: format!(
            "A {} {} for the {category}, number {index}.",
            adjective.to_lowercase(),
            noun.to_lowercase()
        ),
        category: category.to_owned(),
        // Every fifth is reduced, by up to half.
        compare_at_price: (draw.below(14, 5) == 0)
            .then(|| price + price * i64::from(1 + draw.below(15, 100)) / 100),
        price,
        // One in ten is sold out.
        stock: if draw.below(16, 10) == 0 { 0 } else { i64::from(draw.below(7, 1000)) },
        status: match draw.below(8, 10) {
            0 => ProductStatus::Draft,
            1 => ProductStatus::Archived,
            _ => ProductStatus::Active,
        },
        version: 1,
        created_at,
        updated_at,
    })
}

/// From 1.00 to 1,000.00, low ones more often, every other ending in 99 or 00 as prices do.
fn price(draw: Draw) -> i64 {
    let highest = 900 + draw.below(17, 99_100);
    let price = i64::from(100 + draw.below(6, highest));
    match draw.below(18, 4) {
        0 => price / 100 * 100 + 99,
        1 => price / 100 * 100,
        _ => price,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

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

    #[test]
    fn products_are_spread_as_a_shops_are() {
        let products: Vec<_> = (1..=10_000).map(|index| product(index).unwrap()).collect();
        let mut categories = BTreeMap::new();
        for product in &products {
            *categories.entry(product.category.as_str()).or_insert(0) += 1;
        }
        assert_eq!(categories.len(), CATEGORIES.len());
        assert!(categories["kitchen"] > 50 * categories["hallway"], "{categories:?}");
        let share = |test: fn(&Product) -> bool| products.iter().filter(|product| test(product)).count();
        assert!((1500..2500).contains(&share(|product| product.compare_at_price.is_some())));
        assert!((300..700).contains(&share(|product| !product.name.is_ascii())));
        assert!(share(|product| product.price < 25_000) > 5000, "most are cheap");
        assert!(share(|product| product.stock == 0) > 500);
        assert!(
            products
                .iter()
                .all(|product| product.compare_at_price.is_none_or(|before| before >= product.price))
        );
        let moments: BTreeSet<_> = products.iter().map(|product| product.created_at.millis()).collect();
        assert!((8000..9500).contains(&moments.len()), "some share a moment: {}", moments.len());
        let ids: BTreeSet<_> = products.iter().map(|product| product.id.as_str()).collect();
        assert_eq!(ids.len(), products.len());
    }
}
