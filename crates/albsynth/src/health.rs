//! Health check logs: every node checks every target of its load balancer, at fixed times.

use super::Synth;
use super::catalogue::Protocol;
use super::course::Place;
use super::dice::{Dice, mix};
use super::incident::{Effect, Health};
use super::object::{Interval, ObjectPlan};
use super::text::{Line, push_number, push_padded};
use super::widths::Widths;
use super::world::{Balancer, Node, Service};
use alblog::time::SECOND;

/// Time between two checks of a target.
const PERIOD: i64 = 15 * SECOND;
/// How long a check waits, nanoseconds.
const TIMEOUT_NANOS: u64 = 5_000_000_000;

/// The number of checks of a node in an interval.
pub(super) fn count(balancer: &Balancer, interval: Interval) -> u64 {
    let targets: usize = services(balancer).map(|service| service.targets.len()).sum();
    targets as u64 * rounds(interval)
}

fn rounds(interval: Interval) -> u64 {
    (interval.to - interval.from).unsigned_abs().div_ceil(PERIOD.unsigned_abs())
}

fn services(balancer: &Balancer) -> impl Iterator<Item = &Service> {
    balancer.hosts.iter().flat_map(|host| &host.services)
}

/// Writes a health check log.
pub(super) fn render(synth: &Synth, plan: &ObjectPlan, out: &mut Vec<u8>, effects: &mut [Effect]) {
    let balancer = &synth.balancers[plan.balancer];
    let node = &balancer.nodes[plan.node];
    let mut dice = plan.dice(synth);
    let columns = (synth.columns)(plan.key.kind);
    let widths = Widths::draw(&mut dice, columns, synth.spec.old_widths);
    for round in 0..rounds(plan.interval) {
        let begin = plan.interval.from + i64::try_from(round).unwrap_or(0) * PERIOD;
        let length = PERIOD.min(plan.interval.to - begin);
        for service in services(balancer) {
            for target in 0..service.targets.len() {
                // Each target has its own moment in the period.
                let phase = mix(service.number * 1000 + target as u64 + node.number) % PERIOD.unsigned_abs();
                let time = begin + 1 + i64::try_from(phase).unwrap_or(0) % length;
                let sick = target == 0 && synth.in_trouble(balancer, service, time);
                let failing = if sick { 0.3 } else { 0.002 * synth.spec.noise };
                let place = Place { balancer: balancer.number, service: service.number };
                let mut check = Check::draw(&mut dice, service, failing);
                match synth.incidents.check(place, service, target, time, effects) {
                    Health::Usual => {}
                    Health::Silent => check.fail("TimedOut", TIMEOUT_NANOS + check.nanos % 1_000_000),
                    Health::Reset => check.fail("ConnectionReset", check.nanos),
                    Health::Gone => continue,
                }
                let name = synth.target(place, service, target, time);
                let line = Line::new(out, columns, widths.of_line(&mut dice));
                write(line, &check, time, (service, name), balancer, node);
            }
        }
    }
}

/// The outcome of a check.
struct Check {
    nanos: u64,
    status: &'static str,
    code: Option<u64>,
    reason: &'static str,
}

impl Check {
    fn draw(dice: &mut Dice, service: &Service, failing: f64) -> Self {
        let micros = dice.size(service.template.median_ms.min(20.0) * 400.0, 0.5);
        let nanos = u64::from(micros) * 1000 + u64::from(dice.below(1000));
        if !dice.chance(failing) {
            let code = if service.template.protocol == Protocol::Grpc { 0 } else { 200 };
            return Self { nanos, status: "PASS", code: Some(code), reason: "-" };
        }
        let (reason, code, nanos) = match dice.below(10) {
            0..5 => ("TimedOut", None, TIMEOUT_NANOS + nanos % 1_000_000),
            5..7 => ("ConnectionReset", None, nanos),
            7..9 => ("ResponseCodeMismatch", Some(503), nanos),
            _ => ("TargetError", Some(502), nanos),
        };
        Self { nanos, status: "FAIL", code, reason }
    }

    /// Lets it fail without an answer.
    fn fail(&mut self, reason: &'static str, nanos: u64) {
        *self = Self { nanos, status: "FAIL", code: None, reason };
    }
}

fn write(
    mut line: Line,
    check: &Check,
    time: i64,
    (service, target): (&Service, &str),
    balancer: &Balancer,
    node: &Node,
) {
    line.bare(match service.template.protocol {
        Protocol::Http | Protocol::WebSocket => "http",
        Protocol::Grpc => "grpc",
        Protocol::Lambda => "lambda",
    });
    line.time(time);
    line.field(|out| {
        push_number(out, check.nanos / 1_000_000_000);
        out.push(b'.');
        push_padded(out, check.nanos % 1_000_000_000, 9);
    });
    line.bare(target);
    line.bare(&service.group);
    line.bare(check.status);
    line.number_or_dash(check.code);
    line.bare(check.reason);
    line.bare(&balancer.elb);
    line.bare(&node.ip);
    line.end("");
}
