//! Who listens to what. A subscriber answers the job that an event means for it; the first whose job an event becomes
//! is the one that an answer may name.

use crate::events::Event;
use crate::jobs::{
    EmailChangeMail, EmailChangedMail, GoodbyeMail, JobKind, PasswordChangedMail, PasswordResetMail,
    UserSignedUp, VerificationMail,
};

/// Answers the job that an event means for a subscriber.
type Subscriber = fn(&Event) -> Option<JobKind>;

/// The table.
pub(super) static ALL: &[Subscriber] = &[
    greet,
    mail_verification,
    mail_password_reset,
    tell_of_password_change,
    mail_email_change,
    tell_of_email_change,
    say_goodbye,
];

fn greet(event: &Event) -> Option<JobKind> {
    let Event::UserSignedUp { user_id } = event else { return None };
    Some(JobKind::UserSignedUp(UserSignedUp::V1 { user_id: user_id.to_string() }))
}

fn mail_verification(event: &Event) -> Option<JobKind> {
    let Event::VerificationRequested { email } = event else { return None };
    Some(JobKind::VerificationMail(VerificationMail::V1 { email: email.clone() }))
}

fn mail_password_reset(event: &Event) -> Option<JobKind> {
    let Event::PasswordResetRequested { email } = event else { return None };
    Some(JobKind::PasswordResetMail(PasswordResetMail::V1 { email: email.clone() }))
}

fn tell_of_password_change(event: &Event) -> Option<JobKind> {
    let Event::PasswordChanged { user_id } = event else { return None };
    Some(JobKind::PasswordChangedMail(PasswordChangedMail::V1 { user_id: user_id.to_string() }))
}

fn mail_email_change(event: &Event) -> Option<JobKind> {
    let Event::EmailChangeRequested { user_id, email } = event else { return None };
    let payload = EmailChangeMail::V1 { user_id: user_id.to_string(), email: email.clone() };
    Some(JobKind::EmailChangeMail(payload))
}

fn tell_of_email_change(event: &Event) -> Option<JobKind> {
    let Event::EmailChanged { user_id, former } = event else { return None };
    let payload = EmailChangedMail::V1 { user_id: user_id.to_string(), email: former.clone() };
    Some(JobKind::EmailChangedMail(payload))
}

fn say_goodbye(event: &Event) -> Option<JobKind> {
    let Event::UserDeleted { email, name } = event else { return None };
    Some(JobKind::GoodbyeMail(GoodbyeMail::V1 { email: email.clone(), name: name.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Id as _, UserId};

    #[test]
    fn every_event_has_the_listeners_that_it_shall_have() {
        let user_id = UserId::parse("019376a1-9c3b-7aaa-8bbb-0123456789ab").unwrap();
        let (email, id) = ("a@b.example".to_owned(), || user_id.clone());
        let table = [
            (Event::UserSignedUp { user_id: id() }, ["user.signed_up"]),
            (Event::VerificationRequested { email: email.clone() }, ["mail.verification"]),
            (Event::PasswordResetRequested { email: email.clone() }, ["mail.password_reset"]),
            (Event::PasswordChanged { user_id: id() }, ["mail.password_changed"]),
            (Event::EmailChangeRequested { user_id: id(), email: email.clone() }, ["mail.email_change"]),
            (Event::EmailChanged { user_id: id(), former: email.clone() }, ["mail.email_changed"]),
            (Event::UserDeleted { email, name: "N".to_owned() }, ["mail.goodbye"]),
        ];
        for (event, expected) in table {
            let jobs: Vec<_> = ALL.iter().filter_map(|subscriber| subscriber(&event)).collect();
            assert_eq!(jobs.iter().map(JobKind::name).collect::<Vec<_>>(), expected, "{event:?}");
        }
    }
}
