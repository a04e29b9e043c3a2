//! Posts.

use std::rc::Rc;

use shared::auth::{Authenticated, Granted, Public, Visitor, can};
use shared::ids::PostId;
use shared::models::post::{NewPost, OwnPosts, PostPatch, PostSummary, PostView, PublishedPosts};

use crate::app::Services;
use crate::http::{
    Created, Data, ExpandOf, IfMatch, Json, ListOf, NoContent, Once, Page, Path, Result, SeenOf, Valid, seen,
};

/// A page of what is published.
pub async fn list(
    services: Rc<Services>,
    who: Public,
    list: ListOf<PublishedPosts>,
    seen: SeenOf<PublishedPosts>,
) -> Result<Page<PostSummary>> {
    services.posts().list(&who, &list.query, seen.seen).await.map(Page::from).map_err(Into::into)
}

/// A page of the caller's own posts.
pub async fn list_own(
    services: Rc<Services>,
    who: Authenticated,
    list: ListOf<OwnPosts>,
) -> Result<Page<PostSummary>> {
    Ok(Page::new(&services.posts().list_own(&who, list.query).await?))
}

/// One post that the caller may see.
pub async fn get(
    services: Rc<Services>,
    who: Visitor,
    Path(id): Path<PostId>,
    seen: SeenOf<PublishedPosts>,
    expand: ExpandOf<PublishedPosts>,
) -> Result<Data<PostView>> {
    services.posts().get(&who, &id, &expand.expand, seen.seen).await.map(Data::from).map_err(Into::into)
}

/// Adds a post of the caller's. Needs `create_posts`.
pub async fn create(
    services: Rc<Services>,
    who: Granted<can::CreatePosts>,
    Once(Valid(Json(new)), key): Once<Valid<Json<NewPost>>>,
) -> Result<Created<PostView>> {
    let written = services.posts().create(&who, new, key.as_ref()).await?;
    let reply = Created::below("/api/v1/posts", &written.value);
    seen::hand_over(&services, reply, written.seen).await
}

/// Changes a post of the caller's, or any with `edit_posts`.
pub async fn update(
    services: Rc<Services>,
    who: Authenticated,
    Path(id): Path<PostId>,
    IfMatch(precondition): IfMatch,
    Valid(Json(patch)): Valid<Json<PostPatch>>,
) -> Result<Data<PostView>> {
    let written = services.posts().update(&who, &id, &patch, &precondition).await?;
    let reply = Data::new(&written.value)?.version(written.value.version);
    seen::hand_over(&services, reply, written.seen).await
}

/// Deletes a post of the caller's, or any with `delete_posts`.
pub async fn delete(
    services: Rc<Services>,
    who: Authenticated,
    Path(id): Path<PostId>,
    IfMatch(precondition): IfMatch,
) -> Result<NoContent> {
    let written = services.posts().delete(&who, &id, &precondition).await?;
    seen::hand_over(&services, NoContent::default(), written.seen).await
}
