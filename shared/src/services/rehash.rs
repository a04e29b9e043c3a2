//! Hashes passwords anew when what a hash costs was set to something else: with a login, the only time that we know them.

use log::Level;

use crate::auth::password;
use crate::config::Config;
use crate::error::Result;
use crate::logging::Line;
use crate::models::user::User;
use crate::ports::Ports;
use crate::repositories;

/// Hashes the password of somebody who has just signed in with it once more, unless its hash is as it should be: off the
/// request's path, since the login is good in any case. Of two at once one wins, and neither over a change of the password.
pub(super) fn if_outdated(ports: &Ports, config: &Config, user: &User, right_password: String) {
    let cost = config.password_cost;
    if !password::is_outdated(&user.password_hash, cost) {
        return;
    }
    let (ports, user) = (ports.clone(), user.clone());
    ports.background.clone().spawn(Box::pin(async move {
        let rehashed: Result<()> = async {
            let hash = password::hash(&right_password, cost, &*ports.entropy)?;
            ports.database.query(repositories::users::rehash(&user.id, &user.password_hash, &hash)).await?;
            Ok(())
        }
        .await;
        if let Err(error) = rehashed {
            // The next login tries again.
            Line::new(Level::Warn, "a password was not hashed anew")
                .at(ports.clock.now())
                .error(&error)
                .write();
        }
    }));
}
