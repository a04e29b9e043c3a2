//! People with capabilities, as no sign-up makes them.

use app::{Account, Client, TestApp};

/// Has a role of their own give somebody these capabilities.
pub(crate) fn grant(app: &TestApp, account: &Account, capabilities: &[&str]) {
    let id = id(account);
    let sql = |sql: &str, params: &[&str]| app.server().sql(sql, params).unwrap();
    sql("INSERT INTO roles (id, name, created_at, updated_at) VALUES (?1, ?1, 0, 0)", &[id]);
    for capability in capabilities {
        sql("INSERT INTO role_capabilities (role_id, capability) VALUES (?1, ?2)", &[id, capability]);
    }
    sql("INSERT INTO user_roles (user_id, role_id) VALUES (?1, ?1)", &[id]);
}

/// Somebody who is signed in and holds these capabilities.
pub(crate) async fn holder(app: &TestApp, capabilities: &[&str]) -> Client {
    let account = app.account().await;
    grant(app, &account, capabilities);
    app.sign_in(&account.email, &account.password).await
}

/// The id of somebody's account.
pub(crate) fn id(account: &Account) -> &str {
    account.answer["data"]["id"].as_str().unwrap()
}
