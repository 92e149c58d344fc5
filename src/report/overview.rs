//! Report `overview`: what is going on, from one scan. Load balancers, target groups and status codes are grouping sets
//! of the same statement.
//!
//! Not responsible for why something failed or is slow: it says which report to ask.

use std::ops::Range;

use anyhow::Result;

use super::answer::{Answer, AnswerRow};
use super::draft::Draft;
use super::elements::{at, count_value, finding, share, share_value};
use super::findings::{Findings, answer_and_findings, data};
use super::next::report;
use super::parameters::seconds;
use super::session::Session;
use super::table::table_of;
use crate::base::clock::time_of_day;
use crate::base::counts::most_first;
use crate::output::document::{Column, Document, Finding, Next, Row, Table, Tone, Unit, Value};
use crate::output::human;

/// A rate of 5xx above this is what the eye should find first.
const BAD: f64 = 0.01;
/// Rows of the smaller tables.
const FEW: usize = 10;
/// Status codes that are named beside a number of them.
const NAMED: usize = 4;
/// Columns that say nothing more of load balancers.
const OF_GROUPS: [&str; 2] = ["target_p50", "total_p99"];

/// A status code that was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Code {
    /// `502`; `(none)` where the log has none.
    name: String,
    requests: u64,
    /// Those of which the target answered so itself.
    from_target: u64,
}

/// Makes the report.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn document(session: &Session<'_>) -> Result<Document> {
    let (answer, found) = answer_and_findings(session).await?;
    let mut draft = Draft::of(session, &answer);
    let Some(total) = answer.part("total").next().filter(|total| total.count("requests") > 0) else {
        draft.data = Some(data(session, &found));
        return Ok(draft.document());
    };
    let codes = codes(&answer);
    draft.table.title = Some("Target groups, most 5xx first".to_owned());
    draft.data = Some(data(session, &found));
    draft.findings = stands_out(&found);
    draft.findings.extend(findings(session, &answer, total, &codes));
    draft.more_tables = vec![load_balancers(session, &answer), status_codes(&codes, session.question.top)];
    draft.next = found.shown.iter().map(|finding| finding.next.clone()).collect();
    draft.next.extend(next(session, total));
    Ok(draft.document())
}

/// What stands out, the most harmful first; or that nothing does.
pub(super) fn stands_out(found: &Findings) -> Vec<Finding> {
    let mut lines = Vec::new();
    for (index, one) in found.shown.iter().enumerate() {
        let tone = if index == 0 { Tone::Bad } else { Tone::Strong };
        lines.push(finding(&format!("{} {}", index + 1, one.confidence.text()), one.sentence.clone(), tone));
        lines.extend(one.evidence.iter().map(|text| finding("", text.clone(), Tone::Plain)));
    }
    let left_out = match found.left_out {
        0 => String::new(),
        values => format!(", {} not", human::plural(values, "rare value")),
    };
    let looked = format!("{} series looked at{left_out}", human::count(found.series as u64));
    let chance = "1 quiet window in 20 shows a false one";
    let rest = match (found.not_looked, found.shown.is_empty(), found.more) {
        (Some(why), ..) => why.to_owned(),
        (None, true, _) => format!("nothing: every series is within its usual range ({looked}; {chance})"),
        (None, false, 0) => format!("nothing else left its usual range ({looked}; {chance})"),
        (None, false, more) => format!("{more} smaller ones ({looked}; {chance})"),
    };
    lines.push(finding(if found.shown.is_empty() { "stands out" } else { "" }, rest, Tone::Dim));
    lines.extend(
        found.daily.iter().map(|what| finding("daily", format!("{what}; as the day before at this time"), Tone::Dim)),
    );
    lines
}

