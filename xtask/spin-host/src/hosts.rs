//! `allowed_outbound_hosts`: which destinations a component may call.
//!
//! Owns the grammar (`scheme://host:port`, each with wildcards) and the check; sends nothing.

use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use http::Uri;
use ip_network::IpNetwork;
use url::{Host, Url};

use crate::variables::{Template, Variables};

const CHAINING_DOMAIN: &str = "spin.internal";
const CHAINING_SUFFIX: &str = ".spin.internal";
const LEARN_MORE: &str = "Hosts must be in the form <scheme>://<host>[:<port>], with '*' wildcards allowed for each. \
     Learn more: https://spinframework.dev/v3/http-outbound#granting-http-permissions-to-components";

/// The destinations of one component.
#[derive(Debug, Default)]
pub(crate) struct AllowedHosts(Vec<AllowedHost>);

/// One entry of the list.
#[derive(Clone, Debug, PartialEq)]
struct AllowedHost {
    /// `None` is any.
    scheme: Option<String>,
    host: HostPattern,
    port: PortPattern,
}

#[derive(Clone, Debug, PartialEq)]
enum HostPattern {
    Any,
    /// The application itself: `http://self`.
    Own,
    Subdomain(String),
    Exact(Host),
    Network(IpNetwork),
}

#[derive(Clone, Debug, PartialEq)]
enum PortPattern {
    Any,
    Range(Range<u16>),
    One(u16),
}

impl AllowedHosts {
    /// Fills templates in and parses every entry. `*.spin.internal` becomes one entry per component.
    pub(crate) fn resolve(entries: &[String], variables: &Variables, components: &[&str]) -> Result<Self> {
        let mut hosts = Vec::new();
        for entry in entries {
            let template: Template = entry.parse()?;
            let text = variables.resolve(&template)?;
            if template.is_literal() || !is_empty_destination(&text) {
                hosts.extend(AllowedHost::parse(&text)?.expand(components));
            }
        }
        Ok(Self(hosts))
    }

    /// What Spin checks before it starts: literals, and templates that the manifest's defaults fill.
    pub(crate) fn check(entries: &[String], variables: &Variables) -> Result<()> {
        for entry in entries {
            let template: Template = entry.parse()?;
            let Some(text) = variables.resolve_defaults(&template) else { continue };
            if template.is_literal() || !is_empty_destination(&text) {
                AllowedHost::parse(&text)?;
            }
        }
        Ok(())
    }

    /// Whether the absolute `uri` may be called.
    pub(crate) fn allows(&self, uri: &Uri) -> bool {
        let Some(url) = parse_url(uri) else { return false };
        self.0.iter().any(|host| host.allows(&url))
    }

    /// Whether the component may call its own application.
    pub(crate) fn allows_self(&self) -> bool {
        let own = |host: &HostPattern| matches!(host, HostPattern::Any | HostPattern::Own);
        self.0.iter().any(|allowed| {
            own(&allowed.host) && ["http", "https"].into_iter().any(|scheme| allowed.allows_scheme(scheme))
        })
    }
}

/// The id in `ID.spin.internal`.
pub(crate) fn chaining_target(uri: &Uri) -> Option<&str> {
    chaining_host(uri.authority()?.host())
}

/// The id in a `Host` value of the form `ID.spin.internal[:PORT]`.
pub(crate) fn chaining_host(host: &str) -> Option<&str> {
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let (id, domain) = host.split_once('.')?;
    (domain == CHAINING_DOMAIN).then_some(id)
}

/// An optional endpoint whose variable is empty allows nothing and is no error.
fn is_empty_destination(text: &str) -> bool {
    matches!(text, "" | "http://" | "https://")
}

/// A URL without a scheme is taken as https.
pub(crate) fn parse_url(uri: &Uri) -> Option<Url> {
    let text = uri.to_string();
    match Url::parse(&text) {
        Ok(url) if url.has_host() => Some(url),
        _ => Url::parse(&format!("https://{text}")).ok().filter(Url::has_host),
    }
}

impl AllowedHost {
    fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            bail!("{text:?} is not an allowed outbound host format. {LEARN_MORE}");
        };
        let (host, port) = split_port(rest).with_context(|| format!("invalid allowed host {text:?}"))?;
        let port = PortPattern::parse(port, scheme)
            .with_context(|| format!("Invalid allowed host port {port:?}"))?;
        let host = HostPattern::parse(host).with_context(|| format!("Invalid allowed host {host:?}"))?;
        let alphabetic = scheme.chars().all(char::is_alphabetic);
        ensure!(scheme == "*" || alphabetic, "Invalid allowed host scheme {scheme:?}");
        Ok(Self { scheme: (scheme != "*").then(|| scheme.to_owned()), host, port })
    }

    fn expand(self, components: &[&str]) -> Vec<Self> {
        if self.host != HostPattern::Subdomain(CHAINING_SUFFIX.to_owned()) {
            return vec![self];
        }
        let exact = |id: &&str| HostPattern::Exact(Host::Domain(format!("{id}{CHAINING_SUFFIX}")));
        components.iter().map(|id| Self { host: exact(id), ..self.clone() }).collect()
    }

    fn allows_scheme(&self, scheme: &str) -> bool {
        self.scheme.as_deref().is_none_or(|allowed| allowed == scheme)
    }

    fn allows(&self, url: &Url) -> bool {
        let port = url.port().or_else(|| default_port(url.scheme()));
        self.allows_scheme(url.scheme())
            && url.host_str().is_some_and(|host| self.host.allows(host))
            && self.port.allows(port)
    }
}

