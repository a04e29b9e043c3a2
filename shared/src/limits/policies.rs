//! The table of policies: what is limited, to how much, counted by what. docs/LIMITS.md is made from it.
//!
//! [`crate::limits::operations`] says which operation is under which of them.

use std::time::Duration;

use crate::config::table::{
    EXPORT_LIMIT, LOGIN_ACCOUNT_LIMIT, LOGIN_CLIENT_LIMIT, LOGIN_DEVICE_LIMIT, LOGIN_DEVICES_LIMIT,
    LOGIN_LIMIT, MAIL_REQUEST_ADDRESS_LIMIT, MAIL_REQUEST_CLIENT_LIMIT, MAIL_REQUEST_LIMIT,
    PASSWORD_CHANGE_LIMIT, PASSWORD_CHECK_LIMIT, REFRESH_LIMIT, SIGNUP_LIMIT, Setting, TOKEN_LIMIT,
    WRITE_CLIENT_LIMIT, WRITE_LIMIT,
};
use crate::limits::Quota;

/// How many requests a window admits, for every policy, as it is set.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of [`LOGIN`].
    pub login: u32,
    /// Of [`LOGIN_CLIENT`].
    pub login_client: u32,
    /// Of [`LOGIN_ACCOUNT`].
    pub login_account: u32,
    /// Of [`LOGIN_DEVICE`].
    pub login_device: u32,
    /// Of [`LOGIN_DEVICES`].
    pub login_devices: u32,
    /// Of [`REFRESH`].
    pub refresh: u32,
    /// Of [`SIGN_UP`].
    pub sign_up: u32,
    /// Of [`PASSWORD_CHECK`].
    pub password_check: u32,
    /// Of [`PASSWORD_CHANGE`].
    pub password_change: u32,
    /// Of [`MAIL_REQUEST`].
    pub mail_request: u32,
    /// Of [`MAIL_REQUEST_CLIENT`].
    pub mail_request_client: u32,
    /// Of [`MAIL_REQUEST_ADDRESS`].
    pub mail_request_address: u32,
    /// Of [`TOKEN`].
    pub token: u32,
    /// Of [`WRITES`].
    pub writes: u32,
    /// Of [`WRITES_CLIENT`].
    pub writes_client: u32,
    /// Of [`EXPORTS`].
    pub exports: u32,
}

/// By what a policy counts: each has a quota of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// An account, whether it exists or not, together with a client.
    AccountAndClient,
    /// An account, whether it exists or not.
    Account,
    /// A device that has logged in to an account before, together with the account.
    AccountAndDevice,
    /// A network address; of IPv6 its network of /56.
    Client,
    /// Somebody who is signed in.
    User,
}

/// What becomes of a request when the limiter itself fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It is refused: without a limiter nobody may guess.
    Closed,
    /// It goes on, and a warning is logged.
    Open,
}

/// A limit on something.
#[derive(Debug)]
pub struct Policy {
    /// Its name in the headers.
    pub name: &'static str,
    /// What sets how many requests a window admits.
    pub setting: &'static Setting,
    limit: fn(&Limits) -> u32,
    /// The window's length, in whole seconds.
    pub window: Duration,
    /// By what it counts.
    pub key: Key,
    /// What becomes of a request when the limiter fails.
    pub on_failure: OnFailure,
    /// What uses up a slot.
    pub counts: &'static str,
}

const QUARTER_OF_AN_HOUR: Duration = Duration::from_mins(15);
const FAILED_LOGINS: &str = "attempts; all but a wrong password are given back";
const MAIL_REQUESTS: &str = "well-formed requests, whether the address has an account or not";
const MAIL_REQUESTS_OF_A_KIND: &str =
    "well-formed requests for one kind of link, whether the address has an account or not";

/// Guessing from one place at one account.
pub static LOGIN: Policy = Policy {
    name: "login",
    setting: &LOGIN_LIMIT,
    limit: |limits| limits.login,
    window: QUARTER_OF_AN_HOUR,
    key: Key::AccountAndClient,
    on_failure: OnFailure::Closed,
    counts: FAILED_LOGINS,
};

/// Guessing from one place at many accounts.
pub static LOGIN_CLIENT: Policy = Policy {
    name: "login-client",
    setting: &LOGIN_CLIENT_LIMIT,
    limit: |limits| limits.login_client,
    window: QUARTER_OF_AN_HOUR,
    key: Key::Client,
    on_failure: OnFailure::Closed,
    counts: FAILED_LOGINS,
};

/// Guessing from many places at one account.
pub static LOGIN_ACCOUNT: Policy = Policy {
    name: "login-account",
    setting: &LOGIN_ACCOUNT_LIMIT,
    limit: |limits| limits.login_account,
    window: QUARTER_OF_AN_HOUR,
    key: Key::Account,
    on_failure: OnFailure::Closed,
    counts: FAILED_LOGINS,
};

/// Guessing at one account with a device cookie of it: in place of [`LOGIN`] and [`LOGIN_ACCOUNT`].
pub static LOGIN_DEVICE: Policy = Policy {
    name: "login-device",
    setting: &LOGIN_DEVICE_LIMIT,
    limit: |limits| limits.login_device,
    window: QUARTER_OF_AN_HOUR,
    key: Key::AccountAndDevice,
    on_failure: OnFailure::Closed,
    counts: FAILED_LOGINS,
};

