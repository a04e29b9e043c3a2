//! Sample items.

use std::rc::Rc;

use shared::auth::{Granted, Public, can};
use shared::ids::SampleItemId;
use shared::models::sample_item::{NewSampleItem, SampleItem, SampleItemPatch, SampleItemView};

use crate::app::Services;
use crate::http::{
    Created, Data, IfMatch, Json, ListOf, NoContent, Once, Page, Path, Result, SeenOf, Valid, seen,
};

/// A page of sample items.
pub async fn list(
    services: Rc<Services>,
    who: Public,
    list: ListOf<SampleItem>,
    seen: SeenOf<SampleItem>,
) -> Result<Page<SampleItemView>> {
    services.sample_items().list(&who, &list.query, seen.seen).await.map(Page::from).map_err(Into::into)
}

/// One sample item.
pub async fn get(
    services: Rc<Services>,
    who: Public,
    Path(id): Path<SampleItemId>,
    seen: SeenOf<SampleItem>,
) -> Result<Data<SampleItemView>> {
    services.sample_items().get(&who, &id, seen.seen).await.map(Data::from).map_err(Into::into)
}

/// Adds a sample item. Needs `create_sample_items`.
pub async fn create(
    services: Rc<Services>,
    who: Granted<can::CreateSampleItems>,
    Once(Valid(Json(new)), key): Once<Valid<Json<NewSampleItem>>>,
) -> Result<Created<SampleItemView>> {
    let written = services.sample_items().create(&who, new, key.as_ref()).await?;
    let reply = Created::below("/api/v1/sample-items", &written.value);
    seen::hand_over(&services, reply, written.seen).await
}

/// Changes a sample item. Needs `edit_sample_items`.
pub async fn update(
    services: Rc<Services>,
    who: Granted<can::EditSampleItems>,
    Path(id): Path<SampleItemId>,
    IfMatch(precondition): IfMatch,
    Valid(Json(patch)): Valid<Json<SampleItemPatch>>,
) -> Result<Data<SampleItemView>> {
    let written = services.sample_items().update(&who, &id, &patch, &precondition).await?;
    let reply = Data::new(&written.value)?.version(written.value.version);
    seen::hand_over(&services, reply, written.seen).await
}

/// Deletes a sample item. Needs `delete_sample_items`.
pub async fn delete(
    services: Rc<Services>,
    who: Granted<can::DeleteSampleItems>,
    Path(id): Path<SampleItemId>,
    IfMatch(precondition): IfMatch,
) -> Result<NoContent> {
    let written = services.sample_items().delete(&who, &id, &precondition).await?;
    seen::hand_over(&services, NoContent::default(), written.seen).await
}
