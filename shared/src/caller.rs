//! Where a request comes from, for limits and the audit log.

use std::net::IpAddr;

/// The longest user agent that is kept.
const MAX_USER_AGENT_CHARS: usize = 256;

/// Who sends a request, as far as the network tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The request's id, by which its log lines are found.
    pub request_id: String,
    /// The network address as the runtime saw it; `unknown` when it says none.
    pub address: String,
    /// What identifies the client for limits: its IPv4 address, or its IPv6 network of /56, which is what one customer of
    /// a provider commonly holds.
    pub network: String,
    /// What the client calls itself, cut to 256 characters; empty when it does not.
    pub user_agent: String,
}

impl Caller {
    /// Puts together what is known.
    pub fn new(request_id: &str, address: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let unknown = || "unknown".to_owned();
        let address = address.map(|address| address.to_canonical());
        Self {
            request_id: request_id.to_owned(),
            address: address.map_or_else(unknown, |address| address.to_string()),
            network: address.map_or_else(unknown, network),
            user_agent: user_agent.unwrap_or_default().chars().take(MAX_USER_AGENT_CHARS).collect(),
        }
    }
}

fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{:x}::/56", d & 0xff00)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network_of(address: &str) -> String {
        Caller::new("id", Some(address.parse().unwrap()), None).network
    }

    #[test]
    fn ipv6_clients_are_known_by_their_56_bit_network() {
        assert_eq!(network_of("2001:db8:1:2ff:aaaa::1"), network_of("2001:db8:1:200::9"));
        assert_ne!(network_of("2001:db8:1:2ff::1"), network_of("2001:db8:1:300::1"));
        assert_eq!(network_of("::ffff:192.0.2.7"), "192.0.2.7");
    }

    #[test]
    fn long_user_agents_are_cut_between_characters() {
        let caller = Caller::new("id", None, Some(&"\u{e9}".repeat(300)));
        assert_eq!((caller.user_agent.chars().count(), caller.address.as_str()), (256, "unknown"));
    }
}
