//! The two tables: what failures there are, and whose they are.

use std::collections::BTreeSet;

use super::bars::as_number;
use super::commands::trace_id;
use super::facts::{Facts, Shape, Share};
use super::group::{Cause, Group};
use super::health::Checks;
use super::judge::phrases::{clock, group_title, seconds};
use super::judge::{Evidence, Verdict, checks_of};
use super::measure::sums;
use super::rows::Context;
use super::rules::Family;
use crate::output::document::{Column, Row, Table, Unit, Value};
use crate::output::human;
use crate::report::pods::Pod;

/// Targets that are listed if no conclusion is about some of them.
const LISTED: usize = 6;

fn expendable(name: &str, heading: &str, unit: Unit, expendable: u8) -> Column {
    Column { expendable, ..Column::new(name, heading, unit) }
}

/// `502s`, or `FAILURES` of several codes.
pub(super) fn what(groups: &[Group]) -> Option<i64> {
    let codes: BTreeSet<i64> = groups.iter().flat_map(|group| &group.causes).map(|cause| cause.status).collect();
    if codes.len() == 1 { codes.first().copied() } else { None }
}

/// `502s`, `failures`
pub(super) fn plural(status: Option<i64>) -> String {
    status.map_or_else(|| "failures".to_owned(), |status| format!("{status:03}s"))
}

fn heading(status: Option<i64>) -> String {
    if status.is_some() { plural(status) } else { "FAILURES".to_owned() }
}

fn count(count: u64) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn share(part: u64, whole: u64) -> Value {
    Value::Float(as_number(part) / as_number(whole.max(1)))
}

fn group_value(group: &Group, context: &Context) -> Value {
    let shown = group_title(&group.elb, group.target_group.as_deref(), context);
    match &group.target_group {
        Some(arn) if *arn != shown => Value::Name { id: arn.clone(), shown },
        _ => Value::Text(shown),
    }
}

/// The columns of the table of causes, where there are several target groups and status codes.
pub(in crate::report) const COLUMNS: [(&str, Unit); 11] = [
    ("cause", Unit::Text),
    ("target_group", Unit::Text),
    ("status", Unit::Code),
    ("failures", Unit::Count),
    ("share", Unit::Share),
    ("targets", Unit::Text),
    ("rule", Unit::Text),
    ("elapsed_p50", Unit::Seconds),
    ("first_seen", Unit::Time),
    ("last_seen", Unit::Time),
    ("example", Unit::Text),
];

/// One row a cause and target group, most failures first; those with which clients are refused last.
pub(super) fn causes(groups: &[Group], context: &Context) -> Table {
    let failing: Vec<&Group> = groups.iter().filter(|group| !group.causes.is_empty()).collect();
    let (status, several) = (what(groups), failing.len() > 1);
    let total: u64 = failing.iter().map(|group| group.failures()).sum();
    let mut all: Vec<(&Group, &Cause)> =
        failing.iter().flat_map(|group| group.causes.iter().map(|cause| (*group, cause))).collect();
    // What services do comes before what clients are refused.
    let is_refused = |cause: &Cause| (1..500).contains(&cause.status) && cause.status != 460;
    all.sort_by_key(|(_, cause)| (is_refused(cause), std::cmp::Reverse(cause.failures), cause.rule.id));
    let mut columns = vec![Column::new("cause", "CAUSE", Unit::Text)];
    if several {
        columns.push(Column::new("target_group", "TARGET GROUP", Unit::Text));
    }
    if status.is_none() {
        columns.push(Column::new("status", "STATUS", Unit::Code));
    }
    columns.extend([
        Column::new("failures", &heading(status), Unit::Count),
        Column::new("share", "SHARE", Unit::Share),
        expendable("targets", "TARGETS", Unit::Text, 1),
        Column::new("rule", "RULE", Unit::Text),
        expendable("elapsed_p50", "p50, ms", Unit::Seconds, 3),
        expendable("first_seen", "FIRST", Unit::Time, 4),
        expendable("last_seen", "LAST", Unit::Time, 2),
        expendable("example", "EXAMPLE", Unit::Text, 5),
    ]);
    let row = |(group, cause): &(&Group, &Cause)| {
        let mut values = vec![Value::Text(cause_text(cause))];
        if several {
            values.push(group_value(group, context));
        }
        if status.is_none() {
            values.push(Value::Int(cause.status));
        }
        values.extend([
            count(cause.failures),
            share(cause.failures, total),
            targets_of(group, cause),
            Value::Text(cause.rule.id.to_owned()),
            cause.elapsed.map_or(Value::Null, |elapsed| Value::Float(elapsed.p50)),
            Value::Int(cause.first),
            Value::Int(cause.last),
            cause.example.as_deref().map_or(Value::Null, |id| Value::Text(trace_id(id).unwrap_or(id).to_owned())),
        ]);
        Row::new(values)
    };
    let shown = if context.top == 0 { all.len() } else { all.len().min(context.top) };
    let label = |label: String, failures: u64| {
        let mut values = vec![Value::Text(String::new()); columns.len()];
        let at = columns.iter().position(|column| column.name == "failures").unwrap_or(0);
        values[0] = Value::Text(label);
        values[at] = count(failures);
        values[at + 1] = share(failures, total);
        Row::new(values)
    };
    let hidden: u64 = all[shown..].iter().map(|(_, cause)| cause.failures).sum();
    let more = (shown < all.len()).then(|| label(format!("{} more (--top 0)", all.len() - shown), hidden));
    let sum = (all.len() > 1).then(|| label("total".to_owned(), total));
    Table {
        rows: all[..shown].iter().map(row).collect(),
        more,
        total: sum,
        empty: all.is_empty().then(|| "no request failed".to_owned()),
        columns,
        ..Table::default()
    }
}

