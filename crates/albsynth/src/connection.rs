//! Connections of clients to a node: drawn once per node and interval, so that access lines and the connection log
//! tell of the same ones; and the lines of the connection log.

use super::Synth;
use super::catalogue::{Access, Audience};
use super::clients::Client;
use super::dice::{Dice, Purpose, double, mix};
use super::incident::{Effect, Fate};
use super::object::{ObjectPlan, stream};
use super::phrases::CERTIFICATE_FAILURES;
use super::text::{Line, push, push_hex, push_ip, push_number, push_seconds, push_time};
use super::widths::Widths;
use super::world::{Balancer, Node};
use alblog::time::DAY;

/// Where a connection enters a load balancer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entrance {
    /// The HTTPS listener, for the host of this number.
    Host(usize),
    /// The HTTP listener, which redirects to HTTPS.
    Plain,
    /// Either listener, by address: scanners.
    Stray,
}

impl Entrance {
    pub(super) fn draw(dice: &mut Dice, balancer: &Balancer) -> Self {
        match dice.below(1000) {
            0..25 => Self::Plain,
            25..37 => Self::Stray,
            _ => Self::Host(balancer.host_weights.pick(dice)),
        }
    }

    fn index(self, balancer: &Balancer) -> usize {
        match self {
            Self::Host(number) => number,
            Self::Plain => balancer.hosts.len(),
            Self::Stray => balancer.hosts.len() + 1,
        }
    }
}

/// A connection.
#[derive(Clone, Copy)]
pub(super) struct Connection {
    /// When it was established or failed, microseconds since the epoch.
    pub(super) opened: i64,
    pub(super) client: Client,
    pub(super) port: u16,
    pub(super) id: u128,
    pub(super) entrance: Entrance,
    /// On the HTTPS listener.
    pub(super) tls: Option<Tls>,
}

/// How the handshake went.
#[derive(Clone, Copy)]
pub(super) struct Tls {
    /// The session was resumed.
    pub(super) resumed: bool,
    latency_ms: u32,
    /// `Failed:<code>`, or that it broke off without a code.
    pub(super) failure: Option<&'static str>,
    /// Number of the partner whose certificate was shown.
    pub(super) partner: Option<u64>,
}

/// The number of connections that go with a number of requests.
pub(super) fn count(requests: u64) -> u64 {
    (requests * 11).div_ceil(50)
}

impl Connection {
    pub(super) fn draw(dice: &mut Dice, balancer: &Balancer, entrance: Entrance, opened: i64) -> Self {
        let (audience, access) = match entrance {
            Entrance::Host(number) => {
                let template = balancer.hosts[number].template;
                (template.audience, template.access)
            }
            Entrance::Plain => (Audience::Browsers, Access::Open),
            Entrance::Stray => (Audience::Scanners, Access::Open),
        };
        let is_plain = entrance == Entrance::Plain || entrance == Entrance::Stray && dice.chance(0.6);
        Self {
            opened,
            client: Client::draw(dice, audience),
            port: port(dice.below(64_512)),
            id: dice.wide_bits(),
            entrance,
            tls: (!is_plain).then(|| Tls::draw(dice, entrance == Entrance::Stray, access)),
        }
    }

    /// A guest's connection to a host, which never fails.
    pub(super) fn of_guest(dice: &mut Dice, host: usize, client: Client, opened: i64) -> Self {
        let resumed = dice.chance(0.5);
        let latency_ms = dice.size(if resumed { 11.0 } else { 24.0 }, 0.8);
        Self {
            opened,
            client,
            port: port(dice.below(64_512)),
            id: dice.wide_bits(),
            entrance: Entrance::Host(host),
            tls: Some(Tls { resumed, latency_ms, failure: None, partner: None }),
        }
    }

    /// The same client's `number`-th connection after this one.
    fn again(&self, number: u32, opened: i64) -> Self {
        let bits = u128::from(mix(u64::from(number)));
        let port = port((u32::from(self.port) + 7 * number) % 64_512);
        Self { opened, port, id: self.id ^ (bits << 64 | bits), ..*self }
    }

