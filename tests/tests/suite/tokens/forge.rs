//! Makes access tokens as the application does, and with one flaw each.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

/// The keys of the server whose tokens are forged: the first signs, both verify.
pub(super) const KEYS: [(&str, [u8; 32]); 2] = [("k1", [0x11; 32]), ("k2", [0x22; 32])];

/// What the server's `JWT_KEYS` is set to.
pub(super) fn setting() -> String {
    KEYS.map(|(id, key)| format!("{id}:{}", encode(key))).join(",")
}

/// Base64url without padding.
pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The JSON in a part of a token.
pub(super) fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A token in the making, genuine until something is changed.
#[derive(Debug, Clone)]
pub(super) struct Forge {
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) key: Vec<u8>,
}

impl Forge {
    /// What a genuine token says, under the server's first key.
    pub(super) fn like(token: &str) -> Self {
        let mut parts = token.split('.');
        let (header, claims) = (decode(parts.next().unwrap()), decode(parts.next().unwrap()));
        Self { header, claims, key: KEYS[0].1.to_vec() }
    }

    pub(super) fn token(&self) -> String {
        self.of_texts(&self.header.to_string(), &self.claims.to_string())
    }

    /// Of any texts, rightly signed.
    pub(super) fn of_texts(&self, header: &str, claims: &str) -> String {
        self.of_parts(&encode(header), &encode(claims))
    }

    /// Of any parts, rightly signed.
    pub(super) fn of_parts(&self, header: &str, claims: &str) -> String {
        let message = format!("{header}.{claims}");
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", encode(mac.finalize().into_bytes()))
    }

    pub(super) fn hs384(&self) -> String {
        let message = format!("{}.{}", encode(self.header.to_string()), encode(self.claims.to_string()));
        let mut mac = Hmac::<Sha384>::new_from_slice(&self.key).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", encode(mac.finalize().into_bytes()))
    }

    pub(super) fn hs512(&self) -> String {
        let message = format!("{}.{}", encode(self.header.to_string()), encode(self.claims.to_string()));
        let mut mac = Hmac::<Sha512>::new_from_slice(&self.key).unwrap();
        mac.update(message.as_bytes());
        format!("{message}.{}", encode(mac.finalize().into_bytes()))
    }

    /// With a member of the header set, or taken out by null.
    pub(super) fn header(&self, name: &str, value: Value) -> Self {
        let mut forge = self.clone();
        set(&mut forge.header, name, value);
        forge
    }

    /// With a claim set, or taken out by null.
    pub(super) fn claim(&self, name: &str, value: Value) -> Self {
        let mut forge = self.clone();
        set(&mut forge.claims, name, value);
        forge
    }

    /// A time that the token says, moved by seconds.
    pub(super) fn moved(&self, names: &[&str], seconds: i64) -> Self {
        names.iter().fold(self.clone(), |forge, name| {
            let moved = forge.claims[*name].as_i64().unwrap() + seconds;
            forge.claim(name, json!(moved))
        })
    }

    pub(super) fn key(&self, key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), ..self.clone() }
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    let members = object.as_object_mut().unwrap();
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}