/// The cause in words, with the load balancer's reason and the time it took where that says something.
fn cause_text(cause: &Cause) -> String {
    let reason = cause.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let tells = matches!(cause.rule.family, Family::Connection | Family::Waiting | Family::Lambda);
    let time = match cause.elapsed {
        Some(elapsed) if tells && elapsed.p50 >= 0.010 => format!(", p50 {}", seconds(elapsed.p50)),
        _ => String::new(),
    };
    format!("{}{reason}{time}", cause.rule.cause)
}

/// `2 of 6`: the targets it hit, of those that had requests; nothing if it hit none.
fn targets_of(group: &Group, cause: &Cause) -> Value {
    let hit: BTreeSet<usize> = cause.cells.keys().filter_map(|(target, _)| *target).collect();
    if hit.is_empty() { Value::Null } else { Value::Text(format!("{} of {}", hit.len(), group.targets.len())) }
}

/// The targets of a conclusion, and all others sums; `None` if no target had anything to do with it.
pub(super) fn targets(facts: &Facts<'_>, verdict: &Verdict, evidence: &Evidence<'_>) -> Option<Table> {
    if facts.targets.iter().all(|share| share.failures == 0) {
        return None;
    }
    let named = |share: &&Share<'_>| verdict.targets.iter().any(|name| name == share.name);
    // Those that it is about, else all; those first that fail most above the rate of all.
    let all = (facts.targets.iter().map(|share| failures_of(facts, share.index)).sum(), sums(&facts.targets).1);
    let usual = as_number(all.0) / as_number(all.1.max(1));
    let harm = |share: &Share<'_>| as_number(failures_of(facts, share.index)) - usual * as_number(share.requests);
    let mut listed: Vec<&Share<'_>> = facts.targets.iter().filter(named).collect();
    if listed.is_empty() {
        listed = facts.targets.iter().collect();
    }
    listed.sort_by(|one, other| harm(other).total_cmp(&harm(one)).then_with(|| one.name.cmp(other.name)));
    listed.truncate(LISTED);
    let others: Vec<Share<'_>> =
        facts.targets.iter().filter(|share| !listed.iter().any(|one| one.index == share.index)).cloned().collect();
    let has_health = checks_of(facts, &facts.targets, evidence).is_some();
    let minute = |bar: usize| {
        let time = clock(facts.bars.time.begin(bar), evidence.context);
        time.get(..time.len() - 3).map_or(time.clone(), ToOwned::to_owned)
    };
    let range = facts.range();
    let of = match facts.shape {
        Shape::Burst(edges) if edges.ongoing => format!("OF REQUESTS SINCE {}", minute(range.start)),
        Shape::Burst(_) => format!("OF REQUESTS {}–{}", minute(range.start), minute(range.end)),
        Shape::Steady | Shape::Few => "OF REQUESTS".to_owned(),
    };
    let codes: BTreeSet<i64> = facts.group.causes.iter().map(|cause| cause.status).collect();
    let status = codes.first().copied().filter(|_| codes.len() == 1);
    let in_group = |name: &str, unit| Column { group: Some(of.clone()), ..Column::new(name, "", unit) };
    let mut columns = vec![Column::new("target", "TARGET", Unit::Text)];
    let of_pods: Vec<&OfPod> =
        OF_PODS.iter().filter(|of| facts.targets.iter().any(|share| of.value(share) != Value::Null)).collect();
    columns.extend(of_pods.iter().map(|of| expendable(of.name, of.heading, Unit::Text, of.expendable)));
    columns.extend([
        Column::new("failures", &heading(status), Unit::Count),
        in_group("requests", Unit::Count),
        in_group("failure_rate", Unit::Share),
    ]);
    if has_health {
        columns.push(Column::new("health_checks_failed", "HEALTH CHECKS FAILED", Unit::Text));
    }
    let row = |name: String, shares: &[Share<'_>]| {
        let (_, requests) = sums(shares);
        let failures = shares.iter().map(|share| failures_of(facts, share.index)).sum();
        let mut values = vec![Value::Text(name)];
        // Several together have nothing in common.
        let only = if let [only] = shares { Some(only) } else { None };
        values.extend(of_pods.iter().map(|of| only.map_or(Value::Null, |only| of.value(only))));
        values.extend([count(failures), count(requests), share(failures, requests)]);
        if has_health {
            values.push(checked(checks_of(facts, shares, evidence), evidence.context));
        }
        Row::new(values)
    };
    let rows = listed.iter().map(|one| row(one.name.to_owned(), std::slice::from_ref(*one))).collect();
    let more = match others.len() {
        0 => None,
        1 => Some(row("1 other".to_owned(), &others)),
        several => Some(row(format!("{} others", human::count(several as u64)), &others)),
    };
    let group = group_title(&facts.group.elb, facts.group.target_group.as_deref(), evidence.context);
    let title = Some(format!("Targets of {group}, most failures above the rate of all first"));
    Some(Table { title, columns, rows, more, ..Table::default() })
}

