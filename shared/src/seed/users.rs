//! Made-up users. Nobody can sign in as one of them: they have a hash that no password has.

use std::time::Duration;

use crate::auth::password::Cost;
use crate::error::{Error, Result};
use crate::ids::{Id as _, UserId};
use crate::models::user::User;
use crate::ports::Statement;
use crate::seed::Draw;
use crate::time::Timestamp;

const GIVEN: [&str; 16] = [
    "Ada", "Björn", "Chidi", "Dagny", "Emre", "Fatima", "Grażyna", "Hugo", "Inês", "Jürgen", "Keiko",
    "Łukasz", "Mei", "Noor", "Óscar", "Zoë",
];
const FAMILY: [&str; 16] = [
    "Abe",
    "Berg",
    "Çelik",
    "Dupont",
    "Eze",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Müller",
    "Nguyễn",
    "Okafor",
    "Петров",
];

/// 2022-01-01, in milliseconds.
const FIRST: i64 = 1_640_995_200_000;

/// The time from one sign-up to the next: a hundred thousand take not quite two years.
const STEP: Duration = Duration::from_mins(10);

/// The statement that adds user number `index`.
///
/// # Errors
/// Never in practice: the id is well-formed.
pub fn insert_user(index: u32) -> Result<Statement> {
    let user = user(index)?;
    Ok(Statement::new(
        "INSERT INTO users (id, email, email_verified_at, name, password_hash, locked_at, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )
    .bind(&user.id)
    .bind(user.email.as_str())
    .bind(user.email_verified_at)
    .bind(user.name.as_str())
    .bind(user.password_hash.as_str())
    .bind(user.locked_at)
    .bind(user.created_at))
}

/// User number `index`, made up from the number alone.
fn user(index: u32) -> Result<User> {
    let draw = Draw(index);
    let created_at = Timestamp::from_millis(FIRST).plus(STEP * index);
    let id =
        UserId::parse(&draw.id(created_at)).ok_or_else(|| Error::internal("a seeded id is malformed"))?;
    let (given, family) = (draw.one(3, &GIVEN), draw.one(4, &FAMILY));
    let hash = Cost::default().nobody();
    let email = format!("user-{index}@seed.example");
    let mut user = User::new(id, email, format!("{given} {family}"), hash, created_at);
    user.email_verified_at = (draw.below(5, 10) > 0).then(|| created_at.plus(STEP));
    user.locked_at = (draw.below(6, 100) == 0).then(|| created_at.plus(STEP * 2));
    Ok(user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::password;

    #[test]
    fn a_seeded_user_is_told_by_the_number_and_has_no_password() {
        let (one, again, other) = (user(1).unwrap(), user(1).unwrap(), user(2).unwrap());
        assert_eq!((one.id.as_str(), &one.email, &one.name), (again.id.as_str(), &again.email, &again.name));
        assert_ne!((one.id.as_str(), &one.email), (other.id.as_str(), &other.email));
        assert!(!password::verify("", Some(&one.password_hash), Cost::default()).unwrap());
    }
}
