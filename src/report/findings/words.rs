//! Findings as sentences: who, what, how much against what is usual, from when to when, how sure.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use alblog::time::{DAY, MINUTE};

use super::Observed;
use super::candidate::{Candidate, Frame, Log, Measure};
use super::dimension::Dimension;
use super::event::Event;
use super::explain::has;
use super::health::text_of;
use super::reference::siblings;
use super::seen::{Class, Key, Seen};
use super::spans::Spans;
use super::values::Id;
use crate::base::clock::{time_of_day, to_the_minute};
use crate::base::counts::tally;
use crate::fleet::inventory::target_groups::target_group_name;
use crate::fleet::inventory::targets::Holders;
use crate::output::document::{Unit, Value};
use crate::output::human;
use crate::report::pods::{Pod, pod_at};

/// Everything that sentences are made of.
pub(super) struct Words<'a> {
    pub(super) observed: &'a Observed,
    pub(super) frame: &'a Frame,
    /// What target groups and load balancers are called, by ARN or `app/<name>/<id>`.
    pub(super) names: &'a BTreeMap<String, String>,
    /// Whose the addresses of targets were.
    pub(super) holders: Option<&'a Holders>,
}

impl Words<'_> {
    pub(super) fn text(&self, id: Id) -> &str {
        self.observed.values.text(id)
    }

    /// Where a value belongs, and the value. Target groups are told by their ARNs, where those are known.
    pub(super) fn texts(&self, one: &Candidate) -> (&str, &str) {
        let group = |id: Id| text_of(id, one.log, self.observed);
        match one.dimension {
            Dimension::Target => (group(one.key.0), self.text(one.key.1)),
            Dimension::TargetGroup => (self.text(one.key.0), group(one.key.1)),
            _ => (self.text(one.key.0), self.text(one.key.1)),
        }
    }

    /// What somebody calls a target group or a load balancer.
    pub(super) fn name(&self, id: &str) -> String {
        if let Some(name) = self.names.get(id) {
            return name.clone();
        }
        let short = target_group_name(id).or_else(|| id.split('/').nth(1));
        short.unwrap_or(id).to_owned()
    }

    /// `checkout/checkout-api: target 10.0.42.17:8080`
    pub(super) fn who(&self, one: &Candidate) -> String {
        let (scope, value) = self.texts(one);
        match one.dimension {
            Dimension::All => "all load balancers".to_owned(),
            Dimension::LoadBalancer => self.name(scope),
            Dimension::TargetGroup => self.name(value),
            Dimension::Target => {
                let new = if one.is_new { "new " } else { "" };
                let address = format!("{value}:{}", one.key.2);
                let called = self
                    .pod(scope, &address, &one.change.bars)
                    .map_or_else(|| format!("target {address}"), |pod| format!("pod {}", pod.called(&address)));
                format!("{}: {new}{called}", self.name(scope))
            }
            Dimension::Subnet => format!("targets in {}", subnet(one.key)),
            Dimension::Host => format!("host {value}"),
            Dimension::Route => format!("route {value} of {}", self.place(one)),
            Dimension::Client => format!("client {value}"),
            Dimension::Network => format!("clients in {value}"),
            Dimension::Agent => format!("clients that call themselves {value}"),
            Dimension::Rule => format!("{}, listener rule {}", self.name(scope), one.key.2),
            Dimension::Listener => format!("{}, port {}", self.name(scope), one.key.2),
            Dimension::Node => format!("{}: its node {value}", self.name(scope)),
            Dimension::Certificate => format!("certificate {value}"),
        }
    }

    /// The pod that had an address while these bars were, if no other one had it as well. A new one begins among them.
    fn pod(&self, group: &str, address: &str, bars: &Spans) -> Option<Pod> {
        let times = bars.iter().map(|bar| self.frame.time(&(bar..bar + 1)).start);
        let end = self.frame.time(&bars.whole()).end - 1;
        let mut pods = times.chain([end]).filter_map(|time| pod_at(self.holders, Some(group), address, time));
        let first = pods.next()?;
        pods.all(|other| other.is_same(&first)).then_some(first)
    }

    /// The target group that most of its requests go to, else its load balancer.
    fn place(&self, one: &Candidate) -> String {
        match self.main(one, Dimension::TargetGroup) {
            Some((_, group)) => self.name(&group),
            None => self.name(self.text(one.key.0)),
        }
    }

    /// Sampled rows of it, inside.
    fn rows<'r>(&'r self, one: &'r Candidate) -> impl Iterator<Item = &'r Seen> {
        let samples = &self.observed.of(one.log).samples;
        samples.rows(one.measure, self.frame, &one.change.bars).filter(|row| has(row, one))
    }

    /// The value that most of its rows have, inside.
    pub(super) fn main(&self, one: &Candidate, dimension: Dimension) -> Option<(String, String)> {
        let rows = self.rows(one);
        let keys: Vec<_> = rows.filter_map(|row| row.key(dimension)).collect();
        let (key, count) = tally(keys.iter().map(|key| (*key, 1))).into_iter().next()?;
        (count * 10 >= keys.len() as u64 * 6).then(|| (self.text(key.0).to_owned(), self.text(key.1).to_owned()))
    }

    /// `502 made by the load balancer`, `503 of the target itself`: what most of its rows say.
    fn cause(&self, one: &Candidate) -> Vec<(String, u64)> {
        let counted = tally(self.rows(one).map(|row| (row.cause, 1)));
        counted.into_iter().map(|(cause, count)| (self.text(cause).to_owned(), count)).collect()
    }

    /// What it does: `answers 502 to 69 % of its requests (its 11 siblings to 0.05 %)`.
    pub(super) fn what(&self, one: &Candidate) -> String {
        let (observed, usual) = (one.told().observed(), one.told().usual());
        let against = self.against(one, usual);
        let codes = || codes(&self.cause(one));
        match one.measure {
            Measure::Share(Class::Failed) if one.log == Log::Connections => {
                format!("{} of its TLS handshakes fail ({}), {against}", share(observed), codes())
            }
            Measure::Share(Class::Failed) if one.log == Log::HealthChecks => {
                format!("{} of its health checks fail ({}), {against}", share(observed), codes())
            }
            Measure::Share(Class::Failed) => {
                format!("{} of its requests fail ({}), {against}", share(observed), codes())
            }
            Measure::Share(Class::Left) => {
                format!("clients leave before the answer (460) in {} of its requests, {against}", share(observed))
            }
            Measure::Share(Class::Blocked) => {
                let how = if self.cause(one).first().is_some_and(|(cause, _)| cause.starts_with("405")) {
                    " (405, likely a CAPTCHA)"
                } else {
                    ""
                };
                format!("AWS WAF blocks {} of its requests{how}, {against}", share(observed))
            }
            Measure::Share(Class::Redirected) => {
                format!("{} of its requests are sent elsewhere ({}), {against}", share(observed), codes())
            }
            Measure::Share(_) => format!("{} of its requests are answered {}, {against}", share(observed), codes()),
            Measure::Slow(level) => {
                let least = ["250 ms", "a second", "5 seconds"][level];
                format!("{} of its requests take {least} or longer, {against}", share(observed))
            }
            Measure::Time => {
                format!("answers take {} on average, {} before and after", seconds(one.times.0), seconds(one.times.1))
            }
            Measure::More => {
                format!("{} requests a second, usually {}", rate(observed, self.frame), rate(usual, self.frame))
            }
            Measure::Less => {
                format!("only {} requests a second, usually {}", rate(observed, self.frame), rate(usual, self.frame))
            }
        }
    }

    fn against(&self, one: &Candidate, usual: f64) -> String {
        if one.dimension == Dimension::Target {
            let others = siblings(one, &self.observed.of(one.log).cube, self.frame);
            if others.inside > 0 && others.exposed > 0.0 {
                let rate = share(others.counted / others.exposed);
                return format!("of its {} {rate}", human::plural(others.inside, "sibling"));
            }
        }
        // What is usual of a target is what its group does, and of who asks what others get.
        let is_asked_for = matches!(one.dimension, Dimension::Host | Dimension::Route);
        match one.new_in.filter(|_| is_asked_for) {
            Some((dimension, key)) => {
                let place = self.who(&Candidate { dimension, key, ..one.clone() });
                format!("and it is new ({place}: usually {})", share(usual))
            }
            None => format!("usually {}", share(usual)),
        }
    }

    /// `10:50–11:30`, `from 10:50 on, to the end of the window`, `10 times from 11:03 to 12:59, for 1 min each, every 12 min`.
    pub(super) fn when(&self, one: &Candidate) -> String {
        let bars = &one.change.bars;
        if bars.each().len() > 1 {
            return self.several_times(bars);
        }
        let (from, to) = (self.at(bars.start()), self.at(bars.end()));
        match (bars.start() == 0, bars.end() == self.frame.len()) {
            (true, true) => "all the time".to_owned(),
            (true, false) => format!("until {to}, and already where the window begins"),
            (false, true) => format!("from {from} on, to the end of the window"),
            (false, false) => format!("{from}–{to}"),
        }
    }

    fn several_times(&self, bars: &Spans) -> String {
        let interval = |bars: &Range<usize>| format!("{}–{}", self.at(bars.start), self.at(bars.end));
        if let [first, second] = bars.each() {
            return format!("{} and {}", interval(first), interval(second));
        }
        let long = from_to(bars.each().iter().map(ExactSizeIterator::len));
        let apart = from_to(bars.each().windows(2).map(|two| two[1].start - two[0].start));
        let minutes = |bars: usize| self.frame.step * i64::try_from(bars).unwrap_or(i64::MAX) / MINUTE;
        let lasts = match long {
            (least, most) if least == most => format!("{} min", minutes(least)),
            (least, most) => format!("{} to {} min", minutes(least), minutes(most)),
        };
        // Bars are where they are: what is regular begins one earlier or later.
        let every = match apart {
            (least, most) if most - least <= 2 => format!(", every {} min", minutes(usize::midpoint(least, most))),
            _ => String::new(),
        };
        let (from, to) = (self.at(bars.start()), self.at(bars.end()));
        format!("{} times from {from} to {to}, for {lasts} each{every}", bars.each().len())
    }

    /// When a bar begins: `02:51`, with its day where the window has several.
    pub(super) fn at(&self, bar: usize) -> String {
        self.clock(self.frame.begin(bar))
    }

    /// A time to the minute, with its day where the window has several.
    pub(super) fn clock(&self, time: i64) -> String {
        let (first, last) = (self.frame.begin(0), self.frame.begin(self.frame.len().saturating_sub(1)));
        if first.div_euclid(DAY) == last.div_euclid(DAY) { time_of_day(time) } else { to_the_minute(time) }
    }

    /// The whole sentence.
    pub(super) fn sentence(&self, event: &Event) -> String {
        let lead = &event.lead;
        format!("{}: {}; {}{}", self.who(lead), self.what(lead), self.when(lead), Self::amount(lead))
    }

    /// ` · 225 of the 240 failures then`
    fn amount(one: &Candidate) -> String {
        let (count, requests) = (one.told().inside.0, one.requests.0);
        match one.measure {
            Measure::Share(_) if one.log == Log::Connections => {
                format!(" · {} of {} connections", whole(count), whole(requests))
            }
            Measure::Share(_) if one.log == Log::HealthChecks => {
                format!(" · {} of {} health checks", whole(count), whole(requests))
            }
            Measure::Share(_) => format!(" · {} of {} requests", whole(count), whole(requests)),
            Measure::Time | Measure::Slow(_) | Measure::More | Measure::Less => {
                format!(" · {} requests", whole(requests))
            }
        }
    }
}

