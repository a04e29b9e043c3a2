//! The guards of batches that give, take or touch rights, against a caller whose rights changed after their request came
//! in; and the plans of the lists that only some may read.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a test's name says what it shows, and it fails by panicking"
)]

use std::rc::Rc;

use futures::executor::block_on;
use native::{Instance, TestClock};
use shared::audit::chain::Recorded;
use shared::auth::{Capabilities, Credential, CurrentUser};
use shared::ids::{ApiKeyId, Id as _, RoleId, UserId};
use shared::models::managed_user::ManagedUser;
use shared::models::role::Role;
use shared::ports::{Ports, Statement};
use shared::query::{Class, ListQuery, Resource};
use shared::repositories::access::{Touched, administrator_left, administrator_left_without, within_own};
use shared::repositories::guards::{Guard, violated};
use shared::repositories::{Listed, api_keys, managed_users};
use shared::seed::ADMINISTRATOR_ROLE;
use shared::time::Timestamp;

const ALICE: &str = "019376a1-9c3b-7aaa-8bbb-000000000001";
const BOB: &str = "019376a1-9c3b-7aaa-8bbb-000000000002";
const READERS: &str = "019376a1-9c3b-7aaa-8bbb-00000000000a";
const EDITORS: &str = "019376a1-9c3b-7aaa-8bbb-00000000000b";
const MANAGERS: &str = "019376a1-9c3b-7aaa-8bbb-00000000000c";

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn role(id: &str) -> RoleId {
    RoleId::parse(id).unwrap()
}

/// Two users without roles, and a role each to read, to edit and to manage.
fn house() -> Ports {
    let ports = block_on(Instance::in_memory(Rc::new(TestClock::new(now())))).unwrap().ports;
    let mut batch = Vec::new();
    for (id, email) in [(ALICE, "a"), (BOB, "b")] {
        let sql = "INSERT INTO users (id, email, name, password_hash, created_at, updated_at) VALUES (?1, ?2, 'N', '', 0, 0)";
        batch.push(Statement::new(sql).bind(id).bind(email));
    }
    for (id, capability) in [(READERS, "read_users"), (EDITORS, "edit_users"), (MANAGERS, "manage_roles")] {
        let sql = "INSERT INTO roles (id, name, created_at, updated_at) VALUES (?1, ?1, 0, 0)";
        batch.push(Statement::new(sql).bind(id));
        let sql = "INSERT INTO role_capabilities (role_id, capability) VALUES (?1, ?2)";
        batch.push(Statement::new(sql).bind(id).bind(capability));
    }
    block_on(ports.database.batch(batch)).unwrap();
    ports
}

fn give(ports: &Ports, id: &str, roles: &[&str]) {
    let roles: Vec<_> = roles.iter().map(|id| role(id)).collect();
    block_on(ports.database.batch(managed_users::set_roles(&user(id), &roles, now()).to_vec())).unwrap();
}

/// Alice as a request saw her.
fn alice(capabilities: Capabilities) -> CurrentUser {
    CurrentUser {
        id: user(ALICE),
        credential: Credential::ApiKey(ApiKeyId::parse(READERS).unwrap()),
        email: "a".to_owned(),
        email_verified: true,
        name: "N".to_owned(),
        capabilities,
        version: 1,
        created_at: now(),
    }
}

fn refused(ports: &Ports, statement: Statement) -> Option<Guard> {
    block_on(ports.database.batch(vec![statement])).err().map(|error| violated(&error).unwrap())
}

fn is_within(ports: &Ports, caller: &CurrentUser, touched: Touched) -> bool {
    match refused(ports, within_own(caller, "manage_roles", touched)) {
        None => true,
        Some(guard) => {
            assert_eq!(guard, Guard::WithinOwn);
            false
        }
    }
}

