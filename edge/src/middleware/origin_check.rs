//! Cross-site request forgery: what a browser sends on behalf of another site is refused.
//!
//! Browsers put `Origin` and `Sec-Fetch-Site` on unsafe requests; other clients, and requests with a bearer token,
//! carry no ambient credentials that could be abused.

use http::{HeaderMap, Method};
use shared::config::{Config, Environment};

use crate::http::Result;
use crate::http::failure::{Code, Failure};
use crate::http::request::header;
use crate::middleware::verify_token::bearer;

/// Refuses an unsafe request from an origin that is neither ours nor allowed.
///
/// # Errors
/// 403 for a foreign origin.
pub fn check(config: &Config, method: &Method, headers: &HeaderMap) -> Result<()> {
    if method.is_safe() || bearer(headers).is_some() {
        return Ok(());
    }
    // Workers leaves out an empty header, so it is none everywhere. Browsers send `null`, never nothing.
    let allowed = match headers.get("origin").filter(|origin| !origin.is_empty()) {
        Some(origin) => origin.to_str().is_ok_and(|origin| is_allowed(config, headers, origin)),
        None => {
            !header(headers, "sec-fetch-site").is_some_and(|site| matches!(site, "cross-site" | "same-site"))
        }
    };
    let message = "Requests from this origin are not allowed.";
    allowed.then_some(()).ok_or_else(|| Failure::new(Code::OriginNotAllowed, message))
}

/// Whether an origin is ours (the public URL or the host that was asked), is listed, or belongs to a developer's own
/// machine in development.
pub fn is_allowed(config: &Config, headers: &HeaderMap, origin: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    let same_host = || {
        let host = origin.split_once("://").map(|(_, host)| host);
        host.is_some() && host == header(headers, "host").map(str::to_ascii_lowercase).as_deref()
    };
    is_listed(config, &origin) || same_host()
}

/// Whether an origin may read our answers from a browser.
pub fn is_listed(config: &Config, origin: &str) -> bool {
    let public = config.public_url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/").to_ascii_lowercase();
    let local = || config.environment == Environment::Development && is_loopback(origin);
    origin == public || config.allowed_origins.iter().any(|allowed| allowed == origin) || local()
}

fn is_loopback(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")).unwrap_or_default();
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    fn refused(pairs: &[(&'static str, &str)]) -> bool {
        let setting = |name: &str| {
            let value = match name {
                "ENVIRONMENT" => "production",
                "PUBLIC_URL" => "https://api.example.com",
                "ALLOWED_ORIGINS" => "https://app.example.com",
                "JWT_KEYS" => "k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
                "MAIL_API_URL" => "https://mail.example.com",
                "MAIL_API_KEY" => "x",
                "MAIL_FROM" => "shop@example.com",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let config = Config::from_settings(setting).unwrap();
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        check(&config, &Method::POST, &headers).is_err()
    }

    #[test]
    fn only_foreign_origins_are_refused() {
        assert!(!refused(&[]));
        assert!(!refused(&[("origin", "")]));
        assert!(refused(&[("origin", ""), ("sec-fetch-site", "cross-site")]));
        assert!(!refused(&[("origin", "https://api.example.com")]));
        assert!(!refused(&[("origin", "https://APP.example.com")]));
        assert!(!refused(&[("origin", "https://edge.example.com"), ("host", "edge.example.com")]));
        assert!(!refused(&[("origin", "https://evil.example"), ("authorization", "Bearer x")]));
        assert!(!refused(&[("sec-fetch-site", "same-origin")]));
        assert!(refused(&[("origin", "https://evil.example")]));
        assert!(refused(&[("origin", "https://evil.example"), ("authorization", "Basic x")]));
        assert!(refused(&[("origin", "null")]));
        assert!(refused(&[("origin", "http://localhost:3000")]));
        assert!(refused(&[("origin", "https://api.example.com.evil.example")]));
        assert!(refused(&[("sec-fetch-site", "cross-site")]));
    }
}
