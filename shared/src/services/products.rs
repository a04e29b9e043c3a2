//! Products.

use crate::auth::{Granted, Public, can};
use crate::cache::Seen;
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, Made};
use crate::ids::ProductId;
use crate::models::product::{NewProduct, Product, ProductPatch, ProductView};
use crate::ports::Ports;
use crate::precondition::Precondition;
use crate::query::ListQuery;
use crate::repositories::{Listed as _, products};
use crate::services::lists::{self, ListBody};
use crate::services::once::Once;
use crate::services::writes::{self, Written};

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
    pub async fn list(&self, _: &Public, query: &ListQuery, seen: Seen) -> Result<ListBody> {
        lists::page::<Product>(self.ports, query, seen).await
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
    /// [`Error::KeyReused`] when the key was given for something else.
    pub async fn create(
        &self,
        who: &Granted<can::CreateProducts>,
        new: NewProduct,
        key: Option<&IdempotencyKey>,
    ) -> Result<Written<Made<ProductView>>> {
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
        let insert = products::insert(&product);
        let view = ProductView::from(product);
        let made = Made::entity(view.id.as_str(), view.version, &view)?;
        writes::make::<Product, _>(self.ports, Once::new(who.user(), key), made, vec![insert]).await
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
