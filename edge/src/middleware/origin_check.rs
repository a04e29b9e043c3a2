//! Cross-site request forgery: what a browser sends on behalf of another site is refused.
//!
//! A browser sends our cookies with requests that other sites cause, and the user knows nothing of it. `SameSite=Lax`
//! already keeps the cookies from most of these. It does not concern pages of sibling hosts, and not a login, which
//! needs no cookie. So each unsafe request must also come from where it may, by what the browser says of it (OWASP's
//! cheat sheet on the subject calls this Fetch Metadata with a fallback to the source origin). In this order:
//!
//! 1. **`Authorization: Bearer`** needs no check: a token or an API key in that header is never sent by the browser
//!    itself. A page of another origin can set the header only after a preflight (Fetch standard, section 3.3), which we
//!    answer to allowed origins alone; in `no-cors` mode it is dropped, and so it is on a redirect to another origin.
//!    Who shows a bearer token is known by that and by nothing else, so that cookies beside it do not count (see
//!    [`super::verify_token`]). `Basic` and the like, which browsers do send by themselves, are not exempt.
//! 2. **`Origin`** must be allowed. Pages cannot set it, and browsers send it with every unsafe request that crosses
//!    origins (Fetch, section 3.2), `null` where they hide it. One that is repeated or unreadable is not allowed.
//! 3. Without it, **`Sec-Fetch-Site`** must be `same-origin`. Pages cannot set this either. No page's own request to us
//!    says `none`, and `same-site` is a sibling host, which need not be trusted.
//! 4. Without both, the request does not come from a browser of the last years: programs send neither. What an old
//!    browser could still be made to send is refused all the same: with a **`Referer`** of an origin that is not allowed,
//!    or as a form with cookies, since old browsers can be made to send nothing but forms without an `Origin`. A
//!    program that keeps cookies and sends JSON passes. (Scripts always send `Origin` across origins, and have since there
//!    has been CORS.)
//!
//! Beside this, bodies are read as JSON only, by their media type, which no form can send; no method can be overridden; and a
//! GET changes nothing that anybody would know of: one of the audit log seals what is in it, as the consumer does anyway,
//! and a key's last use is noted.
//!
//! `Host` and `X-Forwarded-Host` prove nothing: whoever lets a name of theirs point to us chooses it. So our own host
//! counts by `PUBLIC_URL`. Under another name of ours, the browser's word must be added that the request is of the same
//! origin; over plain HTTP in development, where browsers do not say that, an IP address does, which no name can be
//! made to point from.

use std::net::IpAddr;

use http::{HeaderMap, Method, header};
use shared::config::{Config, Environment};

use crate::http::Result;
use crate::http::failure::{Code, Failure};
use crate::middleware::verify_token::bearer;

/// What forms can send (Fetch standard: the CORS-safelisted media types).
const OF_FORMS: [&str; 3] = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/// Refuses an unsafe request that another site may have made a browser send.
///
/// # Errors
/// 403 for one that does not come from where it may.
pub fn check(config: &Config, method: &Method, headers: &HeaderMap) -> Result<()> {
    if method.is_safe() || bearer(headers).is_some() {
        return Ok(());
    }
    let allowed = match (told(headers, "origin"), told(headers, "sec-fetch-site")) {
        (Some(origin), _) => is_allowed(config, headers, origin),
        (None, Some(site)) => site == "same-origin",
        (None, None) => match told(headers, "referer") {
            Some(referer) => is_listed(config, origin_of(referer)),
            None => !is_form(headers) || !headers.contains_key(header::COOKIE),
        },
    };
    let message = "Requests from this origin are not allowed.";
    allowed.then_some(()).ok_or_else(|| Failure::new(Code::OriginNotAllowed, message))
}

/// The value of a header; `None` when it is missing. Workers leaves out an empty one, so it is none everywhere; browsers
/// send no such header empty. One that is repeated or no text has a value that is never right.
fn told<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().filter(|value| !value.is_empty());
    if values.next().is_some() {
        return Some("?");
    }
    first.map(|value| value.to_str().unwrap_or("?"))
}

/// Whether the body is of a type that a form can send.
fn is_form(headers: &HeaderMap) -> bool {
    let essence = told(headers, "content-type").and_then(|text| text.split(';').next()).unwrap_or_default();
    OF_FORMS.iter().any(|known| essence.trim().eq_ignore_ascii_case(known))
}

