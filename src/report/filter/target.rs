//! `--target`: an address, or a network of them, and perhaps a port.

use std::str::FromStr;

use anyhow::{Error, bail};

use super::{Cidr, Values, address};
use crate::base::message::Message;
use crate::base::shown::Shown;

/// Targets of these addresses, and of this port if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetRange {
    pub network: Cidr,
    pub port: Option<u16>,
}

impl TargetRange {
    pub(super) fn condition(self, values: &mut Values) -> String {
        let within = address::within(&self.network, "target_ip", values);
        match self.port {
            Some(port) => format!("({within} AND target_port = {})", values.int(port)),
            None => within,
        }
    }
}

impl FromStr for TargetRange {
    type Err = Error;

    /// `10.0.42.17`, `10.0.42.17:8080`, `10.0.42.0/24`, `[2001:db8::7]:8080`.
    fn from_str(typed: &str) -> Result<Self, Error> {
        let text = typed.trim();
        let network = |text: &str| text.parse::<Cidr>().ok();
        let with_port = || {
            let (address, port) = text.rsplit_once(':')?;
            let address = address.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(address);
            Some(Self { network: network(address)?, port: Some(port.parse().ok()?) })
        };
        // An IPv6 address ends like one with a port: that is meant where it stands in brackets.
        let found = network(text).map(|network| Self { network, port: None }).or_else(with_port);
        match found {
            Some(range) => Ok(range),
            None => bail!(
                Message::new(format_args!("--target {typed}: not the address of a target", typed = Shown(typed)))
                    .hint("10.0.42.17, 10.0.42.17:8080, 10.0.42.0/24 or [2001:db8::7]:8080")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_networks_and_ports() {
        for (text, network, port) in [
            ("10.0.42.17", "10.0.42.17/32", None),
            (" 10.0.42.17:8080 ", "10.0.42.17/32", Some(8080)),
            ("10.0.42.0/24", "10.0.42.0/24", None),
            ("[2001:db8::7]:8080", "2001:db8::7/128", Some(8080)),
            ("2001:db8::7", "2001:db8::7/128", None),
        ] {
            let range: TargetRange = text.parse().unwrap();
            assert_eq!((range.network.to_string().as_str(), range.port), (network, port), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "web-1", "10.0.42.17:", "10.0.42.17:99999", "10.0.42:80", "[2001:db8::7", ":8080", "\u{1b}[2J"]
        {
            let message = text.parse::<TargetRange>().unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("--target {}: not the address of a target", Shown(text))),
                "{message}"
            );
        }
    }
}
