//! Products.

mod bulk;

use crate::auth::{Granted, Public, can};
use crate::cache::{Answer, Key, Seen, policies};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, Made};
use crate::ids::ProductId;
use crate::limits::Gate;
use crate::limits::operations::Export as ExportSlots;
use crate::models::product::{DeletedProduct, NewProduct, Product, ProductPatch, ProductView};
use crate::models::stats::Figures;
use crate::ports::{Ports, Row};
use crate::precondition::Precondition;
use crate::query::{Format, ListQuery, MAX_CELLS, StatsQuery};
use crate::repositories::deleted_rows::{self, Restorable as _};
use crate::repositories::{Listed as _, products, stats};
use crate::services::deletions;
use crate::services::export::{self, Chunks};
use crate::services::lists::PageText;
use crate::services::once::Once;
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

    /// All products that meet the conditions, as the chunks of a file.
    ///
    /// # Errors
    /// When the user has had as many files as they may, or the database does not answer.
    pub async fn export(
        &self,
        who: &Granted<can::EditProducts>,
        gate: &Gate,
        query: ListQuery,
        format: Format,
    ) -> Result<Chunks> {
        drop(gate.admit(ExportSlots::slots(&who.user().id)).await?);
        export::chunks(self.ports, query, format, gate.request_id()).await
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

    /// Deletes a product, which can be restored.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id, [`Error::Changed`] when it is at another version.
    pub async fn delete(
        &self,
        who: &Granted<can::DeleteProducts>,
        id: &ProductId,
        precondition: &Precondition,
    ) -> Result<Written<()>> {
        deletions::remove::<Product, _>(self.ports, who.user(), id, precondition).await
    }

    /// A page of deleted products.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_deleted(
        &self,
        _: &Granted<can::DeleteProducts>,
        query: &ListQuery,
    ) -> Result<PageText> {
        lists::uncached::<DeletedProduct>(self.ports, query).await
    }

    /// Puts a deleted product back, at the version after its last.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no deleted one has this id, [`Error::Taken`] when it lives again, [`Error::KeyReused`] when the
    /// key was given for something else.
    pub async fn restore(
        &self,
        who: &Granted<can::DeleteProducts>,
        id: &ProductId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Written<Made<ProductView>>> {
        let once = Once::new(who.user(), key);
        let found = deleted_rows::find::<Product, _>(&*self.ports.database, id, products::read).await?;
        let Some((mut product, deleted_at)) = found else {
            // Looked up after the product: whoever took it out in between took the key, too.
            return if once.is_taken(self.ports).await? {
                writes::replayed::<Product, _>(self.ports, once).await
            } else {
                Err(Error::NotFound(Product::DELETED))
            };
        };
        product.version += 1;
        product.updated_at = self.ports.clock.now();
        let (take, insert) = (deleted_rows::take::<Product>(id, deleted_at), products::insert(&product));
        let view = ProductView::from(product);
        let made = Made::entity(view.id.as_str(), view.version, &view)?;
        deletions::restore::<Product, _>(self.ports, once, made, take, insert).await
    }

    /// Deletes a deleted product for good.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no deleted one has this id.
    pub async fn purge(&self, _: &Granted<can::DeleteProducts>, id: &ProductId) -> Result<()> {
        deletions::purge::<Product>(self.ports, id).await
    }
}