/// Most frequent first.
fn codes(answer: &Answer) -> Vec<Code> {
    let code = |row: AnswerRow| Code {
        name: row.text("name").unwrap_or_default().to_owned(),
        requests: row.count("requests"),
        from_target: row.count("from_target"),
    };
    let mut codes: Vec<Code> = answer.part("status").map(code).collect();
    codes.sort_by(|a, b| b.requests.cmp(&a.requests).then_with(|| a.name.cmp(&b.name)));
    codes
}

fn load_balancers(session: &Session, answer: &Answer) -> Table {
    let mut table = table_of(session, answer, "elb", Some(FEW));
    if let Some(first) = table.columns.first_mut() {
        "LOAD BALANCER".clone_into(&mut first.heading);
    }
    for name in OF_GROUPS {
        if let Some(index) = table.columns.iter().position(|column| column.name == name) {
            table.columns.remove(index);
            for row in table.rows.iter_mut().chain(&mut table.more) {
                row.values.remove(index);
            }
        }
    }
    table.title = Some("Load balancers, most 5xx first".to_owned());
    // The same as above.
    table.total = None;
    table
}

/// The most frequent ones, and all that mean trouble, which are rare.
fn status_codes(codes: &[Code], top: usize) -> Table {
    let all: u64 = codes.iter().map(|code| code.requests).sum();
    let is_shown =
        |index: usize, code: &Code| top == 0 || index < FEW || code.name.starts_with('5') || code.name == "460";
    let (shown, hidden): (Vec<_>, Vec<_>) = codes.iter().enumerate().partition(|(index, code)| is_shown(*index, code));
    let row = |name: &str, requests: u64, from_target: u64| {
        Row::new(vec![
            Value::Text(name.to_owned()),
            count_value(requests),
            share_value(requests, all),
            count_value(from_target),
            count_value(requests - from_target),
        ])
    };
    let sum = |of: fn(&Code) -> u64| hidden.iter().map(|(_, code)| of(code)).sum();
    let more = format!("{} more (--top 0)", hidden.len());
    Table {
        title: Some("Status codes, most frequent first".to_owned()),
        columns: vec![
            Column::new("status", "STATUS", Unit::Text),
            Column::new("requests", "REQUESTS", Unit::Count),
            Column::new("share", "SHARE", Unit::Share),
            Column::new("from_target", "BY TARGETS", Unit::Count),
            Column::new("from_elb", "BY THE LB", Unit::Count),
        ],
        rows: shown.iter().map(|(_, code)| row(&code.name, code.requests, code.from_target)).collect(),
        more: (!hidden.is_empty()).then(|| row(&more, sum(|code| code.requests), sum(|code| code.from_target))),
        ..Table::default()
    }
}

fn findings(session: &Session, answer: &Answer, total: AnswerRow, codes: &[Code]) -> Vec<Finding> {
    let requests = total.count("requests");
    let bars: Vec<(i64, u64)> =
        answer.part("time").filter_map(|row| Some((row.bucket()?, row.count("requests")))).collect();
    let whole = session.delivered_of(&session.span);
    let rate = rates(&bars, session.bars.step, &whole).map(|rate| format!(": {rate}")).unwrap_or_default();
    let groups = answer.part("row").filter(|row| row.text("name").is_some_and(|name| !name.starts_with('('))).count();
    let elbs = answer.part("elb").count();
    let to =
        format!("{} and {}", human::plural(elbs as u64, "load balancer"), human::plural(groups as u64, "target group"));
    let mut findings = vec![
        finding("requests", format!("{}{rate}", human::count(requests)), Tone::Strong),
        finding("to", to, Tone::Plain),
        failures(session, total, codes),
    ];
    let by_target = total.count("target_4xx");
    let makers = makers('4', total.count("elb_4xx"), by_target, codes);
    let text = format!(
        "{} ({}){makers}",
        human::count(total.count("client_errors")),
        share(total.count("client_errors"), requests)
    );
    findings.push(finding("4xx", text, Tone::Plain));
    findings.extend(latency(total));
    let shown = |name: &str| total.value(name).humane(Unit::Bytes);
    findings.push(finding("bytes", format!("{} in, {} out", shown("received"), shown("sent")), Tone::Plain));
    if total.count("websockets") > 0 {
        let text = format!("{} that ended: not in the latencies", human::count(total.count("websockets")));
        findings.push(finding("WebSockets", text, Tone::Plain));
    }
    findings
}

