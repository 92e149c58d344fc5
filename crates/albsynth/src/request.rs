//! One request as the values of one access line: who asked for what, where it went and how it ended.

use super::Synth;
use super::catalogue::{Audience, Protocol};
use super::connection::{Connection, Entrance, Pool};
use super::course::{Course, Guest};
use super::dice::Dice;
use super::outcome::{Outcome, Trail};
use super::paths;
use super::phrases::PROBES;
use super::text::push;
use super::world::{Balancer, Node, Service};
use alblog::time::{HOUR, SECOND};

/// The values of an access line, in the order of the line.
pub(super) struct Row<'w> {
    pub(super) kind: &'static str,
    pub(super) time: i64,
    pub(super) connection: Connection,
    pub(super) target: &'w str,
    pub(super) trail: Trail,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) agent: &'static str,
    pub(super) group_arn: &'w str,
    /// Random part of the trace id; `None` if the request was too broken to get one.
    pub(super) trace: Option<u128>,
    /// The caller's span, if it sent a trace id of its own.
    pub(super) parent: Option<u64>,
    pub(super) domain: &'w str,
    pub(super) certificate: &'w str,
    /// `None` is written as `-`.
    pub(super) rule: Option<u64>,
    pub(super) created: i64,
    pub(super) actions: &'static str,
    pub(super) classification: [&'static str; 2],
    /// Host and URI were rewritten.
    pub(super) rewritten: bool,
    /// What follows the last field.
    pub(super) surplus: &'static str,
    /// Bit by bit which incidents changed it.
    pub(super) changed: u32,
}

/// The two long texts of a row, kept apart so that their buffers live from row to row.
#[derive(Default)]
pub(super) struct Texts {
    /// `METHOD url VERSION`
    pub(super) request: Vec<u8>,
    /// Where a redirect leads; empty for none.
    pub(super) redirect: Vec<u8>,
}

/// Draws the requests of one node.
pub(super) struct Requests<'s> {
    pub(super) synth: &'s Synth,
    pub(super) balancer: &'s Balancer,
    pub(super) node: &'s Node,
    pub(super) pool: &'s Pool<'s>,
}

