//! Posts.

use crate::controllers::posts;
use crate::http::{Code, Routes};
use crate::openapi::{About, Tag};

/// Mounts the routes.
pub fn mount(routes: &mut impl Routes) {
    routes.tag(Tag { name: "posts", description: "What authors write." });
    routes.get("/api/v1/posts", posts::list, || {
        About::new("listPosts", "List published posts")
            .description(
                "A page may be up to ten seconds old, but never older than the client's own writes; with `expand` it is as it is \
                 now. `q` searches titles and texts.",
            )
            .with_headers(&["cache-status"])
    });
    routes.get("/api/v1/me/posts", posts::list_own, || {
        About::new("listOwnPosts", "List one's own posts")
            .description("With drafts, and always as they are now.")
    });
    routes.post("/api/v1/posts", posts::create, || {
        About::new("createPost", "Write a post")
            .description("It is a draft unless `status` says otherwise.")
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
    });
    routes.get("/api/v1/posts/{id}", posts::get, || {
        About::new("getPost", "One post")
            .description(
                "Anybody reads what is published. A draft is for its author and for those who have the capability `edit_posts`; \
                 to everybody else there is no such post. To whoever is not signed in it may be up to five seconds old, but never \
                 older than the client's own writes. `etag` says its version.",
            )
            .with_headers(&["etag", "cache-status"])
    });
    routes.patch("/api/v1/posts/{id}", posts::update, || {
        About::new("updatePost", "Change a post")
            .description(
                "One's own, or any with the capability `edit_posts`. Members that are absent stay as they are; the version is \
                 raised. `published_at` stays what it was when the post was first published.",
            )
            .with_headers(&["etag", "ashlar-seen", "set-cookie"])
            .fails_with(&[Code::MissingCapability])
    });
    routes.delete("/api/v1/posts/{id}", posts::delete, || {
        About::new("deletePost", "Delete a post")
            .description("One's own, or any with the capability `delete_posts`. It is gone for good.")
            .with_headers(&["ashlar-seen", "set-cookie"])
            .fails_with(&[Code::MissingCapability])
    });
}
