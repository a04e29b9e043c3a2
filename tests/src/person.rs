//! People with roles, made through the API as an administrator would.

use serde_json::{Value, json};

use crate::{Account, Client, TestApp, next_number};

/// The role that may do everything.
pub const ADMINISTRATOR: &str = "00000000-0000-7000-8000-000000000001";

/// Somebody to be made.
#[derive(Debug)]
pub struct Person<'a> {
    app: &'a TestApp,
    capabilities: Vec<String>,
    roles: Vec<String>,
}

impl<'a> Person<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self { app, capabilities: Vec::new(), roles: Vec::new() }
    }

    /// May do this, by a role of their own.
    pub fn with<N: Into<String>>(mut self, capabilities: impl IntoIterator<Item = N>) -> Self {
        self.capabilities.extend(capabilities.into_iter().map(Into::into));
        self
    }

    /// Has a role that is there.
    pub fn with_role(mut self, id: &str) -> Self {
        self.roles.push(id.to_owned());
        self
    }

    /// May do everything.
    pub fn administrator(self) -> Self {
        self.with_role(ADMINISTRATOR)
    }

    /// Makes the account.
    pub async fn make(mut self) -> Account {
        let account = self.app.account().await;
        let admin = self.app.admin().await;
        if !self.capabilities.is_empty() {
            self.roles.push(make_role(&admin, &json!(self.capabilities)).await);
        }
        if !self.roles.is_empty() {
            let path = format!("{}/roles", account.path());
            admin.send_json("PUT", &path, &json!({ "roles": self.roles })).await.expect_status(200);
        }
        account
    }

    /// Makes the account and signs in.
    pub async fn login(self) -> Client {
        self.make_and_login().await.1
    }

    /// Makes the account and signs in; answers both.
    pub async fn make_and_login(self) -> (Account, Client) {
        let app = self.app;
        let account = self.make().await;
        let client = app.sign_in(&account.email, &account.password).await;
        (account, client)
    }
}

/// Makes a role that allows this; answers its id.
pub(crate) async fn make_role(admin: &Client, capabilities: &Value) -> String {
    let name = format!("Role {}", next_number());
    let role = json!({ "name": name, "capabilities": capabilities });
    let role = admin.post("/api/v1/roles", &role).await.expect_status(201).data();
    role["id"].as_str().expect("an id").to_owned()
}
