//! Who has the failures of a target group during a burst: the value of another dimension that most of them have, beside
//! targets. Facts only: whether they stand out is for whoever asks to say.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::candidate::{Frame, Log};
use super::connections::Connections;
use super::dimension::Dimension;
use super::pin::{narrowest, values_of};
use super::requests::Requests;
use super::seeing::Seeing;
use super::seen::{Class, Key, Seen};
use super::spans::Spans;
use super::words::subnet;
use super::{BARS, Findings, Observed, find, look_a_day_back, tell};
use crate::ask::query::Observer;
use crate::report::bars::Bars;
use crate::report::gaps::Missing;
use crate::report::session::Session;

/// Requests that are being seen while a statement reads them.
pub(in crate::report) struct Looking(Arc<Seeing>);

impl Looking {
    /// In bars of this window.
    pub(in crate::report) fn new(window: &Range<i64>) -> Self {
        Self(Arc::new(Seeing::new(Bars::fit(window, BARS).step)))
    }

    /// Values of one dimension only, and no samples: who has something cannot be told of it, but when.
    pub(in crate::report) fn only(window: &Range<i64>, dimension: Option<Dimension>) -> Self {
        Self(Arc::new(Seeing::only(Bars::fit(window, BARS).step, dimension)))
    }

    pub(in crate::report) fn observer(&self) -> Arc<dyn Observer> {
        Arc::new(Requests::new(&self.0))
    }

    /// The same of connections.
    pub(in crate::report) fn observer_of_connections(&self) -> Arc<dyn Observer> {
        Arc::new(Connections(Arc::clone(&self.0)))
    }

    /// What was seen of the time of which a session has logs.
    pub(in crate::report) fn done(&self, session: &Session<'_>) -> Looked {
        self.of(&session.delivered_of(&session.span), &session.missing())
    }

    /// What was seen of this time, of which these rows are missing.
    pub(in crate::report) fn of(&self, time: &Range<i64>, missing: &[Missing]) -> Looked {
        let observed = self.0.take();
        let frame = Frame::of(time, self.0.step()).without(missing, &observed.requests.cube, &observed.values);
        Looked { observed, frame }
    }
}

/// Requests that were seen.
#[derive(Debug)]
pub(in crate::report) struct Looked {
    observed: Observed,
    frame: Frame,
}

/// Failures of a target group of a load balancer, or of what came to none.
#[derive(Debug, Clone)]
pub(in crate::report) struct Failures<'a> {
    pub(in crate::report) elb: &'a str,
    pub(in crate::report) target_group: Option<&'a str>,
    /// When they were, microseconds since the epoch.
    pub(in crate::report) time: Range<i64>,
    /// Status code, and whether the target itself said so.
    pub(in crate::report) answers: Vec<(i64, bool)>,
    pub(in crate::report) count: u64,
    /// All requests of that time that they are counted against.
    pub(in crate::report) requests: u64,
}

/// What a value has of them.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Part {
    pub(in crate::report) kind: Kind,
    /// The value: an address, a network, a route, a host, a user agent.
    pub(in crate::report) name: String,
    pub(in crate::report) failures: u64,
    /// Its requests, which are counted or, from a sample, at most so many.
    pub(in crate::report) requests: u64,
    /// The part of all requests, 0 to 1, that are its own: of a sample.
    pub(in crate::report) of_requests: f64,
}

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Kind {
    Target,
    /// Targets whose addresses begin alike.
    Zone,
    Client,
    /// Clients whose addresses begin alike.
    ClientNetwork,
    Route,
    Host,
    Agent,
    /// A node of the load balancer.
    Node,
}

impl Kind {
    fn of(dimension: Dimension) -> Option<Self> {
        Some(match dimension {
            Dimension::Target => Self::Target,
            Dimension::Subnet => Self::Zone,
            Dimension::Client => Self::Client,
            Dimension::Network => Self::ClientNetwork,
            Dimension::Route => Self::Route,
            Dimension::Host => Self::Host,
            Dimension::Agent => Self::Agent,
            Dimension::Node => Self::Node,
            _ => return None,
        })
    }
}

