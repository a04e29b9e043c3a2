//! Products.

use serde::Serialize;

use crate::auth::{Granted, Public, can};
use crate::cache::{self, Outcome, Resource, Seen};
use crate::error::{Error, Result};
use crate::ids::ProductId;
use crate::models::{NewProduct, Product, ProductView};
use crate::ports::{DatabaseError, Ports, Rows};
use crate::query::{COUNT_CAP, CountMode, ListQuery};
use crate::repositories::{generations, products};

/// The service of products.
pub struct Products<'a> {
    ports: &'a Ports,
}

/// A page of a list as the JSON text of its members `data` and `meta`, ready for a success envelope.
#[derive(Debug)]
pub struct ListBody {
    /// `"data":[…],"meta":{…}`
    pub members: String,
    /// Where it came from.
    pub outcome: Outcome,
}

/// What a creation answers.
#[derive(Debug)]
pub struct Created {
    /// The new product.
    pub product: ProductView,
    /// The generation that the write made, for its writer.
    pub seen: Seen,
}

#[derive(Serialize)]
struct PageMeta {
    page: u32,
    limit: u32,
    total: Option<i64>,
    total_exact: bool,
    total_pages: Option<i64>,
    has_more: bool,
    next: Option<String>,
    prev: Option<String>,
}

impl<'a> Products<'a> {
    /// The service over these ports.
    pub fn new(ports: &'a Ports) -> Self {
        Self { ports }
    }

    /// A page of products, from the cache when it holds one that is new enough for this client.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, _: &Public, query: &ListQuery, seen: Seen) -> Result<ListBody> {
        let canonical = query.canonical();
        if let Some(members) = cache::get(self.ports, seen, &canonical).await {
            return Ok(ListBody { members, outcome: Outcome::Hit });
        }
        let mut batch =
            vec![generations::current(Resource::Products.name()), query.select(products::COLUMNS)];
        batch.extend(query.count());
        let read_at = self.ports.clock.now();
        let answers = self.ports.database.batch(batch).await?;
        let [generation, rows, count @ ..] = answers.as_slice() else {
            return Err(Error::internal("the list's batch answered too little"));
        };
        let members = members(query, rows, count.first())?;
        let generation = generations::read(generation)?;
        cache::fill(self.ports, Resource::Products, &canonical, generation, read_at, members.clone());
        Ok(ListBody { members, outcome: Outcome::Miss })
    }

    /// One product.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id.
    pub async fn get(&self, _: &Public, id: &ProductId) -> Result<ProductView> {
        let product = products::find(&*self.ports.database, id).await?;
        product.map(ProductView::from).ok_or(Error::NotFound("product"))
    }

    /// Adds a product.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn create(&self, _: &Granted<can::CreateProducts>, new: NewProduct) -> Result<Created> {
        let now = self.ports.clock.now();
        let product = Product {
            id: ProductId::new(&*self.ports.clock, &*self.ports.entropy)?,
            name: new.name,
            description: new.description,
            category: new.category,
            price: new.price,
            stock: new.stock,
            status: new.status,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let batch = vec![products::insert(&product), generations::raise(Resource::Products.name())];
        let answers = self.ports.database.batch(batch).await?;
        let generation = answers.last().map_or(Ok(0), generations::read)?;
        let seen = Seen { resource: Resource::Products, generation, at: self.ports.clock.now() };
        cache::announce(&*self.ports.key_value, Resource::Products, generation).await;
        Ok(Created { product: product.into(), seen })
    }
}

fn members(query: &ListQuery, rows: &Rows, count: Option<&Rows>) -> Result<String> {
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let page = rows.iter().take(limit).map(|row| products::read(row).map(ProductView::from));
    let data = page.collect::<Result<Vec<_>, DatabaseError>>()?;
    let meta = page_meta(query, rows.len() > limit, count)?;
    let (data, meta) = (serde_json::to_string(&data), serde_json::to_string(&meta));
    Ok(format!("\"data\":{},\"meta\":{}", data.map_err(Error::internal)?, meta.map_err(Error::internal)?))
}

fn page_meta(query: &ListQuery, has_more: bool, count: Option<&Rows>) -> Result<PageMeta> {
    let counted: Option<i64> = count.and_then(Rows::first).map(|row| row.get("total")).transpose()?;
    let over_cap = query.count == CountMode::Capped && counted.is_some_and(|total| total > COUNT_CAP);
    let total = counted.map(|total| if over_cap { COUNT_CAP } else { total });
    let limit = i64::from(query.limit);
    let link = |page: u32| format!("?{}", query.with_page(page));
    Ok(PageMeta {
        page: query.page,
        limit: query.limit,
        total,
        total_exact: total.is_some() && !over_cap,
        total_pages: total.map(|total| (total + limit - 1) / limit),
        has_more,
        next: has_more.then(|| link(query.page.saturating_add(1))),
        prev: (query.page > 1).then(|| link(query.page - 1)),
    })
}
