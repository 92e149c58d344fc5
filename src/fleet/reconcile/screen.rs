//! A plan as people read it: what would be written, what is left alone and why, what stands in the way. Pure.

use std::collections::BTreeMap;

use alblog::LogKind;

use super::observed::{Observed, Seen};
use super::state::{Decision, State};
use crate::base::config::LogPolicy;
use crate::base::s3_address::address;
use crate::fleet::aws::elbv2::{Change, LogSettings, keys};
use crate::fleet::kubernetes::Intent;

/// Load balancers of one sort shown when there are many more.
const SHOWN: usize = 4;

/// What a screen says beside the decisions.
#[derive(Debug, Clone)]
pub struct Heading<'a> {
    /// `albstats.toml`
    pub file: String,
    /// What was asked for.
    pub policy: &'a LogPolicy,
    /// By ARN.
    pub intents: &'a BTreeMap<String, Intent>,
    /// Columns of the terminal; none where nobody counts them.
    pub width: Option<usize>,
    /// Whether every load balancer is shown.
    pub all: bool,
}

/// One line: logs of one load balancer that stand alike.
struct Row<'a> {
    sign: char,
    seen: Option<&'a Seen>,
    name: String,
    whose: String,
    kinds: Vec<LogKind>,
    text: String,
    fix: Option<String>,
    changes: Vec<Changed<'a>>,
}

/// The screen without its last lines, which say what to do next.
pub fn screen(heading: &Heading, observed: &Observed, decisions: &[Decision]) -> String {
    let rows = rows(heading, observed, decisions);
    let by_sign = ['+', '-', '?', '=', '!'].map(|sign| rows.iter().filter(|row| row.sign == sign).collect::<Vec<_>>());
    // One more takes no more room than to say so.
    let shown = |rows: &Vec<&Row>| if heading.all || rows.len() <= SHOWN + 1 { rows.len() } else { SHOWN };
    let layout = Layout::of(by_sign.iter().flat_map(|rows| &rows[..shown(rows)]), heading.width);
    let mut lines = vec![policy_line(heading), counts(observed, decisions)];
    for rows in by_sign.iter().filter(|rows| !rows.is_empty()) {
        lines.push(String::new());
        let mut told = Vec::new();
        for row in &rows[..shown(rows)] {
            layout.print(row, &told, &mut lines);
            lines.extend(changes(row, &told).into_iter().map(|change| format!("      {change}")));
            lines.extend(row.fix.iter().map(|fix| format!("      fix: {}", fix.replace('\n', "\n           "))));
            told.extend_from_slice(&row.changes);
        }
        if shown(rows) < rows.len() {
            lines.push(format!("{} {} more (--all)", rows[0].sign, rows.len() - shown(rows)));
        }
    }
    lines.join("\n") + "\n"
}

/// Settings before and what is to be written.
type Changed<'a> = (&'a LogSettings, &'a Change);

fn policy_line(heading: &Heading) -> String {
    let policy = heading.policy;
    let kinds = if policy.kinds.len() == LogKind::ALL.len() {
        "all three kinds".to_owned()
    } else {
        policy.kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    };
    let accounts = policy.select.keys().cloned().collect::<Vec<_>>().join(", ");
    format!("policy {}: ALBs of {accounts}, {kinds} → {}", heading.file, address(&policy.bucket, &policy.prefix))
}

/// How many logs stand how: `40 ALBs, 120 logs: 96 delivering · 3 silent · 12 to enable · 6 left alone · 3 blocked`
pub fn counts(observed: &Observed, decisions: &[Decision]) -> String {
    const ORDER: [&str; 12] = [
        "delivering",
        "enabled",
        "just enabled",
        "silent",
        "to enable",
        "to disable",
        "waiting for Kubernetes",
        "left alone",
        "blocked",
        "throttled",
        "contended",
        "gone",
    ];
    let mut counted: BTreeMap<usize, usize> = BTreeMap::new();
    for decision in decisions {
        let word = match (&decision.state, &decision.write) {
            (_, Some(Change::Enable { .. })) => "to enable",
            (_, Some(Change::Disable)) => "to disable",
            (State::Delivering, _) => "delivering",
            (State::Enabled, _) => "enabled",
            (State::Verifying, _) => "just enabled",
            (State::Stale(_), _) => "silent",
            (State::Unread(_), _) => "waiting for Kubernetes",
            (State::Blocked(_) | State::Preflight, _) => "blocked",
            (State::Throttled(_), _) => "throttled",
            (State::Contended(_), _) => "contended",
            (State::Gone, _) => "gone",
            _ => "left alone",
        };
        *counted.entry(ORDER.iter().position(|known| *known == word).unwrap_or(0)).or_default() += 1;
    }
    let counted = counted.into_iter().map(|(index, count)| format!("{count} {}", ORDER[index]));
    let counted = counted.collect::<Vec<_>>().join(" · ");
    let (elbs, logs) = (observed.load_balancers.len(), decisions.len());
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let colon = if logs == 0 { "" } else { ": " };
    format!("{elbs} ALB{}, {logs} log{}{colon}{counted}", plural(elbs), plural(logs))
}

