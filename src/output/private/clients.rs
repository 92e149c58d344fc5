//! Addresses of clients, of which the network may be known: /24, of IPv6 /48, as exports without them keep it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Sentences and values with networks in place of addresses that can be a client's; none if there are none. Targets have
/// addresses of a VPC with a port, which are nobody's. One of a VPC alone can be a client's of an internal load balancer.
pub(super) fn without_addresses(text: &str) -> Option<String> {
    replaced(text, |address, has_port| !is_nobodys(address) && (!has_port || is_public(address)))
}

/// The same with all addresses, of what is known to be about clients: those of an internal load balancer are of a VPC as well.
pub(super) fn only_network(text: &str) -> Option<String> {
    replaced(text, |_, _| true)
}

fn replaced(text: &str, is_hidden: impl Fn(IpAddr, bool) -> bool) -> Option<String> {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut has_hidden) = (text, false);
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..].find(|char| !is_part(char)).map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        shown.push_str(&rest[..start]);
        // Letters beside it make it something else.
        let is_within = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
        let is_alone = !is_within(shown.chars().next_back()) && !is_within(rest[end..].chars().next());
        rest = &rest[end..];
        // `[fd00::7]:80`
        let has_port = |length: usize| {
            let after = word[length..].strip_prefix(':').or_else(|| rest.strip_prefix("]:"));
            after.is_some_and(|port| port.starts_with(is_digit))
        };
        let address = found(word).filter(|(address, length)| is_alone && is_hidden(*address, has_port(*length)));
        let bits = rest.strip_prefix('/').map(|after| &after[..after.len() - after.trim_start_matches(is_digit).len()]);
        let bits = bits.filter(|bits| !bits.is_empty());
        match address {
            // It is a network, and wide enough.
            Some((address, _)) if bits.is_some_and(|bits| bits.parse().is_ok_and(|bits: u8| bits <= kept(address))) => {
                shown.push_str(word);
            }
            Some((address, length)) => {
                shown.push_str(&network(address));
                shown.push_str(&word[length..]);
                // Of a narrow network the wider one is left.
                rest = &rest[bits.map_or(0, |bits| 1 + bits.len())..];
                has_hidden = true;
            }
            None => shown.push_str(word),
        }
    }
    shown.push_str(rest);
    has_hidden.then_some(shown)
}

fn is_digit(char: char) -> bool {
    char.is_ascii_digit()
}

/// Bits of an address that may be known.
fn kept(address: IpAddr) -> u8 {
    if address.is_ipv4() { 24 } else { 48 }
}

fn is_part(char: char) -> bool {
    char.is_ascii_hexdigit() || char == '.' || char == ':'
}

/// The address that a word begins with, and the bytes that it takes; what may follow is a port, or the end of a sentence.
fn found(word: &str) -> Option<(IpAddr, usize)> {
    let address = |text: &str| Some((text.parse::<IpAddr>().ok()?, text.len()));
    let bare = word.trim_end_matches(['.', ':']);
    let with_port = || {
        let (before, port) = bare.rsplit_once(':')?;
        port.parse::<u16>().ok()?;
        address(before)
    };
    // `2001:db8::` is one.
    address(word).or_else(|| address(word.trim_end_matches('.'))).or_else(|| address(bare)).or_else(with_port)
}

/// What is no address of anybody: `::`, `127.0.0.1`.
fn is_nobodys(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified()
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            // RFC 6598, from which targets may be, too.
            let is_shared = first == 100 && (64..128).contains(&second);
            !(address.is_private() || is_shared || address.is_link_local())
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_public(IpAddr::V4(address)),
            None => !(address.is_unique_local() || address.is_unicast_link_local()),
        },
    }
}

fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn clients_are_networks() {
        for (text, shown) in [
            ("203.0.113.77", Some("203.0.113.0/24")),
            ("2001:db8:1:2::3", Some("2001:db8:1::/48")),
            ("60 a second by 203.0.113.77.", Some("60 a second by 203.0.113.0/24.")),
            ("(203.0.113.77:44321, 203.0.114.1)", Some("(203.0.113.0/24:44321, 203.0.114.0/24)")),
            ("[2001:db8::7]:443", Some("[2001:db8::/48]:443")),
            ("--client=203.0.113.77", Some("--client=203.0.113.0/24")),
            ("::ffff:203.0.113.77 x", Some("::/48 x")),
            ("203.0.113.77/32, 2001:db8:1:2::/64", Some("203.0.113.0/24, 2001:db8:1::/48")),
            // Networks, targets, times, versions, names and ids.
            ("203.0.113.0/24 and 2001:db8::/32", None),
            ("10.0.42.17:8080, 172.31.0.1:80, 192.168.1.1:443, 100.64.3.4:1, [fd00::7]:80", None),
            // Clients of an internal load balancer.
            ("60 a second by 10.0.42.17", Some("60 a second by 10.0.42.0/24")),
            ("[fd00::7], 172.31.0.1.", Some("[fd00::/48], 172.31.0.0/24.")),
            ("02:51:08 to 03:04, 1.42.0, 4.3.2, :: and 127.0.0.1", None),
            ("host203.0.113.77 and 203.0.113.77_x and a::b::c", None),
            ("1-6b02589c-3f0e6a5d2c1b4a7988e6f012", None),
            ("", None),
        ] {
            assert_eq!(without_addresses(text).as_deref(), shown, "{text}");
        }
        assert_eq!(only_network("10.0.42.17").as_deref(), Some("10.0.42.0/24"));
    }

    proptest! {
        /// Whatever stands around it.
        #[test]
        fn no_address_gets_out(bytes in any::<[u8; 4]>(), before in "[ (=\",]?", after in "([ ),.;]|:443)?") {
            let address = Ipv4Addr::from(bytes);
            prop_assume!(address.octets()[3] != 0);
            let shown = only_network(&format!("x{before} {address}{after}")).unwrap();
            prop_assert!(!shown.contains(&format!("{address}{after}")), "{shown}");
        }

        #[test]
        fn what_is_hidden_stays_hidden(text in "[0-9a-f.:/ x]{0,40}") {
            let once = only_network(&text).unwrap_or_else(|| text.clone());
            prop_assert_eq!(only_network(&once), None, "{}", once);
        }
    }
}
