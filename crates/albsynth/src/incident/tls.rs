//! Handshakes that fail from some time on, and the requests that do not come for it.

use std::net::IpAddr;

use super::stage::Stage;
use super::{Fate, Incident, Story};
use crate::catalogue::{Access, Audience};
use crate::connection::{Connection, Entrance};
use crate::dice::{Dice, mix};
use crate::request::Row;
use crate::text::push_uuid;
use crate::world::Balancer;
use alblog::time::SECOND;

/// Between a handshake that failed and the next try, microseconds.
const PATIENCE: i64 = 3 * SECOND / 2;
/// Handshakes until a client gives up.
const TRIES: u32 = 3;

/// A number that is always the same for a client.
pub(super) fn nature(ip: IpAddr) -> u64 {
    let bits = match ip {
        IpAddr::V4(ip) => u64::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.segments().iter().fold(0, |bits: u64, &segment| bits.rotate_left(16) ^ u64::from(segment)),
    };
    mix(bits)
}

/// Clients do not know who signed the new certificate.
struct Untrusted {
    balancer: u64,
    entrance: Entrance,
    host: String,
    certificate: String,
    from: i64,
    percent: u64,
}

impl Untrusted {
    fn refuses(&self, connection: &Connection) -> bool {
        connection.opened >= self.from && nature(connection.client.ip) % 100 < self.percent
    }
}

impl Incident for Untrusted {
    fn amend<'s>(&'s self, _dice: &mut Dice, row: &mut Row<'s>) -> Fate {
        if row.domain != self.host || row.connection.opened < self.from {
            return Fate::Kept;
        }
        if self.refuses(&row.connection) {
            return Fate::Dropped;
        }
        // Another certificate, but nothing that anybody would notice.
        if row.certificate.starts_with("arn:") {
            row.certificate = &self.certificate;
        }
        Fate::Kept
    }

    fn connection(&self, balancer: &Balancer, connection: &mut Connection) -> Fate {
        let is_hit =
            balancer.number == self.balancer && connection.entrance == self.entrance && self.refuses(connection);
        fail(connection, is_hit, "Failed:UnmappedConnectionError")
    }
}

/// Lets a handshake fail that would not have, again and again.
fn fail(connection: &mut Connection, is_hit: bool, how: &'static str) -> Fate {
    match &mut connection.tls {
        Some(tls) if is_hit && tls.failure.is_none() => {
            tls.failure = Some(how);
            Fate::Repeated(TRIES, PATIENCE)
        }
        _ => Fate::Kept,
    }
}

pub(super) fn untrusted_certificate(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.host.template.audience == Audience::Apps);
    let when = stage.until_the_end();
    let percent = 35 + u64::from(stage.dice.below(15));
    let (arn, _) = scene.host.certificate.rsplit_once('/').unwrap_or((&scene.host.certificate, ""));
    let mut uuid = Vec::new();
    push_uuid(&mut uuid, stage.dice.wide_bits());
    let certificate = format!("{arn}/{}", String::from_utf8_lossy(&uuid));
    let story = stage.story(
        when.clone(),
        [
            ("load_balancer", scene.balancer.elb.as_str()),
            ("host", scene.host.name.as_str()),
            ("certificate", certificate.as_str()),
        ],
        "the host has a certificate of another authority; many clients refuse it, and their requests stop",
        [("share", f64::from(u32::try_from(percent).unwrap_or(0)) / 100.0), ("tries", f64::from(TRIES))],
    );
    let untrusted = Untrusted {
        balancer: scene.balancer.number,
        entrance: Entrance::Host(scene.host_number),
        host: scene.host.name.clone(),
        certificate,
        from: when.start,
        percent,
    };
    (Box::new(untrusted), story)
}

/// The load balancer does not know any more who signed most clients' certificates.
struct Distrusted {
    balancer: u64,
    host: String,
    from: i64,
    percent: u64,
}

impl Distrusted {
    fn refuses(&self, connection: &Connection) -> bool {
        let partner = connection.tls.and_then(|tls| tls.partner);
        connection.opened >= self.from && partner.is_some_and(|partner| mix(partner) % 100 < self.percent)
    }
}

impl Incident for Distrusted {
    fn amend<'s>(&'s self, _dice: &mut Dice, row: &mut Row<'s>) -> Fate {
        if row.domain == self.host && self.refuses(&row.connection) { Fate::Dropped } else { Fate::Kept }
    }

    fn connection(&self, balancer: &Balancer, connection: &mut Connection) -> Fate {
        let is_hit = balancer.number == self.balancer && self.refuses(connection);
        fail(connection, is_hit, "Failed:ClientCertUntrusted")
    }
}

pub(super) fn trust_bundle(stage: &mut Stage) -> (Box<dyn Incident>, Story) {
    let scene = stage.service(|scene| scene.host.template.access == Access::Certificate);
    let when = stage.until_the_end();
    let story = stage.story(
        when.clone(),
        [
            ("load_balancer", scene.balancer.elb.as_str()),
            ("host", scene.host.name.as_str()),
            ("listener_port", "443"),
            ("tls_verify_status", "Failed:ClientCertUntrusted"),
        ],
        "the trust store has a new bundle; most clients' certificates are not trusted any more",
        [("share", 0.6), ("tries", f64::from(TRIES))],
    );
    let distrusted =
        Distrusted { balancer: scene.balancer.number, host: scene.host.name.clone(), from: when.start, percent: 60 };
    (Box::new(distrusted), story)
}
