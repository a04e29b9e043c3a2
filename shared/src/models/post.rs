//! Posts: what authors write.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use crate::ids::{PostId, UserId};
use crate::models::field::without_defaults;
use crate::ports::{FromValue, Value};
use crate::time::Timestamp;
use crate::validation::{self, patterns};

/// Whether a post is for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
#[serde(rename_all = "snake_case")]
pub enum PostStatus {
    /// For its author, and for those who may edit it.
    #[default]
    Draft,
    /// For everybody.
    Published,
}

impl PostStatus {
    /// Every status by its name in JSON and SQL.
    pub const NAMES: &[&str] = &["draft", "published"];

    /// The name in JSON and SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }
}

impl FromValue for PostStatus {
    fn from_value(value: &Value) -> Option<Self> {
        let Value::Text(text) = value else { return None };
        [Self::Draft, Self::Published].into_iter().find(|status| status.as_str() == text)
    }
}

/// A post.
#[derive(Debug, Clone)]
pub struct Post {
    /// The id.
    pub id: PostId,
    /// Who wrote it; nobody when their account is gone.
    pub author_id: Option<UserId>,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// Whether it is for everybody.
    pub status: PostStatus,
    /// When it was published first.
    pub published_at: Option<Timestamp>,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The posts of one author in that author's own list, drafts too.
#[derive(Debug)]
pub enum OwnPosts {}

/// The posts in everybody's list.
#[derive(Debug)]
pub enum PublishedPosts {}

/// What a new post says.
#[derive(Debug, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "title": "On lamps", "body": "Warm light is kind.\nSo are dimmers.", "status": "published" }))]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// The title, 1 to 200 characters.
    #[serde(deserialize_with = "validation::normalised")]
    #[validate(length(min = 1, max = 200), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub title: String,
    /// The text, up to 100,000 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[validate(length(max = 100_000), custom(function = "validation::many_lines"))]
    #[schemars(transform = patterns::long_text)]
    pub body: String,
    /// Whether it is for everybody; a draft by default.
    #[serde(default)]
    pub status: PostStatus,
}

/// What changes in a post; what is absent stays as it is.
#[derive(Debug, Default, Deserialize, Validate, JsonSchema)]
#[schemars(example = json!({ "title": "On warm lamps" }), transform = without_defaults)]
#[serde(deny_unknown_fields)]
pub struct PostPatch {
    /// The title, 1 to 200 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(min = 1, max = 200), custom(function = "validation::one_line"))]
    #[schemars(transform = patterns::one_line)]
    pub title: Option<String>,
    /// The text, up to 100,000 characters.
    #[serde(default, deserialize_with = "validation::normalised")]
    #[schemars(with = "String")]
    #[validate(length(max = 100_000), custom(function = "validation::many_lines"))]
    #[schemars(transform = patterns::long_text)]
    pub body: Option<String>,
    /// Whether it is for everybody.
    #[serde(default, deserialize_with = "validation::not_null")]
    #[schemars(with = "PostStatus")]
    pub status: Option<PostStatus>,
}

/// Who wrote a post: what everybody may know of a user.
#[derive(Debug, JsonSchema)]
#[schemars(example = json!({ "id": "019376a1-9c3b-7aaa-8bbb-0123456789ac", "name": "Ada" }))]
#[expect(dead_code, reason = "SQLite writes it; this is what the OpenAPI document says of it")]
pub struct Author {
    /// The id.
    id: UserId,
    /// The name.
    name: String,
}

/// A post as readers see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Post", example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "author_id": "019376a1-9c3b-7aaa-8bbb-0123456789ac",
    "title": "On lamps", "body": "Warm light is kind.\nSo are dimmers.", "status": "published",
    "published_at": "2026-01-31T12:00:00.000Z", "version": 1,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct PostView {
    /// The id.
    pub id: PostId,
    /// Who wrote it; null when their account is gone.
    pub author_id: Option<UserId>,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// Whether it is for everybody.
    pub status: PostStatus,
    /// When it was published first; null when it never was.
    pub published_at: Option<Timestamp>,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Who wrote it, if `expand=author` asks for it; null when their account is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Author>")]
    pub author: Option<serde_json::Value>,
}

impl From<Post> for PostView {
    fn from(post: Post) -> Self {
        Self {
            id: post.id,
            author_id: post.author_id,
            title: post.title,
            body: post.body,
            status: post.status,
            published_at: post.published_at,
            version: post.version,
            created_at: post.created_at,
            updated_at: post.updated_at,
            author: None,
        }
    }
}

/// A post in a list: the beginning of its text instead of the whole.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(example = json!({
    "id": "019376a1-9c3b-7aaa-8bbb-0123456789ab", "author_id": "019376a1-9c3b-7aaa-8bbb-0123456789ac",
    "title": "On lamps", "excerpt": "Warm light is kind.\nSo are dimmers.", "status": "published",
    "published_at": "2026-01-31T12:00:00.000Z", "version": 1,
    "created_at": "2026-01-31T12:00:00.000Z", "updated_at": "2026-01-31T12:00:00.000Z",
}))]
pub struct PostSummary {
    /// The id.
    pub id: PostId,
    /// Who wrote it; null when their account is gone.
    pub author_id: Option<UserId>,
    /// The title.
    pub title: String,
    /// The first 200 characters of the text.
    pub excerpt: String,
    /// Whether it is for everybody.
    pub status: PostStatus,
    /// When it was published first; null when it never was.
    pub published_at: Option<Timestamp>,
    /// Raised by each change.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What a search found in it, if `snippets` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
    /// Who wrote it, if `expand=author` asks for it; null when their account is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Author>")]
    pub author: Option<serde_json::Value>,
}
