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

/// Whether an origin is ours (the public URL or the host that was asked, in production over HTTPS), is listed, or belongs
/// to a developer's own machine in development.
pub fn is_allowed(config: &Config, headers: &HeaderMap, origin: &str) -> bool {
    let same_host = || {
        let (scheme, host) = origin.split_once("://")?;
        let secure = config.environment == Environment::Development || scheme.eq_ignore_ascii_case("https");
        Some(secure && host.eq_ignore_ascii_case(header(headers, "host")?))
    };
    is_listed(config, origin) || same_host() == Some(true)
}

/// Whether an origin may read our answers from a browser.
pub fn is_listed(config: &Config, origin: &str) -> bool {
    let ours = || origin.eq_ignore_ascii_case(origin_of(&config.public_url));
    let named = || config.allowed_origins.iter().any(|allowed| origin.eq_ignore_ascii_case(allowed));
    let local =
        || config.environment == Environment::Development && is_loopback(&origin.to_ascii_lowercase());
    ours() || named() || local()
}

/// Scheme and host of a URL.
fn origin_of(url: &str) -> &str {
    url.match_indices('/').nth(2).and_then(|(end, _)| url.get(..end)).unwrap_or(url)
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

    fn production() -> Config {
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
        Config::from_settings(setting).unwrap()
    }

    fn refused(pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        check(&production(), &Method::POST, &headers).is_err()
    }

    #[test]
    fn only_foreign_origins_are_refused() {
        assert!(!refused(&[]));
        assert!(!refused(&[("origin", "")]));
        assert!(refused(&[("origin", ""), ("sec-fetch-site", "cross-site")]));
        assert!(!refused(&[("origin", "https://api.example.com")]));
        assert!(!refused(&[("origin", "https://APP.example.com")]));
        assert!(!refused(&[("origin", "https://edge.example.com"), ("host", "edge.example.com")]));
        assert!(refused(&[("origin", "http://edge.example.com"), ("host", "edge.example.com")]));
        assert!(!refused(&[("origin", "https://evil.example"), ("authorization", "Bearer x")]));
        assert!(!refused(&[("sec-fetch-site", "same-origin")]));
        assert!(refused(&[("origin", "https://evil.example")]));
        assert!(refused(&[("origin", "https://evil.example"), ("authorization", "Basic x")]));
        assert!(refused(&[("origin", "null")]));
        assert!(refused(&[("origin", "http://localhost:3000")]));
        assert!(refused(&[("origin", "https://api.example.com.evil.example")]));
        assert!(refused(&[("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn an_origin_is_listed_by_scheme_host_and_port_alike() {
        let config = production();
        for listed in ["https://api.example.com", "https://app.example.com", "HTTPS://App.Example.com"] {
            assert!(is_listed(&config, listed), "{listed}");
        }
        for other in [
            "",
            "*",
            "null",
            "https://",
            "app.example.com",
            "http://app.example.com",
            "wss://app.example.com",
            "https://app.example.com/",
            "https://app.example.com.",
            "https://app.example.com:443",
            "https://app.example.com:8443",
            "https://app.example.com@evil.example",
            "https://app.example.com.evil.example",
            "https://evil.app.example.com",
            "https://evil-app.example.com",
            "https://appxexample.com",
            "https://example.com",
            "https://app.example.com, https://evil.example",
            "https://app.example.com https://evil.example",
            "https://app.example.com,https://app.example.com",
            "http://localhost",
            "http://127.0.0.1:3000",
        ] {
            assert!(!is_listed(&config, other), "{other}");
        }
    }

    #[test]
    fn the_origin_of_a_url_ends_before_its_path() {
        assert_eq!(origin_of("https://api.example.com/shop/v1"), "https://api.example.com");
        assert_eq!(origin_of("http://127.0.0.1:8787"), "http://127.0.0.1:8787");
    }
}
