//! Posts. Whose they are is an argument of each query: `any` lifts it.

use crate::error::Result;
use crate::ids::{PostId, UserId};
use crate::models::post::{OwnPosts, Post, PostPatch, PostStatus, PostSummary, PublishedPosts};
use crate::ports::{Database, DatabaseError, Row, Statement, Value};
use crate::precondition::Precondition;
use crate::query::{AccessPath, Expand, Field, Filter, Kind, Operator, Related, Resource, Search};
use crate::repositories::changes::Changes;
use crate::repositories::{Listed, generations, guards};
use crate::time::Timestamp;

const COLUMNS: &str = "id, author_id, title, body, status, published_at, version, created_at, updated_at";

const SUMMARY: &str = "id, author_id, title, substr(body, 1, 200) AS excerpt, status, published_at, version, created_at, updated_at";

/// That the user `?2` may change the post, or `?3` that they may change any.
const IN_REACH: &str = "(author_id = ?2 OR ?3)";

const ORDERED: &[Operator] = &[Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte];

const AUTHOR_ID: Field = Field::new("author_id", Kind::Text).nullable();
const EXCERPT: Field = Field::new("excerpt", Kind::Text).sql("substr(body, 1, 200)");
const STATUS: Field = Field::new("status", Kind::Choice(PostStatus::NAMES));
const PUBLISHED_AT: Field = Field::new("published_at", Kind::Time);
const CREATED_AT: Field = Field::new("created_at", Kind::Time);

/// What everybody may know of who wrote it.
const AUTHOR: Field = Field::new("author", Kind::Json)
    .nullable()
    .sql("SELECT json_object('id', users.id, 'name', users.name) FROM users WHERE users.id = author_id");

/// What everybody's list shows, and may filter and sort by. It reads a view that has no drafts.
pub static PUBLISHED: Resource = Resource {
    table: "published_posts",
    fields: &[
        Field::new("id", Kind::Text),
        AUTHOR_ID.filtered(&[Operator::Eq]),
        Field::new("title", Kind::Text),
        EXCERPT,
        STATUS,
        PUBLISHED_AT.filtered(ORDERED).sortable(),
        Field::new("version", Kind::Integer),
        CREATED_AT,
        Field::new("updated_at", Kind::Time),
    ],
    default_sort: "-published_at",
    // Both have only what is published, as the view has.
    paths: &[
        AccessPath::new("published_posts_by_published", &["published_at", "id"]).behind_view(),
        AccessPath::new("published_posts_by_author_published", &["author_id", "published_at", "id"])
            .behind_view(),
    ],
    search: Some(Search { columns: &[("title", 10), ("body", 1)] }),
    relations: &[AUTHOR],
};

/// What an author's own list shows, and may filter and sort by.
pub static OWN: Resource = Resource {
    table: "posts",
    fields: &[
        Field::new("id", Kind::Text),
        AUTHOR_ID,
        Field::new("title", Kind::Text),
        EXCERPT,
        STATUS.filtered(&[Operator::Eq]),
        PUBLISHED_AT.nullable(),
        Field::new("version", Kind::Integer),
        CREATED_AT.filtered(ORDERED).sortable(),
        Field::new("updated_at", Kind::Time),
    ],
    default_sort: "-created_at",
    paths: &[
        AccessPath::new("posts_by_author_created", &["author_id", "created_at", "id"]),
        AccessPath::new("posts_by_author_status_created", &["author_id", "status", "created_at", "id"]),
    ],
    search: None,
    relations: &[],
};

impl Listed for PublishedPosts {
    type View = PostSummary;
    const COLUMNS: &'static str = SUMMARY;

    fn resource() -> &'static Resource {
        &PUBLISHED
    }

    fn view(row: Row<'_>) -> Result<PostSummary, DatabaseError> {
        read_summary(row)
    }
}

impl Listed for OwnPosts {
    type View = PostSummary;
    const COLUMNS: &'static str = SUMMARY;

    fn resource() -> &'static Resource {
        &OWN
    }

    fn view(row: Row<'_>) -> Result<PostSummary, DatabaseError> {
        read_summary(row)
    }
}

