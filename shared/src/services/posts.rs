//! Posts: anybody reads what is published, authors write their own, and those who may edit or delete any do so.
//!
//! | | anybody | the author | `edit_posts` | `delete_posts` |
//! |---|---|---|---|---|
//! | see a published post | yes | yes | yes | yes |
//! | see a draft | not found | yes | yes | not found |
//! | change it | | yes | yes | |
//! | delete it | | yes | | yes |
//!
//! Whoever sees a post and may not do something to it is told which capability they lack. To everybody else there is no
//! such post. Posts whose author is deleted: a trigger of the migration removes drafts, and makes of what is published
//! another version without a name. Writing a new one takes `create_posts`; who loses that still keeps their posts in order.

use crate::auth::{Authenticated, Capability, CurrentUser, Granted, Public, Visitor, can};
use crate::cache::{Answer, Content, Key, Seen, policies};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, Made};
use crate::ids::PostId;
use crate::models::post::{NewPost, OwnPosts, Post, PostPatch, PostStatus, PostView, PublishedPosts};
use crate::ports::{Ports, Row, Rows, Statement};
use crate::precondition::Precondition;
use crate::query::{Expand, ListQuery, Related};
use crate::repositories::{guards, posts};
use crate::services::entities;
use crate::services::lists::{self, PageText};
use crate::services::once::Once;
use crate::services::writes::{self, Written};

/// The service of posts.
pub struct Posts<'a> {
    ports: &'a Ports,
}

impl<'a> Posts<'a> {
    /// The service over these ports.
    pub fn new(ports: &'a Ports) -> Self {
        Self { ports }
    }

    /// A page of what is published, from the cache when it holds one that is new enough for this client.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, _: &Public, query: &ListQuery, seen: Seen) -> Result<Answer> {
        if query.expand.is_empty() {
            return lists::page::<PublishedPosts>(self.ports, &policies::LIST_POSTS, query, seen).await;
        }
        // No generation of posts tells of an author's new name.
        let page = lists::uncached::<PublishedPosts>(self.ports, query).await?;
        Ok(Answer::past_the_cache(page.content()))
    }

    /// A page of the caller's own posts, drafts too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_own(&self, who: &Authenticated, query: ListQuery) -> Result<PageText> {
        let query = query.within(posts::of_author(&who.user().id));
        lists::uncached::<OwnPosts>(self.ports, &query).await
    }

    /// One post. To whoever is not signed in only what is published is there, from the cache when it holds one that is new
    /// enough for this client. Others may see more, and are answered from the database.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id that the caller may see.
    pub async fn get(&self, who: &Visitor, id: &PostId, expand: &Expand, seen: Seen) -> Result<Answer> {
        let found = if who.user().is_none() && expand.is_empty() {
            let key = Key::new(&policies::GET_POST, id.as_str());
            let view = |row: Row<'_>| posts::read(row).map(PostView::from);
            entities::get(self.ports, &key, seen, || posts::find_published(id), view).await?
        } else {
            // No generation of posts tells of an author's new name, and what the caller alone may see is for no cache.
            let found = self.visible(who.user(), id, expand).await?;
            found.map(|(post, related)| expanded(post, related)).transpose()?.map(Answer::past_the_cache)
        };
        found.ok_or(Error::NotFound("post"))
    }

    /// Adds a post of the caller's.
    ///
    /// # Errors
    /// [`Error::KeyReused`] when the key was given for something else.
    pub async fn create(
        &self,
        who: &Granted<can::CreatePosts>,
        new: NewPost,
        key: Option<&IdempotencyKey>,
    ) -> Result<Written<Made<PostView>>> {
        let now = self.ports.clock.now();
        let post = Post {
            id: PostId::new(&*self.ports.clock, &*self.ports.entropy)?,
            author_id: Some(who.user().id.clone()),
            title: new.title,
            body: new.body,
            status: new.status,
            published_at: (new.status == PostStatus::Published).then_some(now),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let insert = posts::insert(&post);
        let view = PostView::from(post);
        let made = Made::entity(view.id.as_str(), view.version, &view)?;
        writes::make::<PublishedPosts, _>(self.ports, Once::new(who.user(), key), made, vec![insert]).await
    }

    /// Changes a post of the caller's, or any with `edit_posts`.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none with this id that the caller may see, [`Error::MissingCapability`] when it
    /// is not theirs to change, [`Error::Changed`] when it is at another version.
    pub async fn update(
        &self,
        who: &Authenticated,
        id: &PostId,
        patch: &PostPatch,
        precondition: &Precondition,
    ) -> Result<Written<PostView>> {
        let (user, any) = (who.user(), who.user().can::<can::EditPosts>());
        let update = posts::update(id, &user.id, any, patch, self.ports.clock.now());
        let written = self.change::<can::EditPosts>(user, id, precondition, update).await?;
        let row = written.value.first().ok_or(Error::NotFound("post"))?;
        Ok(Written { value: posts::read(row)?.into(), seen: written.seen })
    }

    /// Deletes a post of the caller's, or any with `delete_posts`.
    ///
    /// # Errors
    /// As [`Posts::update`].
    pub async fn delete(
        &self,
        who: &Authenticated,
        id: &PostId,
        precondition: &Precondition,
    ) -> Result<Written<()>> {
        let (user, any) = (who.user(), who.user().can::<can::DeletePosts>());
        let delete = posts::delete(id, &user.id, any);
        let written = self.change::<can::DeletePosts>(user, id, precondition, delete).await?;
        Ok(Written { value: (), seen: written.seen })
    }

    /// Runs a statement that writes a post of the user's, or any if they hold `C`. Answers the rows that it returns.
    async fn change<C: Capability>(
        &self,
        user: &CurrentUser,
        id: &PostId,
        precondition: &Precondition,
        statement: Statement,
    ) -> Result<Written<Rows>> {
        let guard = posts::is_in_reach(id, &user.id, user.can::<C>(), precondition);
        match writes::commit::<PublishedPosts>(self.ports, vec![guard, statement]).await {
            Ok(Written { mut value, seen }) => {
                let rows =
                    value.pop().ok_or_else(|| Error::internal("the change's batch answered too little"))?;
                Ok(Written { value: rows, seen })
            }
            Err(error) if guards::is_violation(&error) => Err(self.refused::<C>(user, id).await?),
            Err(error) => Err(error.into()),
        }
    }

    /// Why the guard did not hold. Nothing is decided here: it only says what the statement did.
    async fn refused<C: Capability>(&self, user: &CurrentUser, id: &PostId) -> Result<Error> {
        Ok(match self.visible(Some(user), id, &Expand::default()).await? {
            None => Error::NotFound("post"),
            Some((post, _)) if post.author_id.as_ref() == Some(&user.id) || user.can::<C>() => {
                Error::Changed { what: "post", version: post.version }
            }
            Some(_) => Error::MissingCapability(C::NAME),
        })
    }

    async fn visible(
        &self,
        reader: Option<&CurrentUser>,
        id: &PostId,
        expand: &Expand,
    ) -> Result<Option<(Post, Related)>> {
        let any = reader.is_some_and(CurrentUser::can::<can::EditPosts>);
        posts::find_visible(&*self.ports.database, id, reader.map(|user| &user.id), any, expand).await
    }
}

/// A post with what was asked for beside it, which does not count into its version.
fn expanded(post: Post, mut related: Related) -> Result<Content> {
    let version = post.version;
    let view = PostView { author: related.remove("author"), ..post.into() };
    match &view.author {
        Some(author) => Content::of_entity_and(&view, version, &author.to_string()),
        None => Content::of_entity(&view, version),
    }
}