#[test]
fn what_the_caller_holds_in_the_transaction_counts_not_what_they_held_before() {
    let ports = house();
    let before = alice(Capabilities::EVERY);
    let readers = || Touched::role(&role(READERS));
    assert!(!is_within(&ports, &before, readers()), "she lost every role");
    give(&ports, ALICE, &[READERS]);
    assert!(!is_within(&ports, &before, readers()), "she lost manage_roles");
    give(&ports, ALICE, &[READERS, MANAGERS]);
    assert!(is_within(&ports, &before, readers()));
    assert!(!is_within(&ports, &before, Touched::role(&role(EDITORS))));
    assert!(!is_within(&ports, &before, Touched::roles(&[role(READERS), role(EDITORS)])));
    assert!(!is_within(&ports, &before, Touched::role(&role(ADMINISTRATOR_ROLE))));
    give(&ports, ALICE, &[ADMINISTRATOR_ROLE]);
    assert!(is_within(&ports, &before, Touched::role(&role(ADMINISTRATOR_ROLE))));
    assert!(is_within(&ports, &before, Touched::roles(&[role(READERS), role(EDITORS)])));
    let lock = "UPDATE users SET locked_at = 1";
    block_on(ports.database.query(Statement::new(lock))).unwrap();
    assert!(!is_within(&ports, &before, readers()), "she is locked");
}

#[test]
fn an_api_key_gives_no_more_than_it_is_for_whatever_its_user_holds() {
    let ports = house();
    give(&ports, ALICE, &[ADMINISTRATOR_ROLE]);
    let key = alice(Capabilities::from_names(["manage_roles", "read_users"]));
    assert!(is_within(&ports, &key, Touched::role(&role(READERS))));
    assert!(!is_within(&ports, &key, Touched::role(&role(EDITORS))));
    assert!(!is_within(&ports, &key, Touched::role(&role(ADMINISTRATOR_ROLE))));
}

#[test]
fn a_user_or_a_roles_members_count_by_all_their_roles() {
    let ports = house();
    give(&ports, ALICE, &[READERS, MANAGERS]);
    let caller = alice(Capabilities::from_names(["manage_roles", "read_users"]));
    let (bob, members) = (|| Touched::user(&user(BOB)), || Touched::members(&role(READERS)));
    assert!(is_within(&ports, &caller, bob()) && is_within(&ports, &caller, members()));
    give(&ports, BOB, &[READERS, EDITORS]);
    assert!(!is_within(&ports, &caller, bob()) && !is_within(&ports, &caller, members()));
    give(&ports, BOB, &[READERS, ADMINISTRATOR_ROLE]);
    assert!(!is_within(&ports, &caller, bob()), "an administrator holds more");
    assert!(is_within(&ports, &caller, members()), "but loses nothing by a role");
}

#[test]
fn the_last_administrator_who_is_not_locked_is_missed() {
    let ports = house();
    let without = |id: &str, keeps: &[RoleId]| refused(&ports, administrator_left(&user(id), keeps));
    assert_eq!(without(ALICE, &[]), None, "who is none is not missed, even where there is none");
    give(&ports, ALICE, &[ADMINISTRATOR_ROLE]);
    assert_eq!(without(ALICE, &[]), Some(Guard::AdministratorLeft));
    assert_eq!(without(ALICE, &[role(READERS)]), Some(Guard::AdministratorLeft));
    assert_eq!(without(ALICE, &[role(READERS), role(ADMINISTRATOR_ROLE)]), None);
    assert_eq!(without(BOB, &[]), None);
    give(&ports, BOB, &[ADMINISTRATOR_ROLE]);
    assert_eq!(without(ALICE, &[]), None);
    block_on(ports.database.query(Statement::new("UPDATE users SET locked_at = 1 WHERE email = 'b'")))
        .unwrap();
    assert_eq!(without(ALICE, &[]), Some(Guard::AdministratorLeft));
    assert_eq!(without(BOB, &[]), None, "one who is locked is none already");
}

