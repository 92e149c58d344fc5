//! Looking at a rule: up to where are logs complete, and what do they say?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;

use super::judge::{Compared, Found, Verdict};
use super::rule::{Question, Rule};
use super::verdict;
use crate::base::clock::{to_the_minute, typed};
use crate::base::message::Message;
use crate::serve::answers::NotLogged;
use crate::serve::cache::Kept;

/// What a rule is looked at with.
#[async_trait]
pub trait Looks: Send + Sync {
    /// Up to when a source's logs are complete, as far as is known; microseconds since the epoch. No source is the first one.
    async fn complete_until(&self, source: Option<&str>) -> Result<Option<i64>, Message>;

    /// A report, from words as they are typed behind `albstats report`.
    async fn report(&self, source: Option<&str>, words: &[String]) -> Result<Arc<Kept>, Message>;

    /// The rows of a statement's answer, each as a text, over logs that these words choose.
    async fn rows(&self, source: Option<&str>, sql: &str, words: &[String]) -> Result<Rows, Message>;

    /// Which load balancers have requests and write no logs, at a time that these words choose.
    async fn not_logged(&self, source: Option<&str>, words: &[String]) -> Result<NotLogged, Message>;
}

/// What stands for rows that are too many to be told apart. No row of a statement is called so: it has no values.
const MANY: &str = "";

/// Rows of a statement.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    pub texts: Vec<String>,
    /// Whether there are more than these.
    pub has_more: bool,
    /// What shows them: words of a command line.
    pub command: Vec<String>,
}

/// What was seen, and what shows it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) verdict: Verdict,
    /// Words of a command line.
    pub(super) command: Vec<String>,
}

/// Looks at a rule. What goes wrong is why nothing can be told.
pub(super) async fn look(rule: &Rule, looks: &dyn Looks, now: i64) -> Seen {
    let untold = |why: String| Seen { verdict: Verdict::Untold(why), command: Vec::new() };
    let source = rule.source.as_deref();
    if let Question::NotLogged = rule.asks {
        // Of what is not there, no log tells up to when it is complete.
        let words = [format!("--since={}", typed(now - rule.window)), format!("--until={}", typed(now))];
        return match looks.not_logged(source, &words).await {
            Ok(found) => Seen { verdict: of_not_logged(&found, now), command: found.command },
            Err(error) => untold(error.shown_text()),
        };
    }
    let until = match looks.complete_until(source).await {
        Ok(Some(until)) => until.min(now),
        Ok(None) => return untold("it is not known up to when logs are complete".to_owned()),
        Err(error) => return untold(error.shown_text()),
    };
    let is_late = now - until > rule.late;
    let late = || format!("logs are complete up to {} UTC only", to_the_minute(until));
    if let Question::Late = rule.asks {
        let found = || Found { row: "logs".to_owned(), found: late() };
        let rows = is_late.then(|| ("logs".to_owned(), found())).into_iter().collect();
        return Seen { verdict: Verdict::Told { until: now, rows, compared: Compared::All }, command: Vec::new() };
    }
    if is_late {
        return untold(late());
    }
    let times = [format!("--since={}", typed(until - rule.window)), format!("--until={}", typed(until))];
    match &rule.asks {
        Question::Report(words, conditions) => {
            let words: Vec<String> = words.iter().chain(&times).cloned().collect();
            match looks.report(source, &words).await {
                Ok(made) => {
                    let verdict = verdict::of_report(&made, conditions, rule.min_requests, until);
                    let verdict = verdict.unwrap_or_else(|error| Verdict::Untold(error.to_string()));
                    Seen { verdict, command: made.command.clone() }
                }
                Err(error) => untold(error.shown_text()),
            }
        }
        Question::Sql(sql) => match looks.rows(source, sql, &times).await {
            Ok(Rows { has_more: true, texts, command }) => {
                // Which of them are among the first is chance: none of them by itself begins or ends.
                let row = format!("more than {} rows", texts.len());
                let found = Found { row, found: "the statement answers so many".to_owned() };
                let rows = [(MANY.to_owned(), found)].into();
                Seen { verdict: Verdict::Told { until, rows, compared: Compared::Only(BTreeSet::new()) }, command }
            }
            Ok(Rows { texts, command, .. }) => {
                let found = |row: &String| Found { row: row.clone(), found: "a row of its statement".to_owned() };
                let rows = texts.iter().map(|row| (row.clone(), found(row))).collect();
                Seen { verdict: Verdict::Told { until, rows, compared: Compared::All }, command }
            }
            Err(error) => untold(error.shown_text()),
        },
        Question::Late | Question::NotLogged => untold(late()),
    }
}

/// Load balancers that could not be asked about may be silent, too.
fn of_not_logged(found: &NotLogged, now: i64) -> Verdict {
    let row = |(elb, why): &(String, String)| {
        let name = elb.split('/').nth(1).unwrap_or(elb).to_owned();
        (elb.clone(), Found { row: name, found: why.clone() })
    };
    let rows: BTreeMap<String, Found> = found.silent.iter().map(row).collect();
    match &found.unknown {
        Some(why) if rows.is_empty() => Verdict::Untold(why.clone()),
        Some(_) => Verdict::Told { until: now, rows, compared: Compared::Only(BTreeSet::new()) },
        None => Verdict::Told { until: now, rows, compared: Compared::All },
    }
}
