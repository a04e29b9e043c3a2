//! The user whom a request comes from, with what their roles allow: what the queries for sessions and for API keys have
//! in common.

use crate::auth::{Capabilities, Credential, CurrentUser};
use crate::ports::{DatabaseError, Row};

/// The columns, of the user `u`.
pub(super) const COLUMNS: &str = "\
    u.id, u.email, u.email_verified_at IS NOT NULL AS email_verified, u.name, u.version, u.created_at, \
    (SELECT json_group_array(c.capability) FROM user_roles r JOIN role_capabilities c ON c.role_id = r.role_id \
     WHERE r.user_id = u.id) AS capabilities, \
    EXISTS (SELECT 1 FROM user_roles ur JOIN roles r ON r.id = ur.role_id \
     WHERE ur.user_id = u.id AND r.grants_all = 1) AS grants_all";

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: Row<'_>, credential: Credential) -> Result<CurrentUser, DatabaseError> {
    let capabilities = if row.get("grants_all")? {
        Capabilities::EVERY
    } else {
        names(&row.get::<String>("capabilities")?)?
    };
    Ok(CurrentUser {
        id: row.get("id")?,
        credential,
        email: row.get("email")?,
        email_verified: row.get("email_verified")?,
        name: row.get("name")?,
        capabilities,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
    })
}

/// Reads a JSON array of the names of capabilities.
pub(super) fn names(json: &str) -> Result<Capabilities, DatabaseError> {
    let names: Vec<String> =
        serde_json::from_str(json).map_err(|error| DatabaseError::Other(error.into()))?;
    Ok(Capabilities::from_names(names.iter().map(String::as_str)))
}
