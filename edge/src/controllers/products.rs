//! Products.

use std::rc::Rc;

use shared::auth::{Granted, Public, can};
use shared::ids::ProductId;
use shared::limits::operations::Export;
use shared::models::bulk::{BulkView, Change, Deletion};
use shared::models::product::{
    DeletedProduct, DeletedProductView, NewProduct, Product, ProductPatch, ProductView,
};
use shared::models::stats::{Figures, StatsMeta};

use crate::app::Services;
use crate::http::extract::Limited;
use crate::http::{
    Created, Data, ExportOf, File, IfMatch, Items, Json, ListOf, NoContent, Once, Page, Path, Result, SeenOf,
    StatsOf, Valid, seen,
};

/// A page of products.
pub async fn list(
    services: Rc<Services>,
    who: Public,
    list: ListOf<Product>,
    seen: SeenOf<Product>,
) -> Result<Page<ProductView>> {
    services.products().list(&who, &list.query, seen.seen).await.map(Page::from).map_err(Into::into)
}

/// Figures of products.
pub async fn stats(
    services: Rc<Services>,
    who: Public,
    stats: StatsOf<Product>,
) -> Result<Data<Vec<Figures>, StatsMeta>> {
    let figures = services.products().stats(&who, &stats.query).await?;
    let meta = StatsMeta { by: stats.query.by.name, of: stats.query.stats.of };
    Ok(Data::with_meta(&figures, &meta)?.digest())
}

/// Products as a file. Needs `edit_products`.
pub async fn export(
    services: Rc<Services>,
    who: Granted<can::EditProducts>,
    export: ExportOf<Product>,
    _: Limited<Export>,
) -> Result<File> {
    let ExportOf { query, format, .. } = export;
    let chunks = services.products().export(&who, services.gate(), query, format).await?;
    Ok(File::new("products", format, chunks))
}

/// One product.
pub async fn get(
    services: Rc<Services>,
    who: Public,
    Path(id): Path<ProductId>,
    seen: SeenOf<Product>,
) -> Result<Data<ProductView>> {
    services.products().get(&who, &id, seen.seen).await.map(Data::from).map_err(Into::into)
}

/// Adds a product. Needs `create_products`.
pub async fn create(
    services: Rc<Services>,
    who: Granted<can::CreateProducts>,
    Once(Valid(Json(new)), key): Once<Valid<Json<NewProduct>>>,
) -> Result<Created<ProductView>> {
    let written = services.products().create(&who, new, key.as_ref()).await?;
    let reply = Created::below("/api/v1/products", &written.value);
    seen::hand_over(&services, reply, written.seen).await
}

/// Changes a product. Needs `edit_products`.
pub async fn update(
    services: Rc<Services>,
    who: Granted<can::EditProducts>,
    Path(id): Path<ProductId>,
    IfMatch(precondition): IfMatch,
    Valid(Json(patch)): Valid<Json<ProductPatch>>,
) -> Result<Data<ProductView>> {
    let written = services.products().update(&who, &id, &patch, &precondition).await?;
    let reply = Data::new(&written.value)?.version(written.value.version);
    seen::hand_over(&services, reply, written.seen).await
}

/// Deletes a product. Needs `delete_products`.
pub async fn delete(
    services: Rc<Services>,
    who: Granted<can::DeleteProducts>,
    Path(id): Path<ProductId>,
    IfMatch(precondition): IfMatch,
) -> Result<NoContent> {
    let written = services.products().delete(&who, &id, &precondition).await?;
    seen::hand_over(&services, NoContent::default(), written.seen).await
}

/// A page of deleted products. Needs `delete_products`, as the rest.
pub async fn list_deleted(
    services: Rc<Services>,
    who: Granted<can::DeleteProducts>,
    list: ListOf<DeletedProduct>,
) -> Result<Page<DeletedProductView>> {
    Ok(Page::new(&services.products().list_deleted(&who, &list.query).await?))
}

/// Puts a deleted product back.
pub async fn restore(
    services: Rc<Services>,
    who: Granted<can::DeleteProducts>,
    Path(id): Path<ProductId>,
    Once((), key): Once<()>,
) -> Result<Data<ProductView>> {
    let written = services.products().restore(&who, &id, key.as_ref()).await?;
    seen::hand_over(&services, Data::made(&written.value), written.seen).await
}

/// Deletes a deleted product for good.
pub async fn purge(
    services: Rc<Services>,
    who: Granted<can::DeleteProducts>,
    Path(id): Path<ProductId>,
) -> Result<NoContent> {
    services.products().purge(&who, &id).await?;
    Ok(NoContent::default())
}

/// Adds many products. Needs `create_products`.
pub async fn create_all(
    services: Rc<Services>,
    who: Granted<can::CreateProducts>,
    Once(Items(items), key): Once<Items<NewProduct>>,
) -> Result<Data<BulkView>> {
    let written = services.products().create_all(&who, items, key.as_ref()).await?;
    seen::hand_over(&services, Data::made(&written.value), written.seen).await
}

/// Changes many products. Needs `edit_products`.
pub async fn update_all(
    services: Rc<Services>,
    who: Granted<can::EditProducts>,
    Items(items): Items<Change<ProductId, ProductPatch>>,
) -> Result<Data<BulkView>> {
    let written = services.products().update_all(&who, items).await?;
    seen::hand_over(&services, Data::new(&written.value)?, written.seen).await
}

/// Deletes many products. Needs `delete_products`.
pub async fn delete_all(
    services: Rc<Services>,
    who: Granted<can::DeleteProducts>,
    Items(items): Items<Deletion<ProductId>>,
) -> Result<Data<BulkView>> {
    let written = services.products().delete_all(&who, items).await?;
    seen::hand_over(&services, Data::new(&written.value)?, written.seen).await
}
