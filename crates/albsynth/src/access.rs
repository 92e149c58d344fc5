//! Access logs: which requests an object tells of, and how a request becomes a line.

use super::course::Guest;
use super::dice::{Dice, double};
use super::incident::{self, Effect, Fate, Incidents, Visit};
use super::odd;
use super::request::{Requests, Row, Texts};
use super::text::{Line, push, push_hex, push_ip, push_number, push_padded, push_seconds};
use super::widths::Widths;
use super::world::{Balancer, Node};
use super::{ObjectPlan, Synth, connection::Pool};
use alblog::columns::known_fields;
use alblog::time::{MINUTE, SECOND};

/// Writes an access log.
pub(super) fn render(synth: &Synth, plan: &ObjectPlan, out: &mut Vec<u8>, effects: &mut [Effect]) {
    let balancer = &synth.balancers[plan.balancer];
    let node = &balancer.nodes[plan.node];
    let pool = Pool::new(synth, plan);
    let requests = Requests { synth, balancer, node, pool: &pool };
    let mut dice = plan.dice(synth);
    let columns = (synth.columns)(plan.key.kind);
    let widths = Widths::draw(&mut dice, columns, synth.spec.old_widths);
    let mut texts = Texts::default();
    let mut guests = guests(synth, plan).into_iter().peekable();
    for position in 0..plan.lines {
        let in_order = plan.interval.at((double(position) + dice.unit()) / double(plan.lines));
        // A node's workers write one file: neighbours may change places. And now and then a row comes late.
        let late = match dice.below(10_000) {
            0..2 => 5 * SECOND + i64::from(dice.below(235)) * SECOND,
            2..1500 => 0.max(in_order - plan.interval.from - 1).min(i64::from(dice.below(300_000))),
            _ => 0,
        };
        debug_assert!(late < 5 * MINUTE);
        while let Some((number, guest, visit)) = guests.next_if(|(_, _, visit)| visit.time <= in_order) {
            let mut row = requests.of_guest(&mut dice, visit.time, &mut texts, &guest);
            row.changed |= incident::bit(number);
            let width = widths.of_line(&mut dice);
            write(Line::new(out, columns, width), &row, &texts, balancer, node);
            Incidents::count(&row, effects);
        }
        let mut row = requests.draw(&mut dice, in_order - late, &mut texts);
        let (times, apart) = match synth.incidents.amend(&mut dice, &mut row, effects) {
            Fate::Dropped => continue,
            Fate::Kept | Fate::Changed => (1, 0),
            Fate::Repeated(times, apart) => (times, apart),
        };
        for repetition in 0..times {
            if repetition > 0 && !repeat(&mut dice, &mut row, apart, plan.interval.to) {
                break;
            }
            let width = widths.of_line(&mut dice);
            if row.changed == 0 && dice.chance(synth.spec.odd_share) {
                odd::make(&mut dice, &mut row, &mut texts, width == known_fields(columns));
            }
            write(Line::new(out, columns, width), &row, &texts, balancer, node);
            Incidents::count(&row, effects);
        }
    }
}

/// Makes a row that of the same request so much later; `false` if that lies beyond the object.
fn repeat(dice: &mut Dice, row: &mut Row, apart: i64, end: i64) -> bool {
    row.time += apart;
    row.created += apart;
    row.trace = Some(dice.wide_bits());
    row.time < end
}

/// Requests besides the usual ones, in order, with the number of the incident they belong to.
fn guests<'s>(synth: &'s Synth, plan: &ObjectPlan) -> Vec<(usize, Guest<'s>, Visit)> {
    let mut guests = Vec::new();
    for (number, swarm) in synth.incidents.swarms() {
        let visits = swarm.visits(synth, plan).into_iter();
        guests.extend(visits.map(|visit| (number, swarm.guest(synth, &visit), visit)));
    }
    guests.sort_by_key(|(_, _, visit)| visit.time);
    guests
}

fn write(mut line: Line, row: &Row, texts: &Texts, balancer: &Balancer, node: &Node) {
    let Row { connection, trail, .. } = row;
    line.bare(row.kind);
    line.time(row.time);
    line.bare(&balancer.elb);
    line.field(|out| {
        push_ip(out, connection.client.ip);
        out.push(b':');
        push_number(out, u64::from(connection.port));
    });
    line.bare(row.target);
    for time in trail.times {
        line.field(|out| push_seconds(out, time));
    }
    line.field(|out| push_padded(out, u64::from(trail.elb_status), 3));
    line.number_or_dash(trail.target_status.map(u64::from));
    line.number(row.received);
    line.number(row.sent);
    line.quoted(&texts.request);
    line.quoted(row.agent);
    line.bare(connection.tls.map_or("-", |_| connection.client.suite.cipher));
    line.bare(connection.tls.map_or("-", |_| connection.client.suite.protocol));
    line.bare(row.group_arn);
    line.field(|out| write_trace(out, row));
    line.quoted(row.domain);
    line.quoted(row.certificate);
    line.number_or_dash(row.rule);
    line.time(row.created);
    line.quoted(row.actions);
    line.quoted(if texts.redirect.is_empty() { b"-" } else { texts.redirect.as_slice() });
    line.quoted(trail.reason);
    line.quoted(row.target);
    line.field(|out| {
        push(out, "\"");
        match trail.target_status.filter(|_| trail.reached) {
            Some(status) => push_number(out, u64::from(status)),
            None => push(out, "-"),
        }
        push(out, "\"");
    });
    for class in row.classification {
        line.quoted(class);
    }
    line.connection_id(connection.id);
    let rewritten =
        if row.rewritten { ["gateway.internal.example.com", "/v1/partner", "TransformSuccess"] } else { ["-"; 3] };
    for value in rewritten {
        line.quoted(value);
    }
    line.bare(&node.ip);
    for code in trail.codes {
        line.quoted(code);
    }
    line.end(row.surplus);
}

/// The trace id: when the request came, and a random part.
fn write_trace(out: &mut Vec<u8>, row: &Row) {
    let Some(trace) = row.trace else {
        return push(out, "\"-\"");
    };
    push(out, "\"Root=1-");
    push_hex(out, u128::from((row.created / SECOND).unsigned_abs()), 8);
    push(out, "-");
    push_hex(out, trace, 24);
    if let Some(parent) = row.parent {
        push(out, ";Parent=");
        push_hex(out, u128::from(parent), 16);
        push(out, ";Sampled=0");
    }
    push(out, "\"");
}
