//! Who may do what: capabilities, the proofs that handlers and services take, passwords and session tokens.
//!
//! Deciding is done here; reading cookies and headers is the edge's part.

pub mod api_key;
pub mod capability;
pub mod common_passwords;
pub mod device;
pub mod keys;
pub mod one_time;
pub mod password;
pub mod password_rules;
pub mod proof;
pub mod refresh;
pub mod token;

pub use api_key::{ApiKey, ApiKeyHash};
pub(crate) use capability::capability_names;
pub use capability::{Capabilities, Capability, CapabilityName, can};
pub use keys::KeySet;
pub use proof::{
    Authenticated, Credential, CurrentSession, CurrentUser, Granted, InSession, Presented, Public, Visitor,
};
pub use refresh::RefreshToken;
pub use token::{Claims, sign_session, verify_session};
