//! Files that are deployed beside the application.

use async_trait::async_trait;
use bytes::Bytes;

/// Why a file could not be read although it may be there.
#[derive(Debug)]
pub struct AssetsError(pub anyhow::Error);

impl std::fmt::Display for AssetsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for AssetsError {}

/// Reads files of the assets folder, `edge/assets` in the repository.
///
/// # MUST
/// - answer a file's bytes, all of them and unchanged;
/// - answer `None` for a file that is not there, for a folder, and for whatever [`is_asset_path`] refuses, so that no
///   path leads out of the folder and each file has one name only.
///
/// It MAY answer the state of the folder when the application started.
#[async_trait(?Send)]
pub trait Assets {
    /// The file at a path below the folder, for instance `docs/index.html`.
    async fn get(&self, path: &str) -> Result<Option<Bytes>, AssetsError>;
}

/// Whether a path is one that a file may have: names of ASCII letters, digits, `-`, `_` and `.`, joined by single
/// slashes. None begins with a dot: that would be `..` or a hidden file.
pub fn is_asset_path(path: &str) -> bool {
    path.split('/').all(|name| {
        !name.is_empty()
            && !name.starts_with('.')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::is_asset_path;

    #[test]
    fn a_path_stays_in_the_folder() {
        for good in ["a", "docs/index.html", "docs/vendor/viewer-1.2.3.js", "A_b/c..d"] {
            assert!(is_asset_path(good), "{good:?}");
        }
        for bad in [
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "./a", ".env", "a/.env", "a\\..\\b",
            "C:a", "a b", "a%2fb", "a?b", "a#b", "a\0", "ä",
        ] {
            assert!(!is_asset_path(bad), "{bad:?}");
        }
    }
}