fn rows<'a>(heading: &Heading, observed: &'a Observed, decisions: &'a [Decision]) -> Vec<Row<'a>> {
    let mut rows: Vec<Row> = Vec::new();
    for decision in decisions {
        let Some(sign) = sign(decision) else { continue };
        let seen = observed.seen(&decision.log);
        let name = seen.map_or(decision.log.arn.as_str(), |seen| &seen.load_balancer.name).to_owned();
        let text = if decision.canary { "canary, written first".to_owned() } else { text(decision) };
        let before = seen.and_then(|seen| seen.logs.get(&decision.log.kind));
        let change = before.zip(decision.write.as_ref());
        let same = |row: &&mut Row| {
            row.seen.is_some_and(|other| other.load_balancer.arn == decision.log.arn)
                && row.sign == sign
                && (row.text == text || row.text.is_empty() || sign == '+')
        };
        if let Some(row) = rows.iter_mut().find(same) {
            row.kinds.push(decision.log.kind);
            row.changes.extend(change);
            if decision.canary {
                row.text = text;
            }
            continue;
        }
        rows.push(Row {
            sign,
            seen,
            name,
            whose: seen.map_or_else(String::new, |seen| whose(heading, seen)),
            kinds: vec![decision.log.kind],
            text,
            fix: fix(decision, seen),
            changes: change.into_iter().collect(),
        });
    }
    // The canary first.
    rows.sort_by_key(|row| !row.text.starts_with("canary"));
    rows
}

/// What a log's line begins with; none for what is as it should be.
fn sign(decision: &Decision) -> Option<char> {
    match (&decision.state, &decision.write) {
        (_, Some(Change::Enable { .. })) => Some('+'),
        (_, Some(Change::Disable)) => Some('-'),
        (State::Enabled | State::Delivering | State::Verifying | State::Gone, _) => None,
        (State::Unread(_), _) => Some('?'),
        (State::Blocked(_) | State::Stale(_) | State::Throttled(_) | State::Contended(_) | State::Preflight, _) => {
            Some('!')
        }
        _ => Some('='),
    }
}

fn text(decision: &Decision) -> String {
    match (&decision.state, &decision.write) {
        (State::Pending, Some(_)) => String::new(),
        (state, _) => state.text(),
    }
}

fn fix(decision: &Decision, seen: Option<&Seen>) -> Option<String> {
    match &decision.state {
        State::Blocked(block) => Some(block.fix.clone()),
        State::Stale(_) => Some(format!("albstats bucket check --elb {}", seen?.load_balancer.name)),
        State::Contended(_) => Some(format!(
            "find who changes it (CloudTrail: ModifyLoadBalancerAttributes), then albstats reconcile forget {}",
            seen?.load_balancer.name
        )),
        _ => None,
    }
}

/// `prod, group "search"`
fn whose(heading: &Heading, seen: &Seen) -> String {
    match heading.intents.get(&seen.load_balancer.arn) {
        Some(Intent::Declared(declaration)) if !declaration.stack.is_empty() => {
            format!("{}, {}", seen.account, declaration.stack)
        }
        _ => seen.account.clone(),
    }
}

fn kinds(kinds: &[LogKind]) -> String {
    if kinds.len() == LogKind::ALL.len() {
        return "all three".to_owned();
    }
    kinds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Keys that would change, aligned: `access_logs.s3.enabled  false → true`. What was told of another log is not said again.
fn changes(row: &Row, told: &[Changed]) -> Vec<String> {
    let quoted = |text: &str| if text.is_empty() { "\"\"".to_owned() } else { text.to_owned() };
    let mut changed: Vec<[String; 3]> = Vec::new();
    for (kind, (before, change)) in row.kinds.iter().zip(&row.changes).filter(|(_, change)| !told.contains(change)) {
        let after = change.applied_to(before);
        let [enabled, bucket, prefix] = keys(*kind);
        let all = [
            [enabled, before.enabled.to_string(), after.enabled.to_string()],
            [bucket, quoted(&before.bucket), quoted(&after.bucket)],
            [prefix, quoted(&before.prefix), quoted(&after.prefix)],
        ];
        changed.extend(all.into_iter().filter(|[_, before, after]| before != after));
    }
    let widest = |column: usize| changed.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (keys, befores) = (widest(0), widest(1));
    changed.iter().map(|[key, before, after]| format!("{key:keys$}  {before:befores$} → {after}")).collect()
}

/// What stands at the end of a line.
fn remark(row: &Row, told: &[Changed]) -> String {
    let told = !row.changes.is_empty() && row.changes.iter().all(|change| told.contains(change));
    if told && row.text.is_empty() {
        return if row.kinds.len() > 1 { "same keys each" } else { "same keys" }.to_owned();
    }
    row.text.clone()
}

/// The columns.
struct Layout {
    name: usize,
    whose: usize,
    kinds: usize,
    width: usize,
}

impl Layout {
    fn of<'a>(rows: impl Iterator<Item = &'a &'a Row<'a>>, width: Option<usize>) -> Self {
        let rows: Vec<&Row> = rows.copied().collect();
        let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(|row| of(row)).max().unwrap_or(0);
        Self {
            name: widest(&|row| row.name.chars().count()),
            whose: widest(&|row| row.whose.chars().count()),
            kinds: widest(&|row| kinds(&row.kinds).chars().count()),
            width: width.unwrap_or(usize::MAX),
        }
    }

    /// What does not fit beside the columns goes below them.
    fn print(&self, row: &Row, told: &[Changed], lines: &mut Vec<String>) {
        let Self { name, whose, kinds: wide, .. } = self;
        let text = remark(row, told);
        let line = format!("{} {:name$}  {:whose$}  {:wide$}", row.sign, row.name, row.whose, kinds(&row.kinds));
        let whole = format!("{line}  {text}");
        if text.is_empty() || whole.chars().count() <= self.width {
            lines.push(whole.trim_end().to_owned());
            return;
        }
        lines.push(line.trim_end().to_owned());
        lines.extend(wrapped(&text, self.width.max(40) - 6).into_iter().map(|text| format!("      {text}")));
    }
}

/// Text in lines of at most so many characters, broken at blanks.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests;