impl<'s> Requests<'s> {
    /// A request that ended at this time.
    pub(super) fn draw(&self, dice: &mut Dice, time: i64, texts: &mut Texts) -> Row<'s> {
        texts.request.clear();
        texts.redirect.clear();
        match Entrance::draw(dice, self.balancer) {
            Entrance::Host(number) => self.to_host(dice, time, texts, number),
            Entrance::Plain => self.to_http_listener(dice, time, texts),
            Entrance::Stray => self.stray(dice, time, texts),
        }
    }

    fn to_host(&self, dice: &mut Dice, time: i64, texts: &mut Texts, number: usize) -> Row<'s> {
        let host = &self.balancer.hosts[number];
        let service = &host.services[host.service_weights.pick(dice)];
        let mut course = Course::draw(dice, self, host, service, time);
        self.synth.incidents.steer(dice, &mut course);
        self.along(dice, texts, number, &course, None)
    }

    /// A guest's request that ended at this time.
    pub(super) fn of_guest(&self, dice: &mut Dice, time: i64, texts: &mut Texts, guest: &Guest<'s>) -> Row<'s> {
        texts.request.clear();
        texts.redirect.clear();
        let mut course = Course::of_guest(dice, self, guest, time);
        self.synth.incidents.steer(dice, &mut course);
        self.along(dice, texts, guest.host, &course, Some(guest))
    }

    /// The row of a request for a host, the way it went.
    fn along(
        &self,
        dice: &mut Dice,
        texts: &mut Texts,
        number: usize,
        course: &Course<'s>,
        guest: Option<&Guest<'s>>,
    ) -> Row<'s> {
        let Course { host, service, target, method, pattern, time, outcome, .. } = *course;
        let protocol = service.template.protocol;
        let mut row = self.row(dice, time, Entrance::Host(number), course.trail.clone(), protocol);
        row.changed = course.changed;
        if let Some(guest) = guest {
            row.connection = guest.connection;
            row.agent = guest.connection.client.agent;
        }

        row.kind = course.kind(&row.connection.client);
        let traced = match host.template.audience {
            Audience::Browsers | Audience::Scanners => 0.25,
            Audience::Apps | Audience::Machines | Audience::GrpcClients => 0.7,
        };
        if dice.chance(traced) {
            row.parent = Some(dice.bits());
        }
        row.domain = &host.name;
        row.certificate = match row.connection.tls {
            Some(tls) if tls.resumed => "session-reused",
            _ => &host.certificate,
        };
        if outcome == Outcome::Malformed {
            malform(&mut row, texts, &host.name);
            return row;
        }
        let http2 = course.is_http2(&row.connection.client) && protocol != Protocol::WebSocket;
        let version = if http2 { "HTTP/2.0" } else { "HTTP/1.1" };
        write_request(&mut texts.request, method, ["https://", &host.name, ":443"], version, |out| {
            paths::write(out, dice, pattern);
        });
        row.rewritten = service.template.name == "partner-gateway";
        row.rule = (outcome != Outcome::BadForwardedFor).then_some(course.rule);
        row.actions = course.actions();
        match outcome {
            Outcome::LoginStarted => {
                push(&mut texts.redirect, "https://auth.example.com:443/auth?client_id=backoffice&response_type=code");
            }
            // To where it came from.
            Outcome::Redirected => {
                let Texts { request, redirect } = texts;
                redirect.extend_from_slice(&request[method.len() + 1..request.len() - version.len() - 1]);
            }
            _ => {}
        }
        if row.trail.routed {
            row.group_arn = &service.group_arn;
        }
        if row.trail.reached {
            row.target = self.synth.target(course.place(), service, target, row.created);
        }
        let is_post = matches!(method, "POST" | "PUT" | "PATCH");
        row.received = received(dice, texts, &row) + if is_post { u64::from(dice.size(420.0, 1.0)) } else { 0 };
        row.sent = sent(dice, outcome, row.trail.elb_status, service, method);
        row
    }

    /// The HTTP listener: nothing but redirects to HTTPS.
    fn to_http_listener(&self, dice: &mut Dice, time: i64, texts: &mut Texts) -> Row<'s> {
        let mut row = self.row(dice, time, Entrance::Plain, Trail::made_here(301), Protocol::Http);
        let host = dice.pick(&self.balancer.hosts);
        if dice.chance(0.02) {
            malform(&mut row, texts, &host.name);
            return row;
        }
        let service = dice.pick(&host.services);
        let (_, pattern) = paths::draw(dice, service.template.paths);
        let Texts { request, redirect } = texts;
        write_url(redirect, ["https://", &host.name, ":443"], |out| paths::write(out, dice, pattern));
        let path = &redirect["https://:443".len() + host.name.len()..];
        write_request(request, "GET", ["http://", &host.name, ":80"], "HTTP/1.1", |out| out.extend_from_slice(path));
        row.rule = Some(0);
        row.actions = if self.balancer.template.waf { "waf,redirect" } else { "redirect" };
        row.received = received(dice, texts, &row);
        row.sent = 150 + texts.redirect.len() as u64;
        row
    }

    /// Scanners, who know the node by its address only.
    fn stray(&self, dice: &mut Dice, time: i64, texts: &mut Texts) -> Row<'s> {
        let blocked = self.balancer.template.waf && dice.chance(0.5);
        let trail = Trail::made_here(if blocked { 403 } else { 404 });
        let mut row = self.row(dice, time, Entrance::Stray, trail, Protocol::Http);
        if dice.chance(0.1) {
            malform(&mut row, texts, &self.node.ip);
            return row;
        }
        let (method, path) = *dice.pick(PROBES);
        let (scheme, port) = if row.connection.tls.is_some() { ("https://", ":443") } else { ("http://", ":80") };
        write_request(&mut texts.request, method, [scheme, &self.node.ip, port], "HTTP/1.1", |out| push(out, path));
        if row.connection.tls.is_some() {
            row.certificate = &self.balancer.hosts[0].certificate;
        }
        row.rule = Some(0);
        row.actions = match (self.balancer.template.waf, blocked) {
            (_, true) => "waf",
            (true, false) => "waf,fixed-response",
            (false, false) => "fixed-response",
        };
        row.received = received(dice, texts, &row);
        row.sent = if blocked { 520 } else { 162 };
        row
    }

    /// What rows have in common. The connection is one that was open when the request came.
    fn row(&self, dice: &mut Dice, time: i64, entrance: Entrance, trail: Trail, protocol: Protocol) -> Row<'s> {
        let open_for = match protocol {
            // The row of a WebSocket is written when it closes.
            Protocol::WebSocket if trail.elb_status == 101 => {
                i64::from(dice.size(420.0, 1.6)).saturating_mul(SECOND).min(12 * HOUR)
            }
            _ => i64::from(trail.elapsed()) * 1000,
        };
        // Creation times have whole milliseconds.
        let created = (time - open_for - i64::from(dice.below(1000))).div_euclid(1000) * 1000;
        let connection = self.pool.pick(dice, entrance, created);
        Row {
            kind: if connection.tls.is_some() { "https" } else { "http" },
            time,
            connection,
            target: "-",
            trail,
            received: 0,
            sent: 0,
            agent: connection.client.agent,
            group_arn: "-",
            trace: Some(dice.wide_bits()),
            parent: None,
            domain: "-",
            certificate: "-",
            rule: None,
            created,
            actions: "-",
            classification: ["-", "-"],
            rewritten: false,
            surplus: "",
            changed: 0,
        }
    }
}

