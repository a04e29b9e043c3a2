//! Bookmarks of the database's state as clients keep them: signed, so that nobody makes us wait for a state of their own
//! invention.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::auth::KeySet;

const MAC_PURPOSE: &str = "database-bookmark";

/// The text that a client keeps and presents: `BOOKMARK.MAC`.
pub fn seal(keys: &KeySet, bookmark: &str) -> String {
    format!("{bookmark}.{}", URL_SAFE_NO_PAD.encode(keys.mac(MAC_PURPOSE, bookmark.as_bytes())))
}

/// The bookmark in a text; `None` when it is not one of ours.
pub fn open(keys: &KeySet, text: &str) -> Option<String> {
    let (bookmark, mac) = text.rsplit_once('.')?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    keys.verify_mac(MAC_PURPOSE, bookmark.as_bytes(), &mac).then(|| bookmark.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SigningKey;

    #[test]
    fn only_what_was_sealed_opens() {
        let key = |id: &str, byte| SigningKey { id: id.to_owned(), bytes: vec![byte; 32] };
        let keys = KeySet::new(&[key("a", 1)]).unwrap();
        let sealed = seal(&keys, "00000085-0000024c-00004c6d-8e61");
        assert_eq!(open(&keys, &sealed).as_deref(), Some("00000085-0000024c-00004c6d-8e61"));
        assert_eq!(open(&KeySet::new(&[key("b", 2), key("a", 1)]).unwrap(), &sealed), open(&keys, &sealed));
        assert_eq!(open(&KeySet::new(&[key("a", 2)]).unwrap(), &sealed), None);
        for wrong in ["", ".", "first-primary", "first-primary.", &sealed.replacen('8', "9", 1), &sealed[1..]]
        {
            assert_eq!(open(&keys, wrong), None, "{wrong}");
        }
    }
}
