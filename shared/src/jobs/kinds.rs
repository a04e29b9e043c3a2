//! The kinds of jobs with their payloads, in all versions that rows may still hold.
//!
//! What a payload says of a person (`email`, `name`) is removed from the row when the job ends well.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

macro_rules! kinds {
    ($(
        $(#[doc = $doc:literal])+
        $kind:ident = $name:literal {
            $(
                $(#[doc = $version_doc:literal])+
                $version:ident = $number:literal {
                    $($(#[doc = $field_doc:literal])+ $field:ident: $type:ty,)*
                }
            )+
        }
    )+) => {
        $(
            #[doc = concat!("The payload of `", $name, "`.")]
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(tag = "version")]
            pub enum $kind {
                $(
                    $(#[doc = $version_doc])+
                    #[serde(rename = $number)]
                    $version {
                        $($(#[doc = $field_doc])+ $field: $type,)*
                    },
                )+
            }
        )+

        /// Every kind of job with its payload, as a row says it.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum JobKind {
            $($(#[doc = $doc])+ $kind($kind),)+
        }

        impl JobKind {
            /// The kind's name in the table and the API.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$kind(_) => $name,)+ }
            }

            /// Reads a row's kind and payload; an unknown kind or version is an error that no retry mends.
            ///
            /// # Errors
            /// A sentence for the job's record.
            pub fn parse(kind: &str, payload: &str) -> Result<Self, String> {
                match kind {
                    $($name => serde_json::from_str(payload).map(Self::$kind).map_err(|error| unreadable(&error)),)+
                    _ => Err(format!("this version of the code knows no job of kind {kind:?}")),
                }
            }

            pub(super) fn payload(&self) -> Result<String> {
                match self { $(Self::$kind(payload) => serde_json::to_string(payload).map_err(Error::internal),)+ }
            }
        }
    };
}

kinds! {
    /// Greets a new user, and has them verify their address.
    UserSignedUp = "user.signed_up" {
        /// The account exists; the welcome mail is to be sent.
        V1 = "1" {
            /// The new user's id.
            user_id: String,
        }
    }
    /// Has somebody verify their address.
    VerificationMail = "mail.verification" {
        /// The address may have no account, or one that needs no mail: then there is nothing to do.
        V1 = "1" {
            /// The address.
            email: String,
        }
    }
    /// Sends a link to set the password anew.
    PasswordResetMail = "mail.password_reset" {
        /// The address may have no account: then there is nothing to do.
        V1 = "1" {
            /// The address.
            email: String,
        }
    }
    /// Tells a user that their password is another.
    PasswordChangedMail = "mail.password_changed" {
        /// The password was changed.
        V1 = "1" {
            /// Whose.
            user_id: String,
        }
    }
    /// Has a user show that mail to another address reaches them.
    EmailChangeMail = "mail.email_change" {
        /// The address may have an account: then there is nothing to do.
        V1 = "1" {
            /// Who wants it.
            user_id: String,
            /// The address.
            email: String,
        }
    }
    /// Tells the address of before that it is not the user's any more.
    EmailChangedMail = "mail.email_changed" {
        /// The user has another address.
        V1 = "1" {
            /// Who.
            user_id: String,
            /// The address of before.
            email: String,
        }
    }
    /// Says goodbye to somebody whose account is gone.
    GoodbyeMail = "mail.goodbye" {
        /// Nothing but this says where the mail goes.
        V1 = "1" {
            /// The address.
            email: String,
            /// The name.
            name: String,
        }
    }
}

fn unreadable(error: &serde_json::Error) -> String {
    format!("this version of the code cannot read the payload: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_read_as_they_were_written_and_unknown_versions_are_refused() {
        let kind = JobKind::UserSignedUp(UserSignedUp::V1 { user_id: "u".to_owned() });
        let payload = kind.payload().unwrap();
        assert_eq!(payload, r#"{"version":"1","user_id":"u"}"#);
        assert_eq!(JobKind::parse(kind.name(), &payload), Ok(kind));
        assert!(JobKind::parse("user.signed_up", r#"{"version":"2"}"#).is_err());
        assert!(JobKind::parse("user.gone", "{}").is_err());
    }
}
