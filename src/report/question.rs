//! What was typed around a report.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Result, bail};
use jiff::tz::TimeZone;

use super::bars::Bars;
use super::library;
use super::marks;
use super::parameters::{self, Typed};
use super::query_file::QueryFile;
use super::trace;
use crate::ask::sql::{self, Condition};
use crate::base::tables::Table;
use crate::fleet::inventory::targets::Holders;
use crate::output::document::Mark;

/// What was typed around a report.
pub struct Question<'a> {
    pub file: QueryFile,
    /// Values of its parameters.
    pub typed: Typed,
    /// From this time on; microseconds since the epoch.
    pub since: Option<i64>,
    /// Up to, and without, this time.
    pub until: Option<i64>,
    /// How late an object may hold a row; microseconds.
    pub margin: i64,
    /// Length of a bar, microseconds; none for what fits.
    pub bucket: Option<i64>,
    /// Rows shown; 0 for all.
    pub top: usize,
    /// What rows of a table must meet beside the window.
    pub conditions: &'a (dyn Fn(Table) -> Result<Vec<Condition>> + Sync),
    /// What target groups and load balancers are called, by ARN or `app/<name>/<id>`.
    pub names: &'a (dyn Fn(&[&str]) -> BTreeMap<String, String> + Sync),
    /// Whose the addresses of targets were; none if nothing is known.
    pub holders: Option<&'a Holders>,
    /// A second clock for the head.
    pub zone: Option<TimeZone>,
    pub now: i64,
    /// What the logs are called: `prod`, `./logs`.
    pub source: String,
    /// The flags that choose the same rows, a word each, for commands to type next. Each has a value; one that has none stands last.
    pub flags: Vec<String>,
    /// Whether statements are only shown. What others depend on is asked all the same.
    pub only_sql: bool,
    /// What was marked, in words as they were typed: `11:00=deploy checkout 1.42`.
    pub marked: Vec<String>,
    /// The same in a window that begins then.
    pub marks: &'a (dyn Fn(i64) -> Result<Vec<Mark>> + Sync),
}

impl<'a> Question<'a> {
    /// The same question about another time.
    pub fn at(&self, time: &Range<i64>) -> Question<'a> {
        Question {
            file: self.file.clone(),
            typed: self.typed.clone(),
            since: Some(time.start),
            until: Some(time.end),
            zone: self.zone.clone(),
            source: self.source.clone(),
            flags: self.flags.clone(),
            marked: self.marked.clone(),
            ..*self
        }
    }

    /// The question of another report about the same rows; no marks.
    pub fn of_report(&self, name: &str, top: usize) -> Result<Question<'a>> {
        let file = library::find(name)?;
        let typed = file.parameter("top").map(|top_of| (top_of.name.clone(), top.to_string()));
        let lines = file.parameter("lines").map(|lines| (lines.name.clone(), top.to_string()));
        Ok(Question {
            file,
            typed: typed.into_iter().chain(lines).collect(),
            bucket: None,
            top,
            zone: self.zone.clone(),
            source: self.source.clone(),
            flags: self.flags.clone(),
            marked: Vec::new(),
            marks: &|_| Ok(Vec::new()),
            ..*self
        })
    }
}

impl Question<'_> {
    /// What `--by` makes of rows: what was typed, or the default.
    pub fn by(&self) -> Option<&str> {
        let default = || self.file.parameter("by").and_then(|by| by.default.as_deref());
        self.typed.get("by").map(String::as_str).or_else(default)
    }

    /// Whether it asks for something that can be answered, whatever the logs hold.
    ///
    /// # Errors
    /// When a value is not what its parameter takes, a flag restricts what this report does not read, or was given in vain.
    pub fn check(&self) -> Result<()> {
        marks::check(self)?;
        if self.file.name == "trace" {
            trace::check(self)?;
        }
        if self.bucket.is_some() && self.file.parameter("bucket").is_none() {
            bail!("report {} shows nothing over time: --bucket does nothing here", self.file.name);
        }
        // Before anything is read. Whether there are too many bars depends on the time that there are logs of.
        if let (Some(step), Some(since)) = (self.bucket, self.since) {
            Bars::refuse_longer(&(since..self.until.unwrap_or(self.now)), step)?;
        }
        parameters::values(&self.file, &self.typed, &Bars::default())?;
        for table in sql::tables(&self.file.sql)? {
            (self.conditions)(table)?;
        }
        Ok(())
    }
}