    fn failed(&self) -> bool {
        self.tls.is_some_and(|tls| tls.failure.is_some())
    }
}

/// A port that clients use.
fn port(number: u32) -> u16 {
    1024 + u16::try_from(number).unwrap_or(0)
}

impl Tls {
    fn draw(dice: &mut Dice, is_stray: bool, access: Access) -> Self {
        let partner = (access == Access::Certificate).then(|| dice.rank(12));
        let failure = match partner {
            Some(_) if dice.chance(0.02) => Some(*dice.pick(CERTIFICATE_FAILURES)),
            _ if dice.chance(if is_stray { 0.3 } else { 0.004 }) => {
                Some(if dice.chance(0.5) { "Failed:UnmappedConnectionError" } else { "-" })
            }
            _ => None,
        };
        let resumed = dice.chance(0.5);
        let latency_ms = dice.size(if resumed { 11.0 } else { 24.0 }, 0.8);
        Self { resumed, latency_ms, failure, partner }
    }
}

/// The connections to a node in an interval, in the order they were opened.
fn draw_all<'s>(
    synth: &'s Synth,
    balancer: &'s Balancer,
    node: &'s Node,
    interval: i64,
) -> impl Iterator<Item = Connection> + 's {
    let count = count(synth.counts.lines(node, interval));
    let interval = synth.counts.interval(interval);
    let mut dice = Dice::new(synth.spec.seed, Purpose::Connections, stream(node, interval.number));
    (0..count).map(move |position| {
        let opened = interval.at((double(position) + dice.unit()) / double(count));
        let entrance = Entrance::draw(&mut dice, balancer);
        Connection::draw(&mut dice, balancer, entrance, opened)
    })
}

/// The connections that requests can come on: those of an interval and of the one before it.
pub(super) struct Pool<'s> {
    balancer: &'s Balancer,
    /// By entrance; each in the order they were opened.
    open: Vec<Vec<Connection>>,
}

impl<'s> Pool<'s> {
    pub(super) fn new(synth: &'s Synth, plan: &ObjectPlan) -> Self {
        let balancer = &synth.balancers[plan.balancer];
        let node = &balancer.nodes[plan.node];
        let mut open = vec![Vec::new(); balancer.hosts.len() + 2];
        for interval in [plan.interval.number - 1, plan.interval.number] {
            for connection in draw_all(synth, balancer, node, interval).filter(|connection| !connection.failed()) {
                open[connection.entrance.index(balancer)].push(connection);
            }
        }
        Self { balancer, open }
    }

    /// A connection through this entrance that was open at this time, a young one most likely; a forgotten one if the
    /// pool has none.
    pub(super) fn pick(&self, dice: &mut Dice, entrance: Entrance, time: i64) -> Connection {
        let candidates = &self.open[entrance.index(self.balancer)];
        let end = candidates.partition_point(|connection| connection.opened <= time);
        match end.checked_sub(1) {
            Some(newest) => candidates[newest - dice.steps_back().min(newest)],
            None => Connection::draw(dice, self.balancer, entrance, time),
        }
    }
}

/// Writes a connection log.
pub(super) fn render(synth: &Synth, plan: &ObjectPlan, out: &mut Vec<u8>, effects: &mut [Effect]) {
    let balancer = &synth.balancers[plan.balancer];
    let node = &balancer.nodes[plan.node];
    let mut dice = plan.dice(synth);
    let columns = (synth.columns)(plan.key.kind);
    let widths = Widths::draw(&mut dice, columns, synth.spec.old_widths);
    let all = draw_all(synth, balancer, node, plan.interval.number);
    let mut written = Vec::new();
    for (_, connection) in (0..).zip(all).filter(|(position, _)| position % plan.parts == plan.part) {
        befall(synth, plan, connection, &mut written, effects);
    }
    written.extend(of_guests(synth, plan, effects));
    if !effects.is_empty() {
        written.sort_by_key(|connection| connection.opened);
    }
    for connection in written {
        let line = Line::new(out, columns, widths.of_line(&mut dice));
        write(line, &connection, balancer, node);
    }
}

