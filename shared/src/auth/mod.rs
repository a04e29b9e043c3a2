//! Who may do what: capabilities, the proofs that handlers and services take, passwords and session tokens.
//!
//! Deciding is done here; reading cookies and headers is the edge's part.

pub mod capability;
pub mod keys;
pub mod password;
pub mod proof;
pub mod token;

pub use capability::{Capabilities, Capability, CapabilityName, can};
pub use keys::KeySet;
pub use proof::{Authenticated, Credential, CurrentSession, CurrentUser, Granted, InSession, Public};
pub use token::{Claims, sign_session, verify_session};