/// The least and the greatest; 0 of none.
fn from_to(values: impl Iterator<Item = usize> + Clone) -> (usize, usize) {
    (values.clone().min().unwrap_or(0), values.max().unwrap_or(0))
}

/// `10.0.64.0/18`
pub(super) fn subnet(key: Key) -> String {
    format!("{}/{}", Ipv4Addr::from_bits(key.1), key.2)
}

pub(super) fn share(rate: f64) -> String {
    Value::Float(rate).humane(Unit::Share)
}

pub(super) fn seconds(time: f64) -> String {
    if time < 1.0 { format!("{} ms", Value::Float(time).humane(Unit::Seconds)) } else { format!("{time:.1} s") }
}

#[expect(clippy::cast_precision_loss, reason = "a step is some minutes")]
pub(super) fn rate(per_bar: f64, frame: &Frame) -> String {
    let rate = per_bar / (frame.step as f64 / 1e6);
    Value::Float(if rate < 10.0 { rate } else { rate.round() }).humane(Unit::Number)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
fn whole(count: f64) -> String {
    human::count(count.round().max(0.0) as u64)
}

/// `502 by the load balancer 97 %, 503`: the causes that are most of all.
fn codes(causes: &[(String, u64)]) -> String {
    let all: u64 = causes.iter().map(|(_, count)| count).sum();
    let shown: Vec<String> = causes
        .iter()
        .filter(|(_, count)| count * 5 >= all)
        .take(2)
        .map(|(cause, _)| {
            let mut words = cause.splitn(3, ' ');
            let (status, maker, reason) = (words.next().unwrap_or(""), words.next().unwrap_or(""), words.next());
            let by = match (maker, reason) {
                ("target", _) => "by the target itself".to_owned(),
                (_, Some("waf")) => "by AWS WAF".to_owned(),
                (_, Some("fixed" | "redirect")) => "by a listener rule".to_owned(),
                (_, Some("no-target")) => "no target".to_owned(),
                (_, Some("not-sent")) => "no connection to the target".to_owned(),
                ("tls" | "check", Some(reason)) => return reason.to_owned(),
                (_, Some(reason)) => reason.to_owned(),
                _ => "by the load balancer".to_owned(),
            };
            format!("{status} {by}")
        })
        .collect();
    if shown.is_empty() { "of many kinds".to_owned() } else { shown.join(", ") }
}