/// Adds a connection to those that are written, as incidents leave it.
fn befall(
    synth: &Synth,
    plan: &ObjectPlan,
    mut connection: Connection,
    written: &mut Vec<Connection>,
    effects: &mut [Effect],
) {
    let Some((number, fate)) = synth.incidents.connection(&synth.balancers[plan.balancer], &mut connection) else {
        return written.push(connection);
    };
    let (times, apart) = match fate {
        Fate::Dropped => return effects[number].connections_dropped += 1,
        Fate::Repeated(times, apart) => (times, apart),
        Fate::Kept | Fate::Changed => (1, 0),
    };
    for repetition in 0..times {
        let opened = connection.opened + i64::from(repetition) * apart;
        if opened < plan.interval.to {
            let again = connection.again(repetition, opened);
            written.push(if repetition == 0 { connection } else { again });
            effects[number].connections_changed += 1;
        }
    }
}

/// Connections of the guests whose requests stand in the access log beside this log.
fn of_guests(synth: &Synth, plan: &ObjectPlan, effects: &mut [Effect]) -> Vec<Connection> {
    let mut guests = Vec::new();
    for (number, swarm) in synth.incidents.swarms() {
        let mut connections: Vec<Connection> =
            swarm.visits(synth, plan).into_iter().map(|visit| visit.connection).collect();
        connections.sort_by_key(|connection| connection.id);
        connections.dedup_by_key(|connection| connection.id);
        effects[number].connections_changed += connections.len() as u64;
        guests.append(&mut connections);
    }
    guests
}

fn write(mut line: Line, connection: &Connection, balancer: &Balancer, node: &Node) {
    let Connection { client, tls, .. } = connection;
    // A handshake that broke off early has chosen nothing yet.
    let agreed = tls.filter(|tls| tls.failure != Some("-"));
    let done = tls.filter(|tls| tls.failure.is_none());
    line.time(connection.opened);
    line.field(|out| push_ip(out, client.ip));
    line.number(u64::from(connection.port));
    line.number(if tls.is_some() { 443 } else { 80 });
    line.bare(agreed.map_or("-", |_| client.suite.protocol));
    line.bare(agreed.map_or("-", |_| client.suite.cipher));
    line.field(|out| match done {
        Some(tls) => push_seconds(out, Some(tls.latency_ms)),
        None => push(out, "-"),
    });
    write_certificate(&mut line, agreed.and_then(|tls| tls.partner), connection.opened);
    line.bare(tls.map_or("-", |tls| tls.failure.unwrap_or("Success")));
    line.connection_id(connection.id);
    line.bare(done.map_or("-", |_| client.suite.key_exchange));
    line.bare(&balancer.elb);
    line.bare(&node.ip);
    line.end("");
}

/// Subject, validity and serial number of the client's certificate.
fn write_certificate(line: &mut Line, partner: Option<u64>, time: i64) {
    let Some(partner) = partner else {
        line.quoted("-");
        line.bare("-");
        return line.bare("-");
    };
    line.field(|out| {
        push(out, "\"CN=partner-");
        push_number(out, partner);
        push(out, ".example.com,O=Example Partners, Ltd.,L=Dublin,C=IE\"");
    });
    line.field(|out| {
        let issued = (time / DAY - 400 + i64::try_from(partner * 13).unwrap_or(0)) * DAY;
        for (name, day) in [("NotBefore=", issued), (";NotAfter=", issued + 730 * DAY)] {
            push(out, name);
            push_time(out, day);
            // Certificates' times have no fraction.
            out.truncate(out.len() - ".000000Z".len());
            push(out, "Z");
        }
    });
    line.field(|out| {
        let start = out.len();
        push_hex(out, u128::from(mix(partner)), 16);
        out[start..].make_ascii_uppercase();
    });
}