/// Whether an origin may write: one that is listed, or that of the host that was asked, where something vouches for it.
fn is_allowed(config: &Config, headers: &HeaderMap, origin: &str) -> bool {
    let same_host = || {
        let (scheme, host) = origin.split_once("://")?;
        let is_ours = host.eq_ignore_ascii_case(told(headers, "host")?);
        let vouched = match config.environment {
            Environment::Development => is_address(host),
            Environment::Production => {
                scheme.eq_ignore_ascii_case("https") && told(headers, "sec-fetch-site") == Some("same-origin")
            }
        };
        Some(is_ours && vouched)
    };
    is_listed(config, origin) || same_host() == Some(true)
}

/// Whether a host, perhaps with a port, is an IP address.
fn is_address(host: &str) -> bool {
    let name = without_port(host);
    name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
}

fn without_port(host: &str) -> &str {
    host.rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(name, _)| name)
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
    let name = without_port(host);
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
        let other_name = |scheme: &str, site: &str| {
            let origin = format!("{scheme}://edge.example.com");
            refused(&[("origin", &origin), ("host", "edge.example.com"), ("sec-fetch-site", site)])
        };
        assert!(!other_name("https", "same-origin"));
        assert!(other_name("http", "same-origin") && other_name("https", "same-site"));
        assert!(other_name("https", "cross-site") && other_name("https", ""));
        assert!(!refused(&[("origin", "https://evil.example"), ("authorization", "Bearer x")]));
        assert!(!refused(&[("sec-fetch-site", "same-origin")]));
        assert!(refused(&[("origin", "https://evil.example")]));
        assert!(refused(&[("origin", "https://evil.example"), ("authorization", "Basic x")]));
        assert!(refused(&[("origin", "null")]));
        assert!(refused(&[("origin", "http://localhost:3000")]));
        assert!(refused(&[("origin", "https://api.example.com.evil.example")]));
        for site in ["cross-site", "same-site", "none", "Same-Origin", "same-origin, cross-site", "x"] {
            assert!(refused(&[("sec-fetch-site", site)]), "{site}");
        }
    }

    #[test]
    fn without_a_word_of_the_browser_a_foreign_referer_or_a_form_with_cookies_is_refused() {
        let cookie = ("cookie", "__Host-ashlar_access=x");
        assert!(!refused(&[("referer", "https://app.example.com/page?x=y")]));
        assert!(!refused(&[("referer", "https://api.example.com")]));
        for referer in
            ["https://evil.example/", "https://app.example.com.evil.example/", "app.example.com", "x"]
        {
            assert!(refused(&[("referer", referer)]), "{referer}");
        }
        for form in ["text/plain", "Multipart/Form-Data; boundary=x", "application/x-www-form-urlencoded"] {
            assert!(refused(&[cookie, ("content-type", form)]), "{form}");
            assert!(!refused(&[("content-type", form)]), "nothing that a browser adds: {form}");
        }
        assert!(!refused(&[cookie, ("content-type", "application/json")]));
        assert!(!refused(&[cookie]));
    }

    #[test]
    fn what_is_given_twice_or_unreadable_is_refused() {
        for name in ["origin", "sec-fetch-site", "referer"] {
            let right = if name == "sec-fetch-site" { "same-origin" } else { "https://app.example.com" };
            assert!(!refused(&[(name, right)]), "{name}");
            let mut headers = HeaderMap::new();
            headers.append(HeaderName::from_static(name), right.parse().unwrap());
            headers.append(HeaderName::from_static(name), right.parse().unwrap());
            assert!(check(&production(), &Method::POST, &headers).is_err(), "{name} twice");
            let unreadable = http::HeaderValue::from_bytes(b"https://app.example.com\xff").unwrap();
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), unreadable)]);
            assert!(check(&production(), &Method::POST, &headers).is_err(), "{name} unreadable");
        }
    }

    #[test]
    fn in_development_addresses_are_hosts_of_ours_and_names_are_not() {
        let development = |name: &str| (name == "ENVIRONMENT").then(|| "development".to_owned());
        let config = Config::from_settings(development).unwrap();
        let passes = |host: &str| {
            let pairs = [("origin", format!("http://{host}")), ("host", host.to_owned())];
            let headers =
                pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            check(&config, &Method::POST, &headers.collect()).is_ok()
        };
        assert!(passes("192.168.1.5:8787") && passes("[2001:db8::1]:8787") && passes("localhost:8787"));
        assert!(!passes("evil.example:8787") && !passes("evil.example") && !passes("localhost.evil.example"));
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