/// Turns a row into that of a request that is not HTTP. The load balancer knows little of such a one.
fn malform(row: &mut Row, texts: &mut Texts, host: &str) {
    let (scheme, port) = if row.connection.tls.is_some() { ("https://", ":443") } else { ("http://", ":80") };
    write_request(&mut texts.request, "-", [scheme, host, port], "-", |out| push(out, "-"));
    if row.connection.tls.is_none() {
        row.domain = "-";
    }
    row.kind = if row.connection.tls.is_some() { "https" } else { "http" };
    row.agent = "-";
    row.trace = None;
    row.sent = 272;
    row.trail = Trail::made_here(400);
}

/// Writes `METHOD scheme://host:port/path VERSION`.
fn write_request(out: &mut Vec<u8>, method: &str, origin: [&str; 3], version: &str, path: impl FnOnce(&mut Vec<u8>)) {
    push(out, method);
    out.push(b' ');
    write_url(out, origin, path);
    out.push(b' ');
    push(out, version);
}

/// Writes a URL from its scheme, host and port, and its path.
fn write_url(out: &mut Vec<u8>, origin: [&str; 3], path: impl FnOnce(&mut Vec<u8>)) {
    for part in origin {
        push(out, part);
    }
    path(out);
}

/// Size of a request without its body: what the line shows of it, and cookies and other headers.
fn received(dice: &mut Dice, texts: &Texts, row: &Row) -> u64 {
    (texts.request.len() + row.agent.len()) as u64 + u64::from(dice.size(420.0, 0.6))
}

/// Size of an answer.
fn sent(dice: &mut Dice, outcome: Outcome, status: u16, service: &Service, method: &str) -> u64 {
    match (outcome, status) {
        (Outcome::ClientGone, _) => 0,
        (Outcome::Answered, 204 | 304) => 240,
        (Outcome::Answered, _) if method == "HEAD" => 310,
        (Outcome::Answered, 400..) => 330 + u64::from(dice.below(64)),
        (Outcome::Answered, _) => 280 + u64::from(dice.size(service.template.bytes, 0.9)),
        (Outcome::LoginStarted, _) => 1_180,
        (Outcome::Blocked, _) => 520,
        (Outcome::Redirected, _) => 336,
        _ => 290,
    }
}