/// A column about the pods of targets, which is there if any is known.
struct OfPod {
    name: &'static str,
    heading: &'static str,
    expendable: u8,
    told: fn(&Pod) -> Value,
}

impl OfPod {
    fn value(&self, share: &Share<'_>) -> Value {
        share.pod.map_or(Value::Null, self.told)
    }
}

const OF_PODS: [OfPod; 3] = [
    OfPod { name: "pod", heading: "POD", expendable: 0, told: Pod::value },
    OfPod { name: "version", heading: "VERSION", expendable: 1, told: |pod| optional(pod.version.as_ref()) },
    OfPod { name: "zone", heading: "ZONE", expendable: 2, told: |pod| optional(pod.zone.as_ref()) },
];

fn optional(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.clone()))
}

/// Failures of a target in the bars of the facts, of whatever family.
fn failures_of(facts: &Facts<'_>, target: usize) -> u64 {
    let cells = facts.group.causes.iter().flat_map(|cause| &cause.cells);
    let theirs = cells.filter(|((of, bar), _)| *of == Some(target) && facts.within[*bar]);
    theirs.map(|(_, cell)| cell.failures).sum()
}

/// `31 of 168   TimedOut, from 02:52:10`
fn checked(checks: Option<Checks>, context: &Context) -> Value {
    let Some(checks) = checks else { return Value::Null };
    let failed = format!("{} of {}", human::count(checks.failed), human::count(checks.all));
    Value::Text(match (checks.reason, checks.first_failed) {
        (Some(reason), Some(first)) => format!("{failed}   {reason}, from {}", clock(first, context)),
        _ => failed,
    })
}