/// A client that asked much more during a burst than in the rest of the window.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Surge {
    pub(in crate::report) client: String,
    /// Requests a second during the burst, and in the rest of the window.
    pub(in crate::report) rate: f64,
    pub(in crate::report) usual: f64,
    /// Its part of the failures, and of the requests.
    pub(in crate::report) of_failures: f64,
    pub(in crate::report) of_requests: f64,
}

/// Values of sampled rows, and how many rows have them.
type Counts = HashMap<(Dimension, Key), f64>;

impl Looked {
    /// What stands out in these requests, with no word of what was not delivered.
    pub(in crate::report) async fn findings(&mut self, session: &Session<'_>) -> Findings {
        let mut found = find(&self.observed, &self.frame);
        look_a_day_back(session, &mut self.observed, &mut found.events, &self.frame).await;
        tell(session, &self.observed, found, &[], &self.frame)
    }

    pub(super) fn observed(&self) -> &Observed {
        &self.observed
    }

    pub(super) fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The narrowest value for which `stands_out` (its failures and requests) holds.
    pub(in crate::report) fn whose(&self, of: &Failures, stands_out: impl Fn(u64, u64) -> bool) -> Option<Part> {
        let (rows, failing) = self.failing(of);
        let bars = self.bars(&of.time)?;
        let (sampled, among) = self.any(of, &bars);
        if rows < 1.0 || sampled < 1.0 {
            return None;
        }
        let mut found = Vec::new();
        let mut parts: HashMap<(Dimension, Key), Part> = HashMap::new();
        for (&(dimension, key), &count) in &failing {
            let Some(kind) = Kind::of(dimension) else { continue };
            let failures = scaled(count / rows, of.count);
            let exact = self.observed.requests.cube.requests(dimension, key, &self.frame, &bars);
            let some = among.get(&(dimension, key)).copied().unwrap_or(0.0);
            // Of a sample at most so many, nearly surely; and no more than there were at all.
            let at_most = (some + 2.0 * (some + 1.0).sqrt()) / sampled * number(of.requests);
            let requests = match kind {
                Kind::Target => exact,
                _ if exact > 0.0 => exact.min(at_most),
                _ => at_most,
            };
            let requests = whole(requests.min(number(of.requests))).max(failures);
            if stands_out(failures, requests) {
                let (name, of_requests) = (self.name(dimension, key), some / sampled);
                parts.insert((dimension, key), Part { kind, name, failures, requests, of_requests });
                found.push((number(requests), dimension, key));
            }
        }
        parts.remove(&narrowest(&found)?)
    }

    /// The client that has most of the failures, if it came with them and makes a good part of the requests.
    pub(in crate::report) fn surge(&self, of: &Failures) -> Option<Surge> {
        /// Parts of the failures and of the requests, and how many times the usual rate.
        const PART: f64 = 0.3;
        const TIMES: f64 = 4.0;
        let (rows, failing) = self.failing(of);
        let bars = self.bars(&of.time)?;
        let (sampled, among) = self.any(of, &bars);
        let clients = failing.iter().filter(|((dimension, _), _)| *dimension == Dimension::Client);
        let (&(_, key), &count) = clients.max_by(|one, other| one.1.total_cmp(other.1).then(other.0.cmp(one.0)))?;
        let part = |count: f64, all: f64| if all > 0.0 { count / all } else { 0.0 };
        let of_requests = part(among.get(&(Dimension::Client, key)).copied().unwrap_or(0.0), sampled);
        let cube = &self.observed.requests.cube;
        let all = cube.requests(Dimension::Client, key, &self.frame, &self.frame.all());
        let inside = cube.requests(Dimension::Client, key, &self.frame, &bars);
        let seconds = |bars: usize| {
            f64::from(u32::try_from(bars).unwrap_or(u32::MAX)) * number(self.frame.step.unsigned_abs()) / 1e6
        };
        let rate = part(inside, seconds(bars.len()));
        let usual = part(all - inside, seconds(self.frame.len() - bars.len()));
        let of_failures = part(count, rows);
        let surges = of_failures >= PART && of_requests >= PART && rate >= TIMES * usual;
        let name = self.name(Dimension::Client, key);
        surges.then_some(Surge { client: name, rate, usual, of_failures, of_requests })
    }

