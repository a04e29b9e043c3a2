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
use crate::middleware::caching;
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

/// Has nobody keep what only this caller may see, whatever the handler says.
fn finished<G: Guard>(mut response: Response) -> Response {
    if G::PERSONAL {
        caching::forbid(response.headers_mut());
    }
    response
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
                    let reply = handler(services, guard, $($argument),*).await?;
                    Ok(finished::<G>(reply.into_response()))
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

#[cfg(test)]
mod tests {
    use http::header::CACHE_CONTROL;
    use shared::auth::{Authenticated, Granted, Public, can};

    use super::*;
    use crate::http::{Data, Internal, WithHeaders as _};

    fn kept<G: Guard>() -> String {
        let reply = Data::new(&1).unwrap().version(1).caching(caching::FOR_EVER);
        let response = finished::<G>(reply.into_response());
        let values: Vec<_> = response.headers().get_all(CACHE_CONTROL).iter().collect();
        assert_eq!(values.len(), 1, "{values:?}");
        values[0].to_str().unwrap().to_owned()
    }

    #[test]
    fn nobody_keeps_what_is_behind_a_guard_whatever_the_handler_says() {
        assert_eq!(kept::<Public>(), caching::FOR_EVER);
        assert_eq!(kept::<Authenticated>(), caching::NO_STORE);
        assert_eq!(kept::<Granted<can::CreateProducts>>(), caching::NO_STORE);
        assert_eq!(kept::<Internal>(), caching::NO_STORE);
    }
}
