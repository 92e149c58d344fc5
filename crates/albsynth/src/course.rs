//! Where a request of a host goes and how it ends, before it becomes a row: the point at which an incident steps in.

use super::catalogue::{Access, Protocol};
use super::clients::Client;
use super::connection::Connection;
use super::dice::Dice;
use super::outcome::{Outcome, Trail};
use super::paths;
use super::request::Requests;
use super::world::{Balancer, Host, Node, Service};

/// The way of one request.
pub(super) struct Course<'s> {
    pub(super) balancer: &'s Balancer,
    /// Whose node it came to.
    pub(super) node: &'s Node,
    pub(super) host: &'s Host,
    /// Whose rule matched and whose target group got it.
    pub(super) service: &'s Service,
    /// Index of the pod.
    pub(super) target: usize,
    pub(super) method: &'static str,
    /// The path with its words in braces.
    pub(super) pattern: &'static str,
    /// Priority of the rule that matched.
    pub(super) rule: u64,
    /// When it ended, microseconds since the epoch.
    pub(super) time: i64,
    pub(super) outcome: Outcome,
    pub(super) trail: Trail,
    /// Bit by bit which incidents changed it.
    pub(super) changed: u32,
}

/// A service of a load balancer, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) balancer: u64,
    pub(super) service: u64,
}

/// Somebody who is not of the usual traffic, and what they ask for.
pub(super) struct Guest<'s> {
    pub(super) connection: Connection,
    pub(super) service: &'s Service,
    /// Index of the host within the load balancer.
    pub(super) host: usize,
    pub(super) paths: &'static [(&'static str, &'static str)],
    /// What the service answers; as usual if `None`.
    pub(super) status: Option<u16>,
}

impl<'s> Course<'s> {
    /// The course of a usual request for a service.
    pub(super) fn draw(
        dice: &mut Dice,
        requests: &Requests<'s>,
        host: &'s Host,
        service: &'s Service,
        time: i64,
    ) -> Self {
        let Requests { synth, balancer, node, .. } = *requests;
        let target = dice.index(service.targets.len());
        let in_trouble = synth.in_trouble(balancer, service, time);
        let mut outcome = Outcome::draw(dice, balancer, host, service, in_trouble && target == 0);
        if synth.spec.noise < 1.0 && outcome.is_noise() && !dice.chance(synth.spec.noise) {
            outcome = Outcome::Answered;
        }
        let (method, pattern) = paths::draw(dice, service.template.paths);
        let slowness = if in_trouble { 3.0 } else { 1.0 };
        let answer_time = dice.size(service.template.median_ms * slowness, service.template.spread);
        let trail = Trail::draw(dice, outcome, service, method, Some(answer_time));
        let rule = service.rule;
        Self { balancer, node, host, service, target, method, pattern, rule, time, outcome, trail, changed: 0 }
    }

    /// The course of a guest's request.
    pub(super) fn of_guest(dice: &mut Dice, requests: &Requests<'s>, guest: &Guest<'s>, time: i64) -> Self {
        let host = &requests.balancer.hosts[guest.host];
        let mut course = Self::draw(dice, requests, host, guest.service, time);
        (course.method, course.pattern) = paths::draw(dice, guest.paths);
        course.end(dice, Outcome::Answered);
        if let Some(status) = guest.status {
            (course.trail.elb_status, course.trail.target_status) = (status, Some(status));
        }
        course
    }

    pub(super) fn place(&self) -> Place {
        Place { balancer: self.balancer.number, service: self.service.number }
    }

    /// Whether it reached a target that answered, whatever it said.
    pub(super) fn is_answered(&self) -> bool {
        self.outcome == Outcome::Answered
    }

    /// Lets it end otherwise, after as long as such an end usually takes.
    pub(super) fn end(&mut self, dice: &mut Dice, outcome: Outcome) {
        let template = self.service.template;
        let answer_time = dice.size(template.median_ms, template.spread);
        self.outcome = outcome;
        self.trail = Trail::draw(dice, outcome, self.service, self.method, Some(answer_time));
    }

    /// The same, of a share of those that are answered; whether it does.
    pub(super) fn end_some(&mut self, dice: &mut Dice, share: f64, outcome: Outcome) -> bool {
        let ends = self.is_answered() && dice.chance(share);
        if ends {
            self.end(dice, outcome);
        }
        ends
    }

    /// Makes the target take `factor` times as long; `false` if it never answered.
    pub(super) fn slow_down(&mut self, factor: f64) -> bool {
        let Some(millis) = &mut self.trail.times[1] else {
            return false;
        };
        let slow = super::dice::whole((f64::from(*millis) * factor).round());
        *millis = u32::try_from(slow).unwrap_or(u32::MAX);
        true
    }

    /// What the load balancer did with it, as the line lists it.
    pub(super) fn actions(&self) -> &'static str {
        let (waf, login) = (self.balancer.template.waf, self.host.template.access == Access::Login);
        match self.outcome {
            Outcome::BadForwardedFor => "-",
            Outcome::Blocked => "waf",
            Outcome::Redirected if waf => "waf,redirect",
            Outcome::Redirected => "redirect",
            Outcome::LoginStarted | Outcome::LoginFailed => "authenticate",
            _ => match (waf, login) {
                (true, true) => "waf,authenticate,forward",
                (true, false) => "waf,forward",
                (false, true) => "authenticate,forward",
                (false, false) => "forward",
            },
        }
    }

    /// The type field of its line.
    pub(super) fn kind(&self, client: &Client) -> &'static str {
        match self.service.template.protocol {
            Protocol::Grpc => "grpcs",
            Protocol::WebSocket if self.is_answered() => "wss",
            Protocol::WebSocket => "https",
            _ if self.is_http2(client) => "h2",
            _ => "https",
        }
    }

    /// Whether it came over HTTP/2.
    pub(super) fn is_http2(&self, client: &Client) -> bool {
        self.service.template.protocol == Protocol::Grpc || client.http2 || self.outcome == Outcome::StreamReset
    }
}