/// Splits `host[:port][/]`; an IPv6 literal keeps its colons.
fn split_port(rest: &str) -> Result<(&str, &str)> {
    match rest.rsplit_once(':') {
        None => Ok((rest, "")),
        Some((host, "")) => Ok((host, "")),
        Some(_) if HostPattern::parse(rest).is_ok() => Ok((rest, "")),
        Some((host, tail)) => match tail.split_once('/') {
            Some((_, path)) if !path.is_empty() => bail!("has a path but is not allowed to"),
            Some((port, _)) => Ok((host, port)),
            None => Ok((host, tail)),
        },
    }
}

impl HostPattern {
    fn parse(host: &str) -> Result<Self> {
        let host = host.trim();
        match host {
            "*" => return Ok(Self::Any),
            "self" | "self.alt" => return Ok(Self::Own),
            _ if host.starts_with('{') => bail!("host lists are not yet supported"),
            _ => {}
        }
        if let Ok(network) = IpNetwork::from_str_truncate(host) {
            return Ok(Self::Network(network));
        }
        let host = host.strip_suffix('/').unwrap_or(host);
        ensure!(!host.contains('/'), "must not include a path");
        let Some(domain) = host.strip_prefix("*.") else {
            ensure!(!host.contains('*'), "wildcards are allowed only as subdomains");
            return Ok(Self::Exact(Host::parse(host)?));
        };
        ensure!(!domain.contains('*'), "wildcards are allowed only as prefixes");
        match Host::parse(domain).with_context(|| format!("invalid wildcard host {host:?}"))? {
            Host::Domain(domain) => Ok(Self::Subdomain(format!(".{domain}"))),
            _ => bail!("wildcard suffix must be a domain"),
        }
    }

    fn allows(&self, host: &str) -> bool {
        let Ok(host) = Host::parse(host) else { return false };
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Subdomain(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (Self::Exact(exact), host) => *exact == host,
            (Self::Network(network), Host::Ipv4(address)) => network.contains(address),
            (Self::Network(network), Host::Ipv6(address)) => network.contains(address),
            (Self::Own | Self::Subdomain(_) | Self::Network(_), _) => false,
        }
    }
}

impl PortPattern {
    fn parse(port: &str, scheme: &str) -> Result<Self> {
        if port == "*" {
            return Ok(Self::Any);
        }
        if port.is_empty() {
            let port = default_port(scheme);
            return port.map(Self::One).with_context(|| {
                format!(
                    "no port was provided and the scheme {scheme:?} does not have a known default port number"
                )
            });
        }
        let number = |text: &str| text.parse().with_context(|| format!("port {port:?} is not a number"));
        Ok(match port.split_once("..") {
            Some((start, end)) => Self::Range(number(start)?..number(end)?),
            None => Self::One(number(port)?),
        })
    }

    fn allows(&self, port: Option<u16>) -> bool {
        match self {
            Self::Any => true,
            Self::Range(range) => port.is_some_and(|port| range.contains(&port)),
            Self::One(one) => port == Some(*one),
        }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" => 80,
        "https" => 443,
        "postgres" => 5432,
        "mysql" => 3306,
        "redis" => 6379,
        "mqtt" => 1883,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn hosts(entries: &[&str]) -> AllowedHosts {
        let variables = Variables::new(BTreeMap::new(), &["mail=http://127.0.0.1:8025".parse().unwrap()]);
        let entries: Vec<String> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        AllowedHosts::resolve(&entries, &variables.unwrap(), &["edge", "queue-consumer"]).unwrap()
    }

    fn allows(entry: &str, uri: &str) -> bool {
        hosts(&[entry]).allows(&uri.parse().unwrap())
    }

    #[test]
    fn scheme_host_and_port_must_all_match() {
        assert!(allows("http://127.0.0.1:8025", "http://127.0.0.1:8025/send"));
        assert!(!allows("http://127.0.0.1:8025", "http://127.0.0.1:8026/send"));
        assert!(!allows("https://a.test", "http://a.test/"));
        assert!(allows("https://a.test", "https://a.test:443/"));
        assert!(allows("*://*:*", "http://anything.test:99/"));
        assert!(allows("https://*.a.test", "https://b.a.test/"));
        assert!(!allows("https://*.a.test", "https://a.test/"));
        assert!(allows("http://10.0.0.0/8:*", "http://10.1.2.3:80/"));
        assert!(allows("http://[::1]:3000", "http://[::1]:3000/"));
        assert!(allows("http://a.test:1..9", "http://a.test:8/"));
    }

    #[test]
    fn a_template_is_filled_in() {
        assert!(allows("{{ mail }}", "http://127.0.0.1:8025/"));
    }

    #[test]
    fn self_is_only_the_application() {
        assert!(hosts(&["http://self"]).allows_self());
        assert!(hosts(&["http://*:*"]).allows_self());
        assert!(!hosts(&["http://a.test"]).allows_self());
        assert!(!allows("http://self", "http://127.0.0.1:3000/"));
    }

    #[test]
    fn the_chaining_wildcard_covers_the_components_of_the_application() {
        assert!(allows("http://*.spin.internal", "http://edge.spin.internal/x"));
        assert!(!allows("http://*.spin.internal", "http://other.spin.internal/x"));
        assert_eq!(chaining_target(&"http://edge.spin.internal/x".parse().unwrap()), Some("edge"));
        assert_eq!(chaining_host("edge.spin.internal:80"), Some("edge"));
        assert_eq!(chaining_host("edge.example"), None);
    }

    #[test]
    fn malformed_entries_are_refused() {
        for entry in
            ["*", "a.test", "http://a.test/path", "http://a.test:x", "foo://a.test", "http://a*.test"]
        {
            assert!(AllowedHost::parse(entry).is_err(), "{entry}");
        }
    }
}