/// Guessing at one account with all the device cookies that its owners, and whoever was one, have collected.
pub static LOGIN_DEVICES: Policy = Policy {
    name: "login-devices",
    setting: &LOGIN_DEVICES_LIMIT,
    limit: |limits| limits.login_devices,
    window: QUARTER_OF_AN_HOUR,
    key: Key::Account,
    on_failure: OnFailure::Closed,
    counts: FAILED_LOGINS,
};

/// Guessing refresh tokens, and the load of their queries.
pub static REFRESH: Policy = Policy {
    name: "refresh",
    setting: &REFRESH_LIMIT,
    limit: |limits| limits.refresh,
    window: Duration::from_mins(1),
    key: Key::Client,
    on_failure: OnFailure::Closed,
    counts: "requests, whatever comes of them",
};

/// Accounts made from one place, and addresses tried out by it.
pub static SIGN_UP: Policy = Policy {
    name: "signup",
    setting: &SIGNUP_LIMIT,
    limit: |limits| limits.sign_up,
    window: Duration::from_hours(1),
    key: Key::Client,
    on_failure: OnFailure::Closed,
    counts: "well-formed sign-ups",
};

/// Guessing the password of somebody whose session was stolen.
pub static PASSWORD_CHECK: Policy = Policy {
    name: "password-check",
    setting: &PASSWORD_CHECK_LIMIT,
    limit: |limits| limits.password_check,
    window: QUARTER_OF_AN_HOUR,
    key: Key::User,
    on_failure: OnFailure::Closed,
    counts: FAILED_LOGINS,
};

/// Filling the mailbox of an account's address, whose owner need not know of the account, with the mails that tell of changes.
pub static PASSWORD_CHANGE: Policy = Policy {
    name: "password-change",
    setting: &PASSWORD_CHANGE_LIMIT,
    limit: |limits| limits.password_change,
    window: Duration::from_hours(1),
    key: Key::User,
    on_failure: OnFailure::Closed,
    counts: "requests with the right password",
};

/// Filling somebody's mailbox from one place.
pub static MAIL_REQUEST: Policy = Policy {
    name: "mail-request",
    setting: &MAIL_REQUEST_LIMIT,
    limit: |limits| limits.mail_request,
    window: Duration::from_hours(1),
    key: Key::AccountAndClient,
    on_failure: OnFailure::Closed,
    counts: MAIL_REQUESTS_OF_A_KIND,
};

/// Filling many mailboxes from one place.
pub static MAIL_REQUEST_CLIENT: Policy = Policy {
    name: "mail-request-client",
    setting: &MAIL_REQUEST_CLIENT_LIMIT,
    limit: |limits| limits.mail_request_client,
    window: Duration::from_hours(1),
    key: Key::Client,
    on_failure: OnFailure::Closed,
    counts: MAIL_REQUESTS,
};

/// Filling somebody's mailbox from many places. Whoever uses it up has sent its owner as many links that work, if there are
/// any of this kind for them.
pub static MAIL_REQUEST_ADDRESS: Policy = Policy {
    name: "mail-request-address",
    setting: &MAIL_REQUEST_ADDRESS_LIMIT,
    limit: |limits| limits.mail_request_address,
    window: Duration::from_hours(1),
    key: Key::Account,
    on_failure: OnFailure::Closed,
    counts: MAIL_REQUESTS_OF_A_KIND,
};

/// Trying out tokens from one place.
pub static TOKEN: Policy = Policy {
    name: "token",
    setting: &TOKEN_LIMIT,
    limit: |limits| limits.token,
    window: QUARTER_OF_AN_HOUR,
    key: Key::Client,
    on_failure: OnFailure::Closed,
    counts: "well-formed requests, whatever comes of them",
};

/// Writes of one user, from wherever.
pub static WRITES: Policy = Policy {
    name: "writes",
    setting: &WRITE_LIMIT,
    limit: |limits| limits.writes,
    window: Duration::from_mins(1),
    key: Key::User,
    on_failure: OnFailure::Open,
    counts: "requests, whatever comes of them",
};

/// Writes from one place, of whomever.
pub static WRITES_CLIENT: Policy = Policy {
    name: "writes-client",
    setting: &WRITE_CLIENT_LIMIT,
    limit: |limits| limits.writes_client,
    window: Duration::from_mins(1),
    key: Key::Client,
    on_failure: OnFailure::Open,
    counts: "requests, whatever comes of them",
};

/// Files of one user, from wherever: each reads a whole table.
pub static EXPORTS: Policy = Policy {
    name: "exports",
    setting: &EXPORT_LIMIT,
    limit: |limits| limits.exports,
    window: Duration::from_hours(1),
    key: Key::User,
    on_failure: OnFailure::Open,
    counts: "requests that can be understood, whatever comes of them",
};

/// Every policy, in the order of the documentation.
pub static POLICIES: [&Policy; 16] = [
    &LOGIN,
    &LOGIN_DEVICE,
    &LOGIN_DEVICES,
    &LOGIN_CLIENT,
    &LOGIN_ACCOUNT,
    &REFRESH,
    &SIGN_UP,
    &PASSWORD_CHECK,
    &PASSWORD_CHANGE,
    &MAIL_REQUEST,
    &MAIL_REQUEST_CLIENT,
    &MAIL_REQUEST_ADDRESS,
    &TOKEN,
    &WRITES_CLIENT,
    &WRITES,
    &EXPORTS,
];

impl Policy {
    /// Its quota as it is set.
    pub fn quota(&self, limits: &Limits) -> Quota {
        Quota { limit: (self.limit)(limits), window: self.window }
    }
}
