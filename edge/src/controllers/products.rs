//! Products.

use std::rc::Rc;
use std::time::Duration;

use http::{HeaderName, StatusCode, header};
use shared::auth::{Granted, Public, can};
use shared::cache::Outcome;
use shared::ids::ProductId;
use shared::models::{NewProduct, Product};

use crate::app::Services;
use crate::http::extract::SEEN_HEADER;
use crate::http::{Json, ListOf, Path, Reply, Result, SeenProducts, Valid, cookies};

/// How long a client presents what it has seen: longer than any cache serves something older.
const SEEN_LIFETIME: Duration = Duration::from_mins(1);

/// A page of products.
pub async fn list(
    services: Rc<Services>,
    who: Public,
    list: ListOf<Product>,
    seen: SeenProducts,
) -> Result<Reply> {
    let body = services.products().list(&who, &list.query, seen.0).await?;
    let status = match body.outcome {
        Outcome::Hit => "ashlar; hit",
        Outcome::Miss => "ashlar; fwd=miss; stored",
    };
    Ok(Reply::members(StatusCode::OK, &body.members)
        .header(HeaderName::from_static("cache-status"), status)
        .header(header::CACHE_CONTROL, "private, no-cache"))
}

/// One product.
pub async fn get(services: Rc<Services>, who: Public, Path(id): Path<ProductId>) -> Result<Reply> {
    Reply::ok(&services.products().get(&who, &id).await?)
}

/// Adds a product. Needs `create_products`.
pub async fn create(
    services: Rc<Services>,
    who: Granted<can::CreateProducts>,
    Valid(Json(new)): Valid<Json<NewProduct>>,
) -> Result<Reply> {
    let created = services.products().create(&who, new).await?;
    let seen = created.seen.to_token(&*services.keys().await?);
    let reply = Reply::created(&created.product, &format!("/api/v1/products/{}", created.product.id))?;
    Ok(reply.header(HeaderName::from_static(SEEN_HEADER), &seen).cookie(&cookies::set(
        cookies::SEEN,
        &seen,
        SEEN_LIFETIME,
    )))
}
