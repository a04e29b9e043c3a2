//! Signing in and out, and the sessions that come of it.

use crate::controllers::sessions;
use crate::http::{Code, Routes};
use crate::openapi::About;

/// Mounts the routes; the tag is that of accounts.
pub fn mount(routes: &mut impl Routes) {
    tokens(routes);
    routes.post("/api/v1/auth/logout", sessions::sign_out, || {
        About::new("signOut", "End the session")
            .description("Removes the cookies. The session's tokens do not work any more.")
            .with_headers(&["set-cookie"])
    });
    routes.post("/api/v1/auth/logout-others", sessions::sign_out_others, || {
        About::new("signOutOthers", "End all other sessions")
            .description("Those of the same user. Their tokens do not work any more.")
    });
    routes.post("/api/v1/auth/logout-all", sessions::sign_out_all, || {
        About::new("signOutEverywhere", "End all sessions")
            .description("Those of the user, this one included. Their tokens do not work any more.")
            .with_headers(&["set-cookie"])
    });
    routes.get("/api/v1/auth/sessions", sessions::list, || {
        About::new("listSessions", "The user's sessions")
            .description("Those that are alive, the last used first. A user has at most 100.")
    });
    routes.delete("/api/v1/auth/sessions/{id}", sessions::end, || {
        About::new("endSession", "End a session")
            .description(
                "One of the user's own. Its tokens do not work any more. To end the current one is to log out.",
            )
            .with_headers(&["set-cookie"])
            .fails_with(&[Code::NotFound])
    });
}

/// Where tokens come from.
fn tokens(routes: &mut impl Routes) {
    routes.post("/api/v1/auth/login", sessions::sign_in, || {
        About::new("signIn", "Open a session")
            .description(
                "Sets access token and refresh token as HttpOnly cookies. With `\"tokens\": \"body\"` it sets no cookie, and \
                 `meta` has them under the names of RFC 6749, for clients without a cookie jar.\n\nAn account admits a few \
                 wrong passwords in a quarter of an hour from each client, and some more from all of them together. A \
                 device that has logged in to it before has a cookie that says so, and is counted by itself.\n\nA service \
                 may be set to let in only users whose address is verified.",
            )
            .with_headers(&["set-cookie"])
            .fails_with(&[Code::WrongCredentials, Code::EmailNotVerified])
    });
    routes.post("/api/v1/auth/refresh", sessions::refresh, || {
        About::new("refreshTokens", "Renew the tokens of a session")
            .description(
                "Exchanges the refresh token for the next one and a fresh access token. The token in the cookie is answered by \
                 cookies alone; one in the body by the body: `meta` has the tokens then.\n\nA token is good for one exchange. \
                 For a few seconds it gives the same answer again, for whoever lost the first one; whoever shows it later ends \
                 the session, because somebody else may have it.",
            )
            .with_headers(&["set-cookie"])
            .fails_with(&[Code::Unauthenticated, Code::InvalidSession])
    });
}
