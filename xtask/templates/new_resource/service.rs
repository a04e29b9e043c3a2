//! Sample items.

use crate::auth::{Granted, Public, can};
use crate::cache::{Answer, Key, Seen, policies};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, Made};
use crate::ids::SampleItemId;
use crate::models::sample_item::{NewSampleItem, SampleItem, SampleItemPatch, SampleItemView};
use crate::ports::{Ports, Row};
use crate::precondition::Precondition;
use crate::query::ListQuery;
use crate::repositories::{Listed as _, sample_items};
use crate::services::once::Once;
use crate::services::writes::{self, Written};
use crate::services::{entities, lists};

/// The service of sample items.
pub struct SampleItems<'a> {
    ports: &'a Ports,
}

impl<'a> SampleItems<'a> {
    /// The service over these ports.
    pub fn new(ports: &'a Ports) -> Self {
        Self { ports }
    }

    /// A page of sample items, from the cache when it holds one that is new enough for this client.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, _: &Public, query: &ListQuery, seen: Seen) -> Result<Answer> {
        lists::page::<SampleItem>(self.ports, &policies::LIST_SAMPLE_ITEMS, query, seen).await
    }

    /// One sample item, from the cache when it holds one that is new enough for this client.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id.
    pub async fn get(&self, _: &Public, id: &SampleItemId, seen: Seen) -> Result<Answer> {
        let key = Key::new(&policies::GET_SAMPLE_ITEM, id.as_str());
        let view = |row: Row<'_>| sample_items::read(row).map(SampleItemView::from);
        let found = entities::get(self.ports, &key, seen, || sample_items::find(id), view).await?;
        found.ok_or(Error::NotFound("sample item"))
    }

    /// Adds a sample item.
    ///
    /// # Errors
    /// [`Error::KeyReused`] when the key was given for something else.
    pub async fn create(
        &self,
        who: &Granted<can::CreateSampleItems>,
        new: NewSampleItem,
        key: Option<&IdempotencyKey>,
    ) -> Result<Written<Made<SampleItemView>>> {
        let now = self.ports.clock.now();
        let sample_item = SampleItem {
            id: SampleItemId::new(&*self.ports.clock, &*self.ports.entropy)?,
            name: new.name,
            description: new.description.into_value(),
            quantity: new.quantity,
            status: new.status,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let insert = sample_items::insert(&sample_item);
        let view = SampleItemView::from(sample_item);
        let made = Made::entity(view.id.as_str(), view.version, &view)?;
        writes::make::<SampleItem, _>(self.ports, Once::new(who.user(), key), made, vec![insert]).await
    }

    /// Changes a sample item.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id, [`Error::Changed`] when it is at another version.
    pub async fn update(
        &self,
        _: &Granted<can::EditSampleItems>,
        id: &SampleItemId,
        patch: &SampleItemPatch,
        precondition: &Precondition,
    ) -> Result<Written<SampleItemView>> {
        let update = sample_items::update(id, patch, self.ports.clock.now());
        let written = writes::change::<SampleItem, _>(self.ports, id, precondition, update).await?;
        let row = written.value.first().ok_or(Error::NotFound("sample item"))?;
        Ok(Written { value: SampleItem::view(row)?, seen: written.seen })
    }

    /// Deletes a sample item.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id, [`Error::Changed`] when it is at another version.
    pub async fn delete(
        &self,
        _: &Granted<can::DeleteSampleItems>,
        id: &SampleItemId,
        precondition: &Precondition,
    ) -> Result<Written<()>> {
        let delete = sample_items::delete(id);
        let written = writes::change::<SampleItem, _>(self.ports, id, precondition, delete).await?;
        Ok(Written { value: (), seen: written.seen })
    }
}
