//! Who calls, and how schemathesis signs in as them.

use anyhow::{Context as _, Result, ensure};
use harness::{Server, http, workspace};
use serde_json::{Value, json};

/// The password of the member.
const PASSWORD: &str = "a long enough password";

/// Somebody who calls the API.
#[derive(Debug)]
pub(crate) struct Caller {
    name: &'static str,
    /// Address and password; nobody signs in without.
    login: Option<(String, String)>,
    /// What opens `/internal/…`.
    secret: Option<String>,
}

impl Caller {
    /// Everybody: the administrator, who also knows the internal secret, a new member without capabilities, and a
    /// visitor.
    ///
    /// # Errors
    /// When the member cannot sign up.
    pub(crate) fn all(server: &Server) -> Result<[Self; 3]> {
        let admin = server.admin();
        let member = "member@example.test".to_owned();
        sign_up(server, &member)?;
        Ok([
            Self {
                name: "administrator",
                login: Some((admin.email.clone(), admin.password.clone())),
                secret: Some(server.internal_secret().to_owned()),
            },
            Self { name: "member", login: Some((member, PASSWORD.to_owned())), secret: None },
            Self { name: "visitor", login: None, secret: None },
        ])
    }

    /// For messages and file names.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// schemathesis's configuration: the common one, and the login. An access token lives for fifteen minutes and
    /// ends with its session, which `POST /api/v1/auth/logout` closes in the middle of a run; schemathesis signs in
    /// again after five minutes and whenever an answer is 401.
    ///
    /// # Errors
    /// When the common configuration cannot be read.
    pub(crate) fn config(&self) -> Result<String> {
        let directory = workspace::root().join("xtask/fuzz-api");
        let path = directory.join("schemathesis.toml");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut config: toml::Table =
            toml::from_str(&text).with_context(|| format!("{} is not valid TOML", path.display()))?;
        let hooks = directory.join("hooks.py");
        config.insert("hooks".to_owned(), hooks.to_string_lossy().into_owned().into());
        config.insert("auth".to_owned(), toml::Value::try_from(self.auth())?);
        Ok(toml::to_string(&config)?)
    }

    fn auth(&self) -> Value {
        // A visitor signs up for nothing.
        let mut auth = json!({ "auto-signup": false });
        if let Some((email, password)) = &self.login {
            let login = json!({
                "path": "/api/v1/auth/login",
                "payload": { "email": email, "password": password },
                "extract_from": "cookie",
                "extract_selector": "__Host-ashlar_access",
            });
            auth["dynamic"] = json!({ "openapi": { "bearer": login } });
        }
        if let Some(secret) = &self.secret {
            auth["openapi"] = json!({ "internal": { "bearer": secret } });
        }
        auth
    }
}

fn sign_up(server: &Server, email: &str) -> Result<()> {
    let body = json!({ "email": email, "name": "Member", "password": PASSWORD }).to_string();
    let request = http::Request { method: "POST", path: "/api/v1/auth/signup", bearer: None, body: &body };
    let status = http::send(server.port(), request)?;
    ensure!(status == 201, "the server answered {status} to the member's sign-up");
    Ok(())
}
