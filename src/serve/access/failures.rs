//! Tokens that were none, by where they came from. Nobody guesses one; this keeps it from being tried at our cost.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// So many may be wrong in that time.
const MOST: u32 = 20;
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are remembered.
const ADDRESSES: usize = 10_000;

/// How many, since when.
#[derive(Debug, Default)]
pub(super) struct Failures(HashMap<IpAddr, (u32, Instant)>);

impl Failures {
    pub(super) fn are_too_many(&self, from: IpAddr, now: Instant) -> bool {
        let known = self.0.get(&network(from));
        known.is_some_and(|(count, since)| *count >= MOST && now.duration_since(*since) < WINDOW)
    }

    pub(super) fn add(&mut self, from: IpAddr, now: Instant) {
        if self.0.len() >= ADDRESSES {
            self.0.retain(|_, (_, since)| now.duration_since(*since) < WINDOW);
        }
        if self.0.len() >= ADDRESSES {
            // Whoever has that many addresses is not slowed down by counting them.
            self.0.clear();
        }
        let (count, since) = self.0.entry(network(from)).or_insert((0, now));
        if now.duration_since(*since) >= WINDOW {
            (*count, *since) = (0, now);
        }
        *count += 1;
    }
}

/// Who has one address of IPv6 has its whole network.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_while_later_it_is_forgotten() {
        let (mut failures, now) = (Failures::default(), Instant::now());
        let (one, neighbour, other): (IpAddr, IpAddr, IpAddr) =
            ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap(), "2001:db8:0:1::1".parse().unwrap());
        (0..MOST).for_each(|_| failures.add(one, now));
        assert!(failures.are_too_many(neighbour, now) && !failures.are_too_many(other, now));
        assert!(!failures.are_too_many(one, now + WINDOW));
        failures.add(one, now + WINDOW);
        assert!(!failures.are_too_many(one, now + WINDOW));
    }
}
