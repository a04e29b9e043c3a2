//! Guards: the proof of authorisation that each handler declares as its argument.

use async_trait::async_trait;
use shared::auth::{Authenticated, Capability, Granted, InSession, Public, Visitor};
use shared::limits::operations::{Limited as _, Write};

use crate::app::Services;
use crate::http::failure::{Code, Failure};
use crate::http::{Request, Result};
use crate::middleware::{load_user, rate_limit, require, verify_token};
use crate::openapi::{Operation, Security};

/// What must hold before a handler runs.
#[async_trait(?Send)]
pub trait Guard: Sized + 'static {
    /// Whether an answer behind it is for this caller alone, so that nobody may keep it.
    const PERSONAL: bool = true;

    /// Tells the guard's name, what it asks for, and how it refuses.
    fn describe(operation: &mut Operation);

    /// Makes the proof, or says why there is none.
    async fn check(services: &Services, request: &Request) -> Result<Self>;
}

#[async_trait(?Send)]
impl Guard for Public {
    const PERSONAL: bool = false;

    fn describe(operation: &mut Operation) {
        operation.guarded_by("public", Security::None);
    }

    async fn check(_: &Services, _: &Request) -> Result<Self> {
        Ok(Self)
    }
}

#[async_trait(?Send)]
impl Guard for Authenticated {
    fn describe(operation: &mut Operation) {
        operation.guarded_by("authenticated", Security::Session { capability: None });
        operation.fails_with(&[Code::Unauthenticated, Code::InvalidSession, Code::InvalidApiKey]);
        if !operation.method.is_safe() {
            operation.limited_by(Write::POLICIES);
        }
    }

    async fn check(services: &Services, request: &Request) -> Result<Self> {
        let presented = verify_token::verify_token(services, request).await?;
        let load = async {
            let who = load_user::load_user(services, &presented).await?;
            request.note_user(&who.user().id);
            Ok(who)
        };
        if request.parts.method.is_safe() { load.await } else { rate_limit::write(services, load).await }
    }
}

/// Who shows something that does not hold is refused, rather than taken for anybody: they learn that they must sign in
/// again, and not that their own draft is gone.
#[async_trait(?Send)]
impl Guard for Visitor {
    fn describe(operation: &mut Operation) {
        operation.guarded_by("visitor", Security::Optional);
        operation.fails_with(&[Code::InvalidSession, Code::InvalidApiKey]);
    }

    async fn check(services: &Services, request: &Request) -> Result<Self> {
        if verify_token::is_presented(request) {
            Authenticated::check(services, request).await.map(|who| Self::from(Some(who)))
        } else {
            Ok(Self::from(None))
        }
    }
}

#[async_trait(?Send)]
impl Guard for InSession {
    fn describe(operation: &mut Operation) {
        Authenticated::describe(operation);
        operation.guarded_by("in_session", Security::SessionOnly);
        operation.fails_with(&[Code::SessionRequired]);
    }

    async fn check(services: &Services, request: &Request) -> Result<Self> {
        Ok(Authenticated::check(services, request).await?.in_session()?)
    }
}

#[async_trait(?Send)]
impl<C: Capability + 'static> Guard for Granted<C> {
    fn describe(operation: &mut Operation) {
        Authenticated::describe(operation);
        operation.guarded_by(C::NAME, Security::Session { capability: Some(C::NAME) });
        operation.fails_with(&[Code::MissingCapability]);
    }

    async fn check(services: &Services, request: &Request) -> Result<Self> {
        require::require(Authenticated::check(services, request).await?)
    }
}

/// The caller knows the internal secret. To anybody else, and where no secret is set, the route does not exist.
#[derive(Debug, Clone, Copy)]
pub struct Internal(());

#[async_trait(?Send)]
impl Guard for Internal {
    fn describe(operation: &mut Operation) {
        operation.guarded_by("internal", Security::Internal);
        operation.fails_with(&[Code::NotFound]);
    }

    async fn check(services: &Services, request: &Request) -> Result<Self> {
        let presented = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
        let expected = services.config().internal_secret.as_ref();
        let known =
            presented.zip(expected).is_some_and(|(presented, expected)| same(presented, expected.expose()));
        known.then_some(Self(())).ok_or_else(|| Failure::new(Code::NotFound, "There is nothing here."))
    }
}

/// Compares in a time that depends on the lengths only.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}
