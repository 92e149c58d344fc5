//! Looking at a rule: up to where are logs complete, and what do they say?

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::judge::Verdict;
use super::rule::{Question, Rule};
use super::verdict;
use crate::base::clock::{to_the_minute, typed};
use crate::base::message::Message;
use crate::serve::cache::Kept;

/// What a rule is looked at with.
#[async_trait]
pub trait Looks: Send + Sync {
    /// Up to when a source's logs are complete, as far as is known; microseconds since the epoch. No source is the first one.
    async fn complete_until(&self, source: Option<&str>) -> Result<Option<i64>, Message>;

    /// A report, from words as they are typed behind `albstats report`.
    async fn report(&self, source: Option<&str>, words: &[String]) -> Result<Arc<Kept>, Message>;

    /// The first rows of a statement's answer, each as a text, over logs that these words choose.
    async fn rows(&self, source: Option<&str>, sql: &str, words: &[String]) -> Result<Vec<String>, Message>;
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
    let until = match looks.complete_until(source).await {
        Ok(Some(until)) => until.min(now),
        Ok(None) => return untold("it is not known up to when logs are complete".to_owned()),
        Err(error) => return untold(error.shown_text()),
    };
    let is_late = now - until > rule.late;
    let late = || format!("logs are complete up to {} UTC only", to_the_minute(until));
    if let Question::Late = rule.asks {
        let rows = is_late.then(|| ("logs".to_owned(), late())).into_iter().collect();
        return Seen { verdict: Verdict::Told { until: now, rows }, command: Vec::new() };
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
            Ok(rows) => {
                let rows: BTreeMap<String, String> =
                    rows.into_iter().map(|row| (row, "a row of its statement".to_owned())).collect();
                let command = ["albstats", "query"].map(str::to_owned).into_iter().chain(times).chain([sql.clone()]);
                Seen { verdict: Verdict::Told { until, rows }, command: command.collect() }
            }
            Err(error) => untold(error.shown_text()),
        },
        Question::Late => untold(late()),
    }
}
