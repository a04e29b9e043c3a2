//! Which operation takes slots of which policies.
//!
//! A service or a guard asks for the slots of its operation, always from the narrowest policy to the widest, and
//! [`crate::limits::Gate`] takes them in this order.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::auth::device::KnownDevice;
use crate::auth::one_time::Purpose;
use crate::ids::UserId;
use crate::limits::Policy;
use crate::limits::policies::{
    EXPORTS, LOGIN, LOGIN_ACCOUNT, LOGIN_CLIENT, LOGIN_DEVICE, LOGIN_DEVICES, MAIL_REQUEST,
    MAIL_REQUEST_ADDRESS, MAIL_REQUEST_CLIENT, PASSWORD_CHANGE, PASSWORD_CHECK, REFRESH, SIGN_UP, TOKEN,
    WRITES, WRITES_CLIENT,
};

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
    use crate::limits::policies::POLICIES;

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
