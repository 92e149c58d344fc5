//! `--client`: an address, or a network of them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use anyhow::{Error, bail};

use crate::base::message::Message;
use crate::base::shown::Shown;

/// Addresses that have their first bits in common. IPv4 and IPv6 are apart, also where one is written as the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    /// The first of them.
    pub(super) first: IpAddr,
    /// The last of them.
    pub(super) last: IpAddr,
    /// How many bits they have in common.
    pub(super) prefix: u32,
}

impl Cidr {
    /// The network of this address and length; `None` if an address has fewer bits.
    pub fn new(address: IpAddr, prefix: u32) -> Option<Self> {
        let (first, last) = match address {
            IpAddr::V4(address) => {
                let rest = u32::MAX.checked_shr(prefix).or((prefix == 32).then_some(0))?;
                let bits = address.to_bits();
                (IpAddr::V4((bits & !rest).into()), IpAddr::V4((bits | rest).into()))
            }
            IpAddr::V6(address) => {
                let rest = u128::MAX.checked_shr(prefix).or((prefix == 128).then_some(0))?;
                let bits = address.to_bits();
                (IpAddr::V6((bits & !rest).into()), IpAddr::V6((bits | rest).into()))
            }
        };
        Some(Self { first, last, prefix })
    }

    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        (self.first..=self.last).contains(&address)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

impl FromStr for Cidr {
    type Err = Error;

    /// `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`. Bits after the prefix do not matter.
    fn from_str(typed: &str) -> Result<Self, Error> {
        let (address, prefix) = match typed.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (typed.trim(), None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            bail!(
                Message::new(format_args!("--client {typed}: not an address", typed = Shown(typed)))
                    .hint("192.0.2.7, 10.0.0.0/8, 2001:db8::/32")
            );
        };
        let (bits, family) = if address.is_ipv4() { (32, "IPv4") } else { (128, "IPv6") };
        let prefix = match prefix {
            None => Some(bits),
            Some(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            Some(_) => None,
        };
        match prefix.and_then(|prefix| Self::new(address, prefix)) {
            Some(cidr) => Ok(cidr),
            None => bail!("--client {typed}: the prefix of an {family} network is 0 to {bits}", typed = Shown(typed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks() {
        for (text, network, last) in [
            ("10.1.2.3/8", "10.0.0.0/8", "10.255.255.255"),
            (" 192.0.2.7 ", "192.0.2.7/32", "192.0.2.7"),
            ("0.0.0.0/0", "0.0.0.0/0", "255.255.255.255"),
            ("10.0.0.255/31", "10.0.0.254/31", "10.0.0.255"),
            ("2001:DB8::1/33", "2001:db8::/33", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"),
            ("::1", "::1/128", "::1"),
            ("::/0", "::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("::ffff:10.0.0.0/104", "::ffff:10.0.0.0/104", "::ffff:10.255.255.255"),
        ] {
            let cidr: Cidr = text.parse().unwrap();
            assert_eq!((cidr.to_string(), cidr.last.to_string()), (network.to_owned(), last.to_owned()));
            assert_eq!(network.parse::<Cidr>().unwrap(), cidr);
            assert!(cidr.contains(cidr.first) && cidr.contains(cidr.last));
            assert!(!cidr.contains("192.0.2.8".parse().unwrap()) || cidr.prefix == 0);
        }
    }

    #[test]
    fn what_is_none_is_said_in_words() {
        let message = |text: &str| text.parse::<Cidr>().unwrap_err().to_string();
        assert_eq!(message("10.0.0.0/33"), "--client 10.0.0.0/33: the prefix of an IPv4 network is 0 to 32");
        assert_eq!(message("::/129"), "--client ::/129: the prefix of an IPv6 network is 0 to 128");
        for text in ["1.2.3.4/", "1.2.3.4/+8", "1.2.3.4/-1", "1.2.3.4/255.0.0.0", "1.2.3.4/99999999999"] {
            assert!(message(text).contains("0 to 32"), "{text}");
        }
        for text in
            ["", "10", "10.0/16", "010.0.0.1", "10.0.0.0.0", "shop.example.com", "fe80::1%eth0", "[::1]", "::1::"]
        {
            assert!(message(text).starts_with(&format!("--client {text}: not an address\nhint: ")), "{text}");
        }
    }
}
