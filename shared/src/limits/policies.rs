//! The table of policies: what is limited, to how much, counted by what. docs/LIMITS.md is made from it.
//!
//! A service or a guard asks for the slots of its operation, always from the narrowest policy to the widest, and
//! [`crate::limits::Gate`] takes them in this order.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::auth::device::KnownDevice;
use crate::auth::one_time::Purpose;
use crate::config::table::{
    EXPORT_LIMIT, LOGIN_ACCOUNT_LIMIT, LOGIN_CLIENT_LIMIT, LOGIN_DEVICE_LIMIT, LOGIN_DEVICES_LIMIT,
    LOGIN_LIMIT, MAIL_REQUEST_ADDRESS_LIMIT, MAIL_REQUEST_CLIENT_LIMIT, MAIL_REQUEST_LIMIT,
    PASSWORD_CHANGE_LIMIT, PASSWORD_CHECK_LIMIT, REFRESH_LIMIT, SIGNUP_LIMIT, Setting, TOKEN_LIMIT,
    WRITE_CLIENT_LIMIT, WRITE_LIMIT,
};
use crate::ids::UserId;
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

/// A place in a policy's count.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Which policy.
    pub policy: &'static Policy,
    /// The limiter's key.
    pub key: String,
}

impl Slot {
    /// Hashed: limiter keys may show in dashboards, and addresses of people must not.
    fn new(policy: &'static Policy, counted_by: &[&str]) -> Self {
        let digest = counted_by.iter().fold(Sha256::new(), |digest, part| {
            digest.chain_update(part.len().to_be_bytes()).chain_update(part.as_bytes())
        });
        let key = format!("{}:{}", policy.name, URL_SAFE_NO_PAD.encode(digest.finalize()));
        Self { policy, key }
    }
}

/// An operation whose service takes its slots.
pub trait Limited: 'static {
    /// The policies that it is under, in the order in which their slots are taken.
    const POLICIES: &'static [&'static Policy];
}

/// Signing in.
#[derive(Debug)]
pub struct Login;

impl Limited for Login {
    const POLICIES: &'static [&'static Policy] =
        &[&LOGIN, &LOGIN_DEVICE, &LOGIN_CLIENT, &LOGIN_ACCOUNT, &LOGIN_DEVICES];
}

impl Login {
    /// The slots of an attempt. The account's comes last, so that a client that has used up its own does not touch the
    /// account. A device that the account is known on does not touch it at all: others may have used it up. All such devices
    /// have a count of their own, because who can sign in can collect cookies; only who has one can use it up.
    pub fn slots(client: &str, email: &str, device: Option<&KnownDevice>) -> Vec<Slot> {
        let of_client = Slot::new(&LOGIN_CLIENT, &[client]);
        match device {
            Some(device) => {
                let of_device = Slot::new(&LOGIN_DEVICE, &[email, device.as_str()]);
                vec![of_device, of_client, Slot::new(&LOGIN_DEVICES, &[email])]
            }
            None => vec![Slot::new(&LOGIN, &[email, client]), of_client, Slot::new(&LOGIN_ACCOUNT, &[email])],
        }
    }
}

/// Exchanging a refresh token.
#[derive(Debug)]
pub struct Refresh;

impl Limited for Refresh {
    const POLICIES: &'static [&'static Policy] = &[&REFRESH];
}

impl Refresh {
    /// The slots of an exchange.
    pub fn slots(client: &str) -> Vec<Slot> {
        vec![Slot::new(&REFRESH, &[client])]
    }
}

/// Making an account.
#[derive(Debug)]
pub struct SignUp;

impl Limited for SignUp {
    const POLICIES: &'static [&'static Policy] = &[&SIGN_UP];
}

impl SignUp {
    /// The slots of a sign-up.
    pub fn slots(client: &str) -> Vec<Slot> {
        vec![Slot::new(&SIGN_UP, &[client])]
    }
}

/// Showing once more, when signed in, that one knows the password.
#[derive(Debug)]
pub struct PasswordCheck;

impl Limited for PasswordCheck {
    const POLICIES: &'static [&'static Policy] = &[&PASSWORD_CHECK];
}

impl PasswordCheck {
    /// The slots of an attempt.
    pub fn slots(user: &UserId) -> Vec<Slot> {
        vec![Slot::new(&PASSWORD_CHECK, &[user.as_str()])]
    }
}

/// Changing the password, of which a mail tells.
#[derive(Debug)]
pub struct PasswordChange;

impl Limited for PasswordChange {
    const POLICIES: &'static [&'static Policy] = &[&PASSWORD_CHANGE];
}

impl PasswordChange {
    /// The slots of a change.
    pub fn slots(user: &UserId) -> Vec<Slot> {
        vec![Slot::new(&PASSWORD_CHANGE, &[user.as_str()])]
    }
}

/// Having a mail with a link sent to an address that anybody may name.
#[derive(Debug)]
pub struct MailRequest;

impl Limited for MailRequest {
    const POLICIES: &'static [&'static Policy] =
        &[&MAIL_REQUEST, &MAIL_REQUEST_CLIENT, &MAIL_REQUEST_ADDRESS];
}

impl MailRequest {
    /// The slots of a request. The address's own comes last, so that a client that has used up its own does not touch it.
    /// Each kind of link has an address's quotas to itself: a kind that mails nothing, as to verify what is verified, must not
    /// use up another.
    pub fn slots(client: &str, email: &str, purpose: Purpose) -> Vec<Slot> {
        let purpose = purpose.as_str();
        vec![
            Slot::new(&MAIL_REQUEST, &[purpose, email, client]),
            Slot::new(&MAIL_REQUEST_CLIENT, &[client]),
            Slot::new(&MAIL_REQUEST_ADDRESS, &[purpose, email]),
        ]
    }
}

