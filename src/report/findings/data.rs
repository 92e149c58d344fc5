//! Findings for programs: names that stay.

use std::collections::BTreeMap;
use std::ops::Range;

use alblog::time::Iso;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::change::FALSE_ALARMS;
use super::{Finding, Findings};
use crate::base::shell;
use crate::report::session::Session;

/// A finding as JSON has it. Times are RFC 3339, UTC; rates are parts of one, times seconds.
#[derive(Debug, Clone, Serialize)]
pub(in crate::report) struct FindingData {
    /// `failures`, `slower`, `more_traffic`, …
    pub(super) kind: &'static str,
    /// Values of dimensions that name who: `target`, `target_group`, `elb`, `path`, `host`, `client`, …
    pub(super) who: BTreeMap<&'static str, String>,
    /// What it is, in words.
    pub(super) what: String,
    /// What was counted for each of what it is counted of: a share, seconds, requests a second.
    pub(super) observed: f64,
    pub(super) usual: f64,
    /// How many more than usual: failures, requests; of times the seconds waited longer, all together.
    pub(super) excess: f64,
    /// Requests (or connections) of it in this time.
    pub(super) requests: u64,
    pub(super) from: String,
    pub(super) until: String,
    /// When it was: from and to, once or several times.
    pub(super) intervals: Vec<[String; 2]>,
    /// Whether it was the same a day before at this time; `None` if that is not known.
    pub(super) same_day_before: Option<bool>,
    /// What it cost, as seconds of waiting; findings are sorted by it.
    pub(super) harm: f64,
    /// How far it is from chance: the logarithm of a likelihood ratio.
    pub(super) score: f64,
}

impl FindingData {
    /// Who it is about, in a dimension.
    pub(in crate::report) fn who(&self, dimension: &str) -> Option<&str> {
        self.who.get(dimension).map(String::as_str)
    }

    /// Whether it is about requests that fail.
    pub(in crate::report) fn is_about_errors(&self) -> bool {
        self.kind == "failures"
    }
}

/// A time as its begin and end.
pub(super) fn interval(time: &Range<i64>) -> [String; 2] {
    [time.start, time.end].map(|time| Iso(time).to_string())
}

/// What a report has for programs beside its rows.
pub(in crate::report) fn data(session: &Session, found: &Findings) -> Map<String, Value> {
    let time = |time: i64| Value::String(Iso(time).to_string());
    let mut data = Map::new();
    data.insert("report".to_owned(), session.question.file.name.clone().into());
    data.insert("source".to_owned(), session.question.source.clone().into());
    data.insert("from".to_owned(), time(session.span.start));
    data.insert("until".to_owned(), time(session.span.end));
    data.insert("complete_to".to_owned(), session.delivery.complete_to.map_or(Value::Null, time));
    data.insert("findings".to_owned(), list(&found.shown));
    data.insert("findings_more".to_owned(), found.more.into());
    data.insert("series_looked_at".to_owned(), found.series.into());
    data.insert("values_left_out".to_owned(), found.left_out.into());
    data.insert("false_alarm_rate".to_owned(), FALSE_ALARMS.into());
    data.insert("daily".to_owned(), json!(found.daily));
    if let Some(why) = found.not_looked {
        data.insert("not_looked".to_owned(), why.into());
    }
    data
}

/// Findings in their order.
pub(in crate::report) fn list<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Value {
    findings.into_iter().enumerate().map(|(index, one)| finding(index + 1, one)).collect()
}

fn finding(rank: usize, one: &Finding) -> Value {
    let mut data = serde_json::to_value(&one.data).unwrap_or_default();
    if let Some(fields) = data.as_object_mut() {
        fields.insert("rank".to_owned(), rank.into());
        fields.insert("confidence".to_owned(), one.confidence.text().into());
        fields.insert("sentence".to_owned(), one.sentence.clone().into());
        fields.insert("evidence".to_owned(), json!(one.evidence));
        let command: Vec<String> = one.next.words.iter().map(|word| shell::quoted(word)).collect();
        fields.insert("command".to_owned(), command.join(" ").into());
    }
    data
}