    /// Bars that a time touches.
    fn bars(&self, time: &Range<i64>) -> Option<Spans> {
        let bar = |time: i64| time.div_euclid(self.frame.step).clamp(self.frame.bars.start, self.frame.bars.end - 1);
        if self.frame.len() == 0 {
            return None;
        }
        let (first, last) = (self.frame.index(bar(time.start))?, self.frame.index(bar(time.end))?);
        Some((first..last + 1).into())
    }

    fn is_of(&self, row: &Seen, of: &Failures, of_group: bool) -> bool {
        let text = |id| self.observed.values.text(id);
        let elb = row.key(Dimension::LoadBalancer).is_some_and(|key| text(key.0) == of.elb);
        let group = row.key(Dimension::TargetGroup).map(|key| text(key.1));
        elb && (group == of.target_group || (of.target_group.is_none() && !of_group))
    }

    /// Sampled rows that are among the failures, and their values.
    fn failing(&self, of: &Failures) -> (f64, Counts) {
        let counts = |row: &&Seen| {
            let is_failure = matches!(
                row.class,
                Some(Class::Failed | Class::Left | Class::Blocked | Class::NotFound | Class::Denied | Class::Rejected)
            );
            is_failure && self.is_of(row, of, true) && self.is_one(row, of)
        };
        let Some(bars) = self.bars(&of.time) else { return (0.0, Counts::new()) };
        let rows = self.observed.of(Log::Requests).samples.notable.iter();
        values(rows.filter(|row| self.is_inside(row, &bars)).filter(counts))
    }

    /// Sampled rows of all requests that they are counted against, and their values.
    fn any(&self, of: &Failures, bars: &Spans) -> (f64, Counts) {
        let rows = self.observed.of(Log::Requests).samples.any.iter();
        values(rows.filter(|row| self.is_inside(row, bars) && self.is_of(row, of, false)))
    }

    fn is_inside(&self, row: &Seen, bars: &Spans) -> bool {
        self.frame.index(row.bar).is_some_and(|bar| bars.contains(bar))
    }

    /// Whether a row is answered as one of them.
    fn is_one(&self, row: &Seen, of: &Failures) -> bool {
        let mut words = self.observed.values.text(row.cause).split(' ');
        let status = words.next().and_then(|status| status.parse::<i64>().ok());
        let by_target = words.next() == Some("target");
        status.is_some_and(|status| of.answers.contains(&(status, by_target)))
    }

    fn name(&self, dimension: Dimension, key: Key) -> String {
        match dimension {
            Dimension::Subnet => subnet(key),
            Dimension::Target => format!("{}:{}", self.observed.values.text(key.1), key.2),
            _ => self.observed.values.text(key.1).to_owned(),
        }
    }
}

/// How many rows there are, and how many of them have each value.
fn values<'r>(rows: impl Iterator<Item = &'r Seen>) -> (f64, Counts) {
    let (mut all, mut counts) = (0.0, Counts::new());
    for row in rows {
        all += 1.0;
        for dimension in Dimension::EACH.into_iter().filter(|dimension| Kind::of(*dimension).is_some()) {
            for key in values_of(row, dimension) {
                *counts.entry((dimension, key)).or_default() += 1.0;
            }
        }
    }
    (all, counts)
}

/// A part of a count.
fn scaled(part: f64, all: u64) -> u64 {
    whole(part * number(all))
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
fn whole(count: f64) -> u64 {
    count.round().max(0.0) as u64
}
