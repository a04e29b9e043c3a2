//! What may handle a route: an async function that takes the services, exactly one guard, then extractors.
//!
//! A function without a guard, with two, or with the guard in another place is no handler, and a route to it does
//! not compile:
//!
//! ```compile_fail
//! # use std::rc::Rc;
//! # use edge::{app::Services, http::{NoContent, Result, Router, Routes as _}, openapi::About};
//! async fn unguarded(_services: Rc<Services>) -> Result<NoContent> { Ok(NoContent::default()) }
//! Router::new().get("/unguarded", unguarded, || About::new("unguarded", "Nobody checks"));
//! ```
//!
//! With a guard, it does:
//!
//! ```
//! # use std::rc::Rc;
//! # use edge::{app::Services, http::{NoContent, Result, Router, Routes as _}, openapi::About};
//! # use shared::auth::Public;
//! async fn guarded(_services: Rc<Services>, _: Public) -> Result<NoContent> { Ok(NoContent::default()) }
//! Router::new().get("/guarded", guarded, || About::new("guarded", "Anybody may"));
//! ```

use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::{Extract, Guard, Request, Respond, Response, Result, accept};
use crate::openapi::Operation;

/// A handler with its guard; `Arguments` only tells the implementations apart.
pub trait Handler<Arguments>: 'static {
    /// Checks the guard, extracts the arguments in order, and runs the handler.
    fn call(&self, services: Rc<Services>, request: Request) -> LocalBoxFuture<'static, Result<Response>>;

    /// Tells what the types of guard, arguments and answer say.
    fn describe(operation: &mut Operation);
}

/// Refuses a request whose `Accept` rules out what the handler would answer, before anything is done for it. Who asks
/// for problem details only means failures by it.
fn negotiate<R: Respond>(request: &Request) -> Result<()> {
    let refused = |media_type: &&str| {
        let quality = |media_type| accept::quality(request.headers(), media_type);
        quality(media_type) == 0 && quality("application/problem+json") == 0
    };
    match R::MEDIA_TYPE.filter(refused) {
        Some(media_type) => {
            Err(Failure::new(Code::NotAcceptable, format!("This resource answers in {media_type} only.")))
        }
        None => Ok(()),
    }
}

macro_rules! handler {
    ($($argument:ident),*) => {
        impl<F, Fut, R, G, $($argument),*> Handler<(G, $($argument,)*)> for F
        where
            F: Fn(Rc<Services>, G, $($argument),*) -> Fut + Copy + 'static,
            Fut: Future<Output = Result<R>> + 'static,
            R: Respond,
            G: Guard,
            $($argument: Extract,)*
        {
            fn call(&self, services: Rc<Services>, request: Request) -> LocalBoxFuture<'static, Result<Response>> {
                let handler = *self;
                async move {
                    negotiate::<R>(&request)?;
                    let guard = G::check(&services, &request).await?;
                    $(
                        #[expect(non_snake_case, reason = "a type's name serves as its value's")]
                        let $argument = $argument::extract(&services, &request).await?;
                    )*
                    handler(services, guard, $($argument),*).await.map(R::into_response)
                }
                .boxed_local()
            }

            fn describe(operation: &mut Operation) {
                G::describe(operation);
                $($argument::describe(operation);)*
                R::describe(operation);
                if R::MEDIA_TYPE.is_some() {
                    operation.fails_with(&[Code::NotAcceptable]);
                }
            }
        }
    };
}

handler!();
handler!(A);
handler!(A, B);
handler!(A, B, C);
handler!(A, B, C, D);