/// Using a token from a mail.
#[derive(Debug)]
pub struct TokenUse;

impl Limited for TokenUse {
    const POLICIES: &'static [&'static Policy] = &[&TOKEN];
}

impl TokenUse {
    /// The slots of an attempt.
    pub fn slots(client: &str) -> Vec<Slot> {
        vec![Slot::new(&TOKEN, &[client])]
    }
}

/// Changing something as somebody who is signed in.
#[derive(Debug)]
pub struct Write;

impl Limited for Write {
    const POLICIES: &'static [&'static Policy] = &[&WRITES_CLIENT, &WRITES];
}

impl Write {
    /// The slots that a client needs before anybody looks who it is.
    pub fn slots_of_client(client: &str) -> Vec<Slot> {
        vec![Slot::new(&WRITES_CLIENT, &[client])]
    }

    /// The slots that a user needs.
    pub fn slots_of_user(user: &UserId) -> Vec<Slot> {
        vec![Slot::new(&WRITES, &[user.as_str()])]
    }
}

/// Getting a list as a file.
#[derive(Debug)]
pub struct Export;

impl Limited for Export {
    const POLICIES: &'static [&'static Policy] = &[&EXPORTS];
}

impl Export {
    /// The slots of a file.
    pub fn slots(user: &UserId) -> Vec<Slot> {
        vec![Slot::new(&EXPORTS, &[user.as_str()])]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ids::Id as _;

    fn names(slots: &[Slot]) -> Vec<&'static str> {
        slots.iter().map(|slot| slot.policy.name).collect()
    }

    fn declared<L: Limited>() -> Vec<&'static str> {
        L::POLICIES.iter().map(|policy| policy.name).collect()
    }

    #[test]
    fn operations_take_the_slots_of_the_policies_that_they_declare() {
        let user = UserId::parse("019376a1-9c3b-7aaa-8bbb-0123456789ab").unwrap();
        let write = [Write::slots_of_client("c"), Write::slots_of_user(&user)].concat();
        let device = KnownDevice::named("d");
        let login = ["login", "login-client", "login-account"];
        assert_eq!(names(&Login::slots("c", "a@b.example", None)), login);
        let known = names(&Login::slots("c", "a@b.example", Some(&device)));
        assert_eq!(known, ["login-device", "login-client", "login-devices"]);
        assert!(login.iter().chain(&known).all(|name| declared::<Login>().contains(name)));
        assert_eq!(names(&Refresh::slots("c")), declared::<Refresh>());
        assert_eq!(names(&SignUp::slots("c")), declared::<SignUp>());
        assert_eq!(names(&PasswordCheck::slots(&user)), declared::<PasswordCheck>());
        assert_eq!(names(&PasswordChange::slots(&user)), declared::<PasswordChange>());
        let mails = MailRequest::slots("c", "a@b.example", Purpose::ResetPassword);
        assert_eq!(names(&mails), declared::<MailRequest>());
        assert_eq!(names(&TokenUse::slots("c")), declared::<TokenUse>());
        assert_eq!(names(&write), declared::<Write>());
        assert_eq!(names(&Export::slots(&user)), declared::<Export>());
    }

    #[test]
    fn every_policy_is_in_the_table_under_a_name_and_a_setting_of_its_own() {
        let used = [
            Login::POLICIES,
            Refresh::POLICIES,
            SignUp::POLICIES,
            PasswordCheck::POLICIES,
            PasswordChange::POLICIES,
            MailRequest::POLICIES,
            TokenUse::POLICIES,
            Write::POLICIES,
            Export::POLICIES,
        ]
        .concat();
        let used: BTreeSet<_> = used.iter().map(|policy| policy.name).collect();
        let known: BTreeSet<_> = POLICIES.iter().map(|policy| policy.name).collect();
        let settings: BTreeSet<_> = POLICIES.iter().map(|policy| policy.setting.name).collect();
        assert_eq!((&used, known.len(), settings.len()), (&known, POLICIES.len(), POLICIES.len()));
        // What structured fields allow in a string without a second thought.
        assert!(known.iter().all(|name| name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'-'))));
    }

    #[test]
    fn keys_tell_clients_accounts_and_policies_apart_and_name_nobody() {
        let all =
            [("c1", "a@b.example"), ("c2", "a@b.example"), ("c1", "b@b.example"), ("", "c1a@b.example")]
                .map(|(client, email)| Login::slots(client, email, None))
                .concat();
        let mails = MailRequest::slots("c1", "a@b.example", Purpose::ResetPassword);
        let others = MailRequest::slots("c1", "a@b.example", Purpose::VerifyEmail);
        let shared = mails.iter().zip(&others).filter(|(one, other)| one.key == other.key);
        assert_eq!(shared.map(|(one, _)| one.policy.name).collect::<Vec<_>>(), ["mail-request-client"]);
        assert!(mails.iter().all(|slot| !slot.key.contains("example") && !slot.key.contains("c1")));
        let keys: BTreeSet<_> = all.iter().map(|slot| slot.key.as_str()).collect();
        // Four pairs, three clients, three accounts.
        assert_eq!(keys.len(), 10);
        let device = KnownDevice::named("d1");
        let of_device = |email| Login::slots("c1", email, Some(&device)).remove(0).key;
        assert_ne!(of_device("a@b.example"), of_device("b@b.example"));
        assert!(keys.iter().all(|key| !key.contains("example") && !key.contains("c1")), "{keys:?}");
    }
}
