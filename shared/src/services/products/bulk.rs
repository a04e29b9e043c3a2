//! Many products in one request.

use serde_json::json;

use super::Products;
use crate::auth::{Granted, can};
use crate::error::Result;
use crate::idempotency::{IdempotencyKey, Made};
use crate::ids::ProductId;
use crate::models::bulk::{Bulk, BulkView, Change, Deletion, Done, ItemView};
use crate::models::product::{NewProduct, Product, ProductPatch};
use crate::repositories::{deleted_rows, products};
use crate::services::once::Once;
use crate::services::writes::Written;
use crate::services::{bulk, writes};

impl Products<'_> {
    /// Adds many products.
    ///
    /// # Errors
    /// [`Error::KeyReused`](crate::Error::KeyReused) when the key was given for something else,
    /// [`Error::Invalid`](crate::Error::Invalid) when items or answer are too long together.
    pub async fn create_all(
        &self,
        who: &Granted<can::CreateProducts>,
        items: Bulk<NewProduct>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Written<Made<BulkView>>> {
        let ports = self.ports;
        let id = || ProductId::new(&*ports.clock, &*ports.entropy);
        let ids = items.items.iter().map(|_| id()).collect::<Result<Vec<_>>>()?;
        let text = bulk::text(&items, |index, new| products::new_row(ids.get(index), new))?;
        let result = |((index, item), id): ((usize, _), &ProductId)| match item {
            Ok(_) => ItemView::done(index, Done::Created, id.as_str(), Some(1)),
            Err(details) => ItemView::invalid(index, details),
        };
        let results = items.items.into_iter().enumerate().zip(&ids).map(result).collect();
        let made = bulk::made(results, key)?;
        let insert = products::insert_all(&text, ports.clock.now());
        writes::make::<Product, _>(ports, Once::new(who.user(), key), made, vec![insert]).await
    }

    /// Changes many products.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) when all shall be changed or none, and not all can be.
    pub async fn update_all(
        &self,
        _: &Granted<can::EditProducts>,
        items: Bulk<Change<ProductId, ProductPatch>>,
    ) -> Result<Written<BulkView>> {
        let now = self.ports.clock.now();
        let changes = |item: &Change<_, ProductPatch>| products::changes(&item.changes);
        let columns = items.sound().flat_map(|(_, item)| changes(item).columns().to_vec()).collect();
        let row = |item: &Change<_, ProductPatch>| changes(item).into_row();
        let effects = |text: &str| vec![products::update_all(text, &columns, now)];
        bulk::change::<Product, _>(self.ports, items, Done::Changed, row, effects).await
    }

    /// Deletes many products, which can be restored one by one.
    ///
    /// # Errors
    /// [`Error::Refused`](crate::Error::Refused) when all shall be deleted or none, and not all can be.
    pub async fn delete_all(
        &self,
        who: &Granted<can::DeleteProducts>,
        items: Bulk<Deletion<ProductId>>,
    ) -> Result<Written<BulkView>> {
        let now = self.ports.clock.now();
        let effects = |text: &str| deleted_rows::remove_all::<Product>(text, &who.user().id, now).to_vec();
        bulk::change::<Product, _>(self.ports, items, Done::Deleted, |_| json!({}), effects).await
    }
}
