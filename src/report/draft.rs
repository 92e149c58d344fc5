//! A report before it is a document: its pieces, which are put in order in one place.
//!
//! What an answer and its file's header alone make is what most reports are, and every file of a user's own
//! ([`Draft::of`]); reports with more to say add to it.

use std::ops::Range;

use super::answer::Answer;
use super::head::head;
use super::next;
use super::pods;
use super::query_file::QueryFile;
use super::session::Session;
use super::table::{empty, table};
use crate::output::document::{Block, Chart, Document, Finding, Head, Next, Note, Series, Table};
use crate::output::human;
use serde_json::{Map, Value};

/// The pieces of a report.
#[derive(Debug, Default)]
pub(super) struct Draft {
    name: String,
    pub(super) title: String,
    head: Head,
    /// Times of which rows are missing: charts do not draw them as drops.
    missing: Vec<Range<i64>>,
    /// What the report concludes.
    pub(super) findings: Vec<Finding>,
    pub(super) charts: Vec<Chart>,
    /// The main table, which other formats get.
    pub(super) table: Table,
    /// Tables of something else than the main one.
    pub(super) more_tables: Vec<Table>,
    pub(super) notes: Vec<Note>,
    /// What to type next.
    pub(super) next: Vec<Next>,
    /// What programs get beside the rows.
    pub(super) data: Option<Map<String, Value>>,
}

impl Draft {
    /// What has this title, and nothing yet; the head comes with [`Self::under_head_of`].
    pub(super) fn titled(title: String) -> Self {
        Self { title, ..Self::default() }
    }

    /// Title and head, and nothing yet. The head says how exact the answers so far are: it comes after them.
    pub(super) fn begin(session: &Session) -> Self {
        let file = &session.question.file;
        let title = file.title_by(session.question.by());
        Self { name: file.name.clone(), title, head: head(session), missing: missing(session), ..Self::default() }
    }

    /// The same pieces as a report of the session's. As with [`Self::begin`], after its answers.
    pub(super) fn under_head_of(self, session: &Session) -> Self {
        let name = session.question.file.name.clone();
        Self { name, head: head(session), missing: missing(session), ..self }
    }

    /// What the header makes of an answer.
    pub(super) fn of(session: &Session, answer: &Answer) -> Self {
        Self {
            charts: charts(session, answer),
            table: table(session, answer),
            notes: notes(&session.question.file, answer).into_iter().chain(pods::note(session, answer)).collect(),
            next: next::of_header(session.question, answer.part("row").next()),
            ..Self::begin(session)
        }
    }

    /// The pieces in their order: conclusions, charts, tables, small print, what to type next. What is empty is not there.
    pub(super) fn document(mut self) -> Document {
        for chart in &mut self.charts {
            chart.hide(&self.missing);
        }
        let mut blocks = Vec::new();
        if !self.findings.is_empty() {
            blocks.push(Block::Findings(self.findings));
        }
        blocks.extend(self.charts.into_iter().map(Block::Chart));
        blocks.push(Block::Table(self.table));
        blocks.extend(self.more_tables.into_iter().map(Block::Table));
        if !self.notes.is_empty() {
            blocks.push(Block::Notes(self.notes));
        }
        Document { name: self.name, title: self.title, head: self.head, blocks, next: self.next, data: self.data }
    }
}

/// Times of which rows are missing, of those that are known.
fn missing(session: &Session) -> Vec<Range<i64>> {
    session.missing().into_iter().filter(|missing| missing.elb.is_some()).map(|missing| missing.time).collect()
}

/// The charts of the header; those of the same group are one chart.
fn charts(session: &Session, answer: &Answer) -> Vec<Chart> {
    let mut charts: Vec<Chart> = Vec::new();
    for header in &session.question.file.charts {
        let given = answer.part("time").filter_map(|row| Some((row.bucket()?, row.float(&header.name))));
        let points = session.bars.points(given, empty(header.unit), session.delivered_to());
        let label = session.bars.label().to_lowercase();
        let title = header.group.as_ref().unwrap_or(&header.heading).replace("{bucket}", &label);
        // One that stands alone has said with its title what it is.
        let name = header.group.as_ref().map_or("", |_| header.heading.as_str());
        let series = Series { name: name.replace("{bucket}", &label), points };
        match charts.last_mut().filter(|chart| chart.title == title) {
            Some(chart) => chart.series.push(series),
            None => charts.push(Chart {
                title,
                start: session.bars.start,
                step: session.bars.step,
                unit: header.unit,
                series: vec![series],
                marks: Vec::new(),
            }),
        }
    }
    charts
}

/// What was left out, and the header's small print.
fn notes(file: &QueryFile, answer: &Answer) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(total) = answer.part("total").next() {
        let left_out = file.left_out.iter().filter_map(|left_out| {
            let count = total.count(&left_out.name);
            (count > 0).then(|| format!("{} {}", human::count(count), left_out.text))
        });
        let parts: Vec<String> = left_out.collect();
        if !parts.is_empty() {
            notes.push(Note { label: "left out".to_owned(), parts });
        }
    }
    notes.extend(
        file.notes.iter().map(|note| Note { label: note.name.replace('_', " "), parts: vec![note.text.clone()] }),
    );
    notes
}
