//! The clients: who they are is a function of their audience and number, so that nobody has to remember them.
//!
//! Addresses are from ranges that belong to nobody on the internet: 100.64.0.0/10 (RFC 6598), 198.18.0.0/15 (RFC 2544)
//! and `2001:db8::/32` (RFC 3849).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::catalogue::Audience;
use super::dice::{Dice, index_of, mix};
use super::phrases::{APPS, BROWSERS, GRPC_CLIENTS, MACHINES, SCANNERS, SUITES, Suite};

/// A client and its habits.
#[derive(Clone, Copy)]
pub(super) struct Client {
    pub(super) ip: IpAddr,
    pub(super) agent: &'static str,
    pub(super) suite: &'static Suite,
    /// Speaks HTTP/2 where it can.
    pub(super) http2: bool,
}

impl Client {
    /// Somebody of this audience, the regulars more often.
    pub(super) fn draw(dice: &mut Dice, audience: Audience) -> Self {
        let (population, agents) = match audience {
            Audience::Browsers => (60_000, BROWSERS),
            Audience::Apps => (40_000, APPS),
            Audience::Machines => (80, MACHINES),
            Audience::GrpcClients => (120, GRPC_CLIENTS),
            Audience::Scanners => (400, SCANNERS),
        };
        let bits = mix(dice.rank(population) << 3 | audience as u64);
        let high = (bits >> 32).to_le_bytes();
        let ip = match audience {
            Audience::Machines | Audience::GrpcClients | Audience::Scanners => {
                Ipv4Addr::new(198, 18 + (high[0] & 1), high[1], high[2]).into()
            }
            _ if high[3] < 14 => {
                Ipv6Addr::new(0x2001, 0xdb8, u16::from(high[0]), 0, 0, 0, 0, u16::from(high[1])).into()
            }
            _ => Ipv4Addr::new(100, 64 + (high[0] & 63), high[1], high[2]).into(),
        };
        Self {
            ip,
            agent: agents[index_of(bits, agents.len())],
            suite: &SUITES[index_of(bits >> 8, SUITES.len())],
            http2: audience == Audience::Browsers && !bits.is_multiple_of(8),
        }
    }
}
