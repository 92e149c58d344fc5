//! Networks from which content delivery networks ask the load balancers behind them, as they publish them. Pure.
//!
//! Cloudflare: <https://www.cloudflare.com/ips/>. Fastly: <https://api.fastly.com/public-ip-list>. Of Amazon CloudFront the
//! larger ones of `CLOUDFRONT_ORIGIN_FACING` in <https://ip-ranges.amazonaws.com/ip-ranges.json>. They change seldom; what
//! is not here is not said to be anybody's.

use std::net::IpAddr;

use crate::base::counts::tally;

const NETWORKS: [(&str, &[&str]); 3] = [
    ("Amazon CloudFront", &["15.158.0.0/16", "64.252.64.0/18", "64.252.128.0/18", "70.132.0.0/18", "130.176.0.0/16"]),
    (
        "Cloudflare",
        &[
            "103.21.244.0/22",
            "103.22.200.0/22",
            "103.31.4.0/22",
            "104.16.0.0/13",
            "104.24.0.0/14",
            "108.162.192.0/18",
            "131.0.72.0/22",
            "141.101.64.0/18",
            "162.158.0.0/15",
            "172.64.0.0/13",
            "173.245.48.0/20",
            "188.114.96.0/20",
            "190.93.240.0/20",
            "197.234.240.0/22",
            "198.41.128.0/17",
            "2400:cb00::/32",
            "2405:8100::/32",
            "2405:b500::/32",
            "2606:4700::/32",
            "2803:f800::/32",
            "2a06:98c0::/29",
            "2c0f:f248::/32",
        ],
    ),
    (
        "Fastly",
        &[
            "23.235.32.0/20",
            "43.249.72.0/22",
            "103.244.50.0/24",
            "103.245.222.0/23",
            "103.245.224.0/24",
            "104.156.80.0/20",
            "140.248.64.0/18",
            "140.248.128.0/17",
            "146.75.0.0/17",
            "151.101.0.0/16",
            "157.52.64.0/18",
            "167.82.0.0/17",
            "167.82.128.0/20",
            "167.82.160.0/20",
            "167.82.224.0/20",
            "172.111.64.0/18",
            "185.31.16.0/22",
            "199.27.72.0/21",
            "199.232.0.0/16",
            "2a04:4e40::/32",
            "2a04:4e42::/32",
        ],
    ),
];

/// Requests by CDN, most first, of clients as the report names them: an IPv4 address, or the first of a /64 network.
pub(super) fn requests<'a>(clients: impl Iterator<Item = (&'a str, u64)>) -> Vec<(&'static str, u64)> {
    tally(clients.filter_map(|(client, requests)| Some((of(client)?, requests))))
}

/// The CDN in whose network a client is.
fn of(client: &str) -> Option<&'static str> {
    let address: IpAddr = client.split('/').next()?.parse().ok()?;
    NETWORKS.iter().find(|(_, networks)| networks.iter().any(|network| holds(network, address))).map(|(cdn, _)| *cdn)
}

/// Whether an address is in a network.
fn holds(network: &str, address: IpAddr) -> bool {
    let Some((first, prefix)) = network.split_once('/') else { return false };
    let (Ok(first), Ok(prefix)) = (first.parse::<IpAddr>(), prefix.parse::<u32>()) else { return false };
    match (first, address) {
        (IpAddr::V4(first), IpAddr::V4(address)) => (first.to_bits() ^ address.to_bits()).leading_zeros() >= prefix,
        (IpAddr::V6(first), IpAddr::V6(address)) => (first.to_bits() ^ address.to_bits()).leading_zeros() >= prefix,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_their_networks() {
        for (client, cdn) in [
            ("172.71.255.255", Some("Cloudflare")),
            ("172.72.0.0", None),
            ("172.63.255.255", None),
            ("2a06:98c7:1:2::/64", Some("Cloudflare")),
            ("2a06:98c8::/64", None),
            ("130.176.3.4", Some("Amazon CloudFront")),
            ("151.101.1.1", Some("Fastly")),
            ("203.0.113.9", None),
            ("(no address)", None),
            ("::/64", None),
        ] {
            assert_eq!(of(client), cdn, "{client}");
        }
    }

    #[test]
    fn networks_are_written_right() {
        for network in NETWORKS.iter().flat_map(|(_, networks)| networks.iter()) {
            let first = network.split('/').next().unwrap().parse().unwrap();
            assert!(holds(network, first), "{network}");
        }
    }

    #[test]
    fn requests_are_added_up() {
        let clients = [("104.16.0.1", 5), ("151.101.1.1", 9), ("104.17.0.1", 6), ("10.0.0.1", 99)];
        assert_eq!(requests(clients.into_iter()), [("Cloudflare", 11), ("Fastly", 9)]);
    }
}