/// `144 (0.40 %), from 10:00:08 to 10:29:58: 56 made by the load balancer (502 36, 561 10), 88 by targets (500 58)`
fn failures(session: &Session, total: AnswerRow, codes: &[Code]) -> Finding {
    let errors = total.count("errors");
    let tone = if total.float("error_rate").is_some_and(|rate| rate > BAD) { Tone::Bad } else { Tone::Plain };
    let when = match (total.int("first_error"), total.int("last_error")) {
        (Some(first), Some(last)) => format!(", from {} to {}", at(first, &session.span), at(last, &session.span)),
        _ => String::new(),
    };
    let makers = makers('5', total.count("elb_5xx"), total.count("target_5xx"), codes);
    let text = format!("{} ({}){when}{makers}", human::count(errors), share(errors, total.count("requests")));
    finding("5xx", text, tone)
}

fn latency(total: AnswerRow) -> Option<Finding> {
    total.float("target_p50")?;
    let shown = |name: &str| total.value(name).humane(Unit::Seconds);
    let text = format!(
        "targets began to answer within {} ms (p50) and {} ms (p99); all in all {} ms and {} ms",
        shown("target_p50"),
        shown("target_p99"),
        shown("total_p50"),
        shown("total_p99")
    );
    Some(finding("latency", text, Tone::Plain))
}

/// `: 56 made by the load balancer (502 36, 561 10), 88 by targets (500 58, 503 24)`, of codes of a class.
fn makers(class: char, by_elb: u64, by_target: u64, codes: &[Code]) -> String {
    let of_class = || codes.iter().filter(|code| code.name.starts_with(class));
    let elb = named(of_class().map(|code| (code.name.as_str(), code.requests - code.from_target)));
    let target = named(of_class().map(|code| (code.name.as_str(), code.from_target)));
    let parts = [
        (by_elb > 0).then(|| format!("{} made by the load balancer{elb}", human::count(by_elb))),
        (by_target > 0).then(|| format!("{} by targets{target}", human::count(by_target))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) }
}