/// The condition of an author's own list.
pub fn of_author(author: &UserId) -> [Filter; 1] {
    [Filter::equals(&AUTHOR_ID, author)]
}

/// Adds a post.
pub fn insert(post: &Post) -> Statement {
    Statement::new(
        "INSERT INTO posts (id, author_id, title, body, status, published_at, version, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(&post.id)
    .bind(post.author_id.as_ref())
    .bind(post.title.as_str())
    .bind(post.body.as_str())
    .bind(post.status.as_str())
    .bind(post.published_at)
    .bind(post.version)
    .bind(post.created_at)
    .bind(post.updated_at)
}

/// Aborts the batch unless the user, or whoever may change any post, may change this one, and it is at a version that
/// the precondition allows.
pub fn is_in_reach(id: &PostId, user: &UserId, any: bool, precondition: &Precondition) -> Statement {
    let condition = format!(
        "EXISTS (SELECT 1 FROM posts WHERE id = ?1 AND {IN_REACH} \
         AND (?4 IS NULL OR version IN (SELECT value FROM json_each(?4))))"
    );
    let params = vec![Value::from(id), Value::from(user), Value::from(any), guards::versions(precondition)];
    guards::holds(condition, params)
}

/// Changes what the patch names, and answers the post of the next version.
pub fn update(id: &PostId, user: &UserId, any: bool, patch: &PostPatch, now: Timestamp) -> Statement {
    let changes = Changes::default()
        .set("title", patch.title.as_deref())
        .set("body", patch.body.as_deref())
        .set("status", patch.status.map(PostStatus::as_str));
    let set = changes.assignments(5);
    let publish = if patch.status == Some(PostStatus::Published) {
        "published_at = COALESCE(published_at, ?4), "
    } else {
        ""
    };
    Statement::new(format!(
        "UPDATE posts SET {set}{publish}version = version + 1, updated_at = ?4 \
         WHERE id = ?1 AND {IN_REACH} RETURNING {COLUMNS}"
    ))
    .bind(id)
    .bind(user)
    .bind(any)
    .bind(now)
    .bind_all(changes.into_values())
}

/// Deletes the post.
pub fn delete(id: &PostId, user: &UserId, any: bool) -> Statement {
    Statement::new(format!("DELETE FROM posts WHERE id = ?1 AND {IN_REACH}")).bind(id).bind(user).bind(any)
}

/// The post with this id, if it is published, beside the generation of what is.
pub fn find_published(id: &PostId) -> Statement {
    generations::beside(PUBLISHED.table, PUBLISHED.table, COLUMNS, id)
}

/// The post with this id and what `expand` asks for, if the reader may see it: a published one, their own, or any if `any`.
pub async fn find_visible(
    database: &dyn Database,
    id: &PostId,
    reader: Option<&UserId>,
    any: bool,
    expand: &Expand,
) -> Result<Option<(Post, Related)>> {
    let related = expand.columns();
    let sql = format!(
        "SELECT {COLUMNS}{related} FROM posts WHERE id = ?1 AND (status = 'published' OR author_id = ?2 OR ?3)"
    );
    let rows = database.query(Statement::new(sql).bind(id).bind(reader).bind(any)).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some((read(row)?, expand.read_row(row)?)))
}

/// Reads a row of [`COLUMNS`].
pub fn read(row: Row<'_>) -> Result<Post, DatabaseError> {
    Ok(Post {
        id: row.get("id")?,
        author_id: row.get("author_id")?,
        title: row.get("title")?,
        body: row.get("body")?,
        status: row.get("status")?,
        published_at: row.get("published_at")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn read_summary(row: Row<'_>) -> Result<PostSummary, DatabaseError> {
    Ok(PostSummary {
        id: row.get("id")?,
        author_id: row.get("author_id")?,
        title: row.get("title")?,
        excerpt: row.get("excerpt")?,
        status: row.get("status")?,
        published_at: row.get("published_at")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        snippet: None,
        author: None,
    })
}