#[test]
fn no_guard_walks_through_everybodys_roles() {
    let ports = house();
    let (caller, reader) = (alice(Capabilities::EVERY), role(READERS));
    let touched = [
        Touched::role(&reader),
        Touched::roles([&reader]),
        Touched::user(&user(BOB)),
        Touched::members(&reader),
    ];
    let mut guards: Vec<_> =
        touched.into_iter().map(|touched| within_own(&caller, "manage_roles", touched)).collect();
    guards.extend([administrator_left(&user(ALICE), []), administrator_left_without(&reader)]);
    for mut guard in guards {
        guard.sql = format!("EXPLAIN QUERY PLAN {}", guard.sql).into();
        let rows = block_on(ports.database.query(guard)).unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail").unwrap()).collect();
        let walks = |step: &String| {
            step.starts_with("SCAN")
                && !["INDEX roles_granting_all", "VIRTUAL TABLE", "CONSTANT ROW", "SCAN q"]
                    .iter()
                    .any(|fine| step.contains(fine))
        };
        assert!(!plan.is_empty() && !plan.iter().any(walks), "{plan:?}");
    }
}

/// Whether what a filter finds may be put in order afterwards: no index has what is between two ends in another order, of
/// one value of a unique column there is one row, and few people have one name.
fn may_sort(filter: Option<&(String, String)>, sort: &str) -> bool {
    let Some((filter, _)) = filter else { return false };
    let (field, operator) = filter.trim_end_matches(']').split_once('[').unwrap();
    match operator {
        "eq" => ["seq", "email", "name"].contains(&field),
        "in" => false,
        _ => field != sort.trim_start_matches('-'),
    }
}

/// Fails unless an index serves every filter with every order, alone.
fn check_plans<T: Listed>(ports: &Ports) {
    let resource: &'static Resource = T::resource();
    let sorts = resource.fields.iter().filter(|field| field.sortable).map(|field| field.name);
    let sorts: Vec<_> = sorts.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect();
    let mut filters = vec![None];
    for field in resource.fields {
        for operator in field.operators {
            let value = match field.name {
                "locked" => "true",
                "seq" => "7",
                "at" | "created_at" => "2026-01-31T12:00:00Z",
                "action" if operator.word() == "in" => "user.locked,user.unlocked",
                "action" => "user.locked",
                _ => "x",
            };
            filters.push(Some((format!("{}[{}]", field.name, operator.word()), value.to_owned())));
        }
    }
    for filter in filters {
        for sort in &sorts {
            let mut pairs = vec![("sort".to_owned(), sort.clone())];
            pairs.extend(filter.clone());
            let query = ListQuery::parse(resource, &pairs).unwrap();
            let plan = query.plan().unwrap();
            if !matches!(plan.class(), Class::Served { .. }) {
                assert!(may_sort(filter.as_ref(), sort), "{filter:?} by {sort}: {:?}", plan.class());
                continue;
            }
            for mut statement in [plan.page(), plan.count().unwrap()] {
                statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql).into();
                let rows = block_on(ports.database.query(statement)).unwrap();
                let plan: Vec<String> = rows.iter().map(|row| row.get("detail").unwrap()).collect();
                let harmless = ["INDEX", "(subquery", "CONSTANT ROW", "VIRTUAL TABLE"];
                let unindexed = |step: &String| {
                    step.starts_with("SCAN") && !harmless.iter().any(|word| step.contains(word))
                };
                assert!(!plan.iter().any(unindexed), "{filter:?} by {sort}: {plan:?}");
                let sorts_itself = plan.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY"));
                assert!(!sorts_itself, "{filter:?} by {sort}: {plan:?}");
            }
        }
    }
}

#[test]
fn lists_that_only_some_may_read_are_served_by_indexes() {
    let ports = house();
    check_plans::<ManagedUser>(&ports);
    check_plans::<Role>(&ports);
    check_plans::<Recorded>(&ports);
}

#[test]
fn a_list_of_keys_passes_over_those_that_were_revoked_without_reading_them() {
    let ports = house();
    for sort in ["created_at", "-created_at"] {
        let query = ListQuery::parse(&api_keys::RESOURCE, &[("sort".to_owned(), sort.to_owned())]).unwrap();
        let query = query.within(api_keys::of_user(&user(ALICE)));
        let mut statement = query.plan().unwrap().page();
        statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql).into();
        let rows = block_on(ports.database.query(statement)).unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get("detail").unwrap()).collect();
        assert!(
            plan.iter().any(|step| step == "SEARCH api_keys USING INDEX api_keys_live (user_id=?)"),
            "{plan:?}"
        );
    }
}