/// ` (502 36, 561 10, 2 others 3)`
fn named<'a>(codes: impl Iterator<Item = (&'a str, u64)>) -> String {
    let codes = most_first(codes.filter(|(_, count)| *count > 0));
    let shown = if codes.len() > NAMED { NAMED - 1 } else { codes.len() };
    let mut parts: Vec<String> =
        codes[..shown].iter().map(|(name, count)| format!("{name} {}", human::count(*count))).collect();
    if codes.len() > shown {
        let rest: u64 = codes[shown..].iter().map(|(_, count)| count).sum();
        parts.push(format!("{} others {}", codes.len() - shown, human::count(rest)));
    }
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// `390 a second, 512 at the peak from 13:40`. A bar that is not whole, at either end, says nothing of a rate; bars
/// without requests are not among `bars`, and count as much as others.
fn rates(bars: &[(i64, u64)], step: i64, whole: &Range<i64>) -> Option<String> {
    let step = step.max(1);
    let first = whole.start.div_euclid(step) + i64::from(whole.start.rem_euclid(step) != 0);
    let within = first * step..whole.end.div_euclid(step) * step;
    let bars = || bars.iter().filter(|(start, _)| within.contains(start));
    let (peak, most) = bars().max_by_key(|(start, requests)| (*requests, -start))?;
    let rate = |requests: u64, micros: i64| {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let rate = requests as f64 / seconds(micros);
        Value::Float(if rate < 10.0 { rate } else { rate.round() }).humane(Unit::Number)
    };
    let mean = rate(bars().map(|(_, requests)| requests).sum(), within.end - within.start);
    Some(format!("{mean} a second, {} at the peak from {}", rate(*most, step), time_of_day(*peak)))
}

fn next(session: &Session, total: AnswerRow) -> Vec<Next> {
    let flags = &session.question.flags;
    let command = |name: &str, why: &str| report([name], flags, why);
    let mut next = Vec::new();
    if total.count("errors") > 0 {
        next.push(command("why", "why requests failed"));
        next.push(command("targets", "whether it is one target"));
    }
    next.push(command("latency", "who is slow"));
    next.push(command("paths", "by route"));
    next
}

#[cfg(test)]
mod tests {
    use alblog::time::{MINUTE, SECOND};

    use super::*;

    /// 13:00 of some day.
    const AT: i64 = 1_795_352_400 * SECOND;

    #[test]
    fn rates_are_of_whole_bars() {
        let bars = [(AT, 600), (AT + MINUTE, 1200), (AT + 3 * MINUTE, 60)];
        assert_eq!(
            rates(&bars, MINUTE, &(AT..AT + 4 * MINUTE)).unwrap(),
            "7.75 a second, 20 at the peak from 13:01",
            "the third minute is empty, and counts"
        );
        // Begins within the first bar, ends within the last.
        let part = AT + 10 * SECOND..AT + 4 * MINUTE - SECOND;
        assert_eq!(rates(&bars, MINUTE, &part).unwrap(), "10 a second, 20 at the peak from 13:01");
        assert_eq!(rates(&bars, MINUTE, &(AT + 1..AT + MINUTE)), None, "no bar is whole");
        assert_eq!(
            rates(&[(AT, 5), (AT + MINUTE, 5)], MINUTE, &(AT..AT + 2 * MINUTE)).unwrap(),
            "0.08 a second, 0.08 at the peak from 13:00"
        );
    }

    fn code(name: &str, requests: u64, from_target: u64) -> Code {
        Code { name: name.to_owned(), requests, from_target }
    }

    #[test]
    fn who_made_codes_is_said_with_the_codes() {
        let codes = [code("200", 900, 900), code("502", 40, 4), code("500", 9, 9), code("404", 5, 2)];
        assert_eq!(
            makers('5', 36, 13, &codes),
            ": 36 made by the load balancer (502 36), 13 by targets (500 9, 502 4)"
        );
        assert_eq!(makers('4', 3, 2, &codes), ": 3 made by the load balancer (404 3), 2 by targets (404 2)");
        assert_eq!(makers('3', 0, 0, &codes), "");
        let many: Vec<Code> = (500..506).map(|name| code(&name.to_string(), name, name)).collect();
        assert_eq!(makers('5', 0, 3015, &many), ": 3,015 by targets (505 505, 504 504, 503 503, 3 others 1,503)");
    }

    #[test]
    fn rare_codes_that_mean_trouble_are_shown() {
        let mut codes: Vec<Code> = (200..214).map(|name| code(&name.to_string(), 1000 - name, 0)).collect();
        codes.extend([code("460", 3, 0), code("504", 2, 0), code("400", 1, 1)]);
        let table = status_codes(&codes, 20);
        let names: Vec<String> = table.rows.iter().map(|row| row.values[0].humane(Unit::Text)).collect();
        assert_eq!((names.len(), &names[10..]), (12, &["460".to_owned(), "504".to_owned()][..]));
        let more = table.more.unwrap();
        assert_eq!(more.values[0], Value::Text("5 more (--top 0)".to_owned()));
        let all: u64 = codes.iter().map(|code| code.requests).sum();
        let shown: i64 = table
            .rows
            .iter()
            .chain([&more])
            .filter_map(|row| match row.values[1] {
                Value::Int(count) => Some(count),
                _ => None,
            })
            .sum();
        assert_eq!(shown, i64::try_from(all).unwrap());
        assert_eq!(status_codes(&codes, 0).rows.len(), codes.len());
    }
}
