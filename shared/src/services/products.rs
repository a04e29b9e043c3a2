//! Products.

use crate::auth::{Granted, Public, can};
use crate::cache::{Answer, Key, Seen, policies};
use crate::error::{Error, Result};
use crate::ids::ProductId;
use crate::models::product::{NewProduct, Product, ProductPatch, ProductView};
use crate::models::stats::Figures;
use crate::ports::{Ports, Row};
use crate::precondition::Precondition;
use crate::query::{ListQuery, MAX_CELLS, StatsQuery};
use crate::repositories::{Listed as _, products, stats};
use crate::services::writes::{self, Written};
use crate::services::{entities, lists};

/// The service of products.
pub struct Products<'a> {
    ports: &'a Ports,
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
    pub async fn list(&self, _: &Public, query: &ListQuery, seen: Seen) -> Result<Answer> {
        lists::page::<Product>(self.ports, &policies::LIST_PRODUCTS, query, seen).await
    }

    /// How many products there are and what they cost, as it is now.
    ///
    /// # Errors
    /// [`Error::TooBroad`] when there are too many categories to add up.
    pub async fn stats(&self, _: &Public, query: &StatsQuery) -> Result<Vec<Figures>> {
        let figures = stats::read(&*self.ports.database, query).await?;
        figures.ok_or_else(|| {
            let by = query.stats.fields().map(|field| field.name).collect::<Vec<_>>().join(" and ");
            Error::TooBroad(format!(
                "There are more than {MAX_CELLS} combinations of {by} to add up. Ask for some by a filter."
            ))
        })
    }

    /// One product, from the cache when it holds one that is new enough for this client.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id.
    pub async fn get(&self, _: &Public, id: &ProductId, seen: Seen) -> Result<Answer> {
        let key = Key::new(&policies::GET_PRODUCT, id.as_str());
        let view = |row: Row<'_>| products::read(row).map(ProductView::from);
        let found = entities::get(self.ports, &key, seen, || products::find(id), view).await?;
        found.ok_or(Error::NotFound("product"))
    }

    /// Adds a product.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn create(
        &self,
        _: &Granted<can::CreateProducts>,
        new: NewProduct,
    ) -> Result<Written<ProductView>> {
        let now = self.ports.clock.now();
        let product = Product {
            id: ProductId::new(&*self.ports.clock, &*self.ports.entropy)?,
            name: new.name,
            description: new.description,
            category: new.category,
            price: new.price,
            compare_at_price: new.compare_at_price,
            stock: new.stock,
            status: new.status,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let written = writes::commit::<Product>(self.ports, vec![products::insert(&product)]).await?;
        Ok(Written { value: product.into(), seen: written.seen })
    }

    /// Changes a product.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id, [`Error::Changed`] when it is at another version.
    pub async fn update(
        &self,
        _: &Granted<can::EditProducts>,
        id: &ProductId,
        patch: &ProductPatch,
        precondition: &Precondition,
    ) -> Result<Written<ProductView>> {
        let update = products::update(id, patch, self.ports.clock.now());
        let written = writes::change::<Product, _>(self.ports, id, precondition, update).await?;
        let row = written.value.first().ok_or(Error::NotFound("product"))?;
        Ok(Written { value: Product::view(row)?, seen: written.seen })
    }

    /// Deletes a product.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id, [`Error::Changed`] when it is at another version.
    pub async fn delete(
        &self,
        _: &Granted<can::DeleteProducts>,
        id: &ProductId,
        precondition: &Precondition,
    ) -> Result<Written<()>> {
        let written =
            writes::change::<Product, _>(self.ports, id, precondition, products::delete(id)).await?;
        Ok(Written { value: (), seen: written.seen })
    }
}
