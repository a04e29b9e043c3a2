//! What may handle a route: an async function that takes the services, exactly one guard, then extractors.
//!
//! A function without a guard, with two, or with the guard in another place is no handler, and a route to it does
//! not compile:
//!
//! ```compile_fail
//! # use std::rc::Rc;
//! # use edge::{app::Services, http::{Reply, Result, Router}};
//! async fn unguarded(_services: Rc<Services>) -> Result<Reply> { Ok(Reply::no_content()) }
//! Router::new().get("/unguarded", unguarded);
//! ```
//!
//! With a guard, it does:
//!
//! ```
//! # use std::rc::Rc;
//! # use edge::{app::Services, http::{Reply, Result, Router}};
//! # use shared::auth::Public;
//! async fn guarded(_services: Rc<Services>, _: Public) -> Result<Reply> { Ok(Reply::no_content()) }
//! Router::new().get("/guarded", guarded);
//! ```

use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;

use crate::app::Services;
use crate::http::{Extract, Guard, Reply, Request, Result};

/// A handler with its guard; `Arguments` only tells the implementations apart.
pub trait Handler<Arguments>: 'static {
    /// The guard that the handler declares.
    type Guard: Guard;

    /// Checks the guard, extracts the arguments in order, and runs the handler.
    fn call(&self, services: Rc<Services>, request: Request) -> LocalBoxFuture<'static, Result<Reply>>;
}

macro_rules! handler {
    ($($argument:ident),*) => {
        impl<F, Fut, G, $($argument),*> Handler<(G, $($argument,)*)> for F
        where
            F: Fn(Rc<Services>, G, $($argument),*) -> Fut + Copy + 'static,
            Fut: Future<Output = Result<Reply>> + 'static,
            G: Guard,
            $($argument: Extract,)*
        {
            type Guard = G;

            fn call(&self, services: Rc<Services>, request: Request) -> LocalBoxFuture<'static, Result<Reply>> {
                let handler = *self;
                async move {
                    let guard = G::check(&services, &request).await?;
                    $(
                        #[expect(non_snake_case, reason = "a type's name serves as its value's")]
                        let $argument = $argument::extract(&services, &request).await?;
                    )*
                    handler(services, guard, $($argument),*).await
                }
                .boxed_local()
            }
        }
    };
}

handler!();
handler!(A);
handler!(A, B);
handler!(A, B, C);
handler!(A, B, C, D);
