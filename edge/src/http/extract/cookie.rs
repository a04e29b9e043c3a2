//! Cookies that an operation reads itself; the one with the access token is the guards' part.

use std::marker::PhantomData;

use async_trait::async_trait;
use serde_json::json;

use crate::app::Services;
use crate::http::{Extract, Request, Result, cookies};
use crate::openapi::Operation;

/// A cookie that operations know.
pub trait Named: 'static {
    /// Its name.
    const NAME: &'static str;

    /// What it is for, as a sentence.
    const DESCRIPTION: &'static str;
}

/// The refresh token of a browser's session.
#[derive(Debug)]
pub struct RefreshToken;

impl Named for RefreshToken {
    const NAME: &'static str = cookies::REFRESH;
    const DESCRIPTION: &'static str = "The refresh token, as the last login or refresh set it.";
}

/// What a device is known by that has logged in before.
#[derive(Debug)]
pub struct Device;

impl Named for Device {
    const NAME: &'static str = cookies::DEVICE;
    const DESCRIPTION: &'static str =
        "What an earlier login to the account left: attempts of this device are counted by themselves then.";
}

/// The value of a cookie; `None` when it is missing.
#[derive(Debug)]
pub struct Cookie<C> {
    /// The value, whatever it is worth.
    pub value: Option<String>,
    name: PhantomData<fn() -> C>,
}

#[async_trait(?Send)]
impl<C: Named> Extract for Cookie<C> {
    async fn extract(_: &Services, request: &Request) -> Result<Self> {
        let value = cookies::get(request.headers(), C::NAME).map(str::to_owned);
        Ok(Self { value, name: PhantomData })
    }

    fn describe(operation: &mut Operation) {
        operation.cookie_parameter(C::NAME, C::DESCRIPTION, &json!({ "type": "string" }));
    }
}
