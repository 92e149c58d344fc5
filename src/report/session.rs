//! Asking: the window and bars of a report, and one statement after another to whichever engine.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use alblog::key::INTERVAL;
use alblog::time::MINUTE;
use alblog::{LogKey, LogKind};
use anyhow::Result;

use super::answer::Answer;
use super::bars::Bars;
use super::delivery::{self, Delivery};
use super::engine::{Ask, Percentiles};
use super::folded::{self, Folded};
use super::gaps::{self, Gap, Missing};
use super::library;
use super::parameters::{self, Typed};
use super::pods;
use super::query_file::{ParameterKind, QueryFile};
use super::question::Question;
use crate::ask::query::Observer;
use crate::ask::sql::{self, Scalar, View};
use crate::base::tables::Table;

/// Bars of a report that does not say how many it wants.
const BARS: usize = 24;

/// Names that are looked through for the one that was meant.
const NAMES: usize = 10_000;

/// A report being made.
pub struct Session<'a> {
    pub question: &'a Question<'a>,
    /// The time that is shown; microseconds since the epoch.
    pub span: Range<i64>,
    pub bars: Bars,
    /// How far the logs are complete.
    pub delivery: Delivery,
    /// What nodes did not deliver before that, in the time that is shown.
    pub gaps: Vec<Gap>,
    engine: &'a dyn Ask,
    statements: Mutex<Vec<String>>,
    folded: Mutex<Vec<Folded>>,
}

impl<'a> Session<'a> {
    /// Finds out how far the logs are complete, and so which time is shown.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn begin(engine: &'a dyn Ask, question: &'a Question<'a>) -> Result<Self> {
        pods::check(question, engine)?;
        let tables = sql::tables(&question.file.sql)?;
        // Of several logs, those of requests are what everybody has.
        let table = tables.iter().find(|table| **table == Table::Requests).or(tables.first());
        let kind = table.and_then(|table| table.kind()).unwrap_or(LogKind::Access);
        let mut session = Self {
            question,
            span: 0..0,
            bars: Bars::default(),
            delivery: Delivery::default(),
            gaps: Vec::new(),
            engine,
            statements: Mutex::default(),
            folded: Mutex::default(),
        };
        session.delivery = session.ask_delivery(kind).await?;
        if session.delivery.span.is_none() && kind != LogKind::Access {
            // Where there are no such logs, those of requests say which time it is about.
            session.delivery = session.ask_delivery(LogKind::Access).await?;
        }
        session.span = session.find_span(session.ask_span(kind).await?);
        if kind == LogKind::Access {
            session.gaps = session.ask_gaps().await?;
        }
        session.bars = match question.bucket {
            Some(step) => {
                // That there are logs of less time than a bar is no fault of who asked.
                Bars::refuse_too_many(&session.span, step)?;
                Bars::of(&session.span, step)
            }
            None => Bars::fit(&session.span, bars_wanted(&question.file)),
        };
        Ok(session)
    }

    /// Begin and end of what there is, if anything tells: names of objects; where they do not, the rows.
    async fn ask_span(&self, kind: LogKind) -> Result<Option<(i64, i64)>> {
        let is_given = self.question.since.is_some() && self.question.until.is_some();
        if self.delivery.span.is_some() || is_given || !self.reads_again() {
            return Ok(self.delivery.span);
        }
        for table in [kind.table(), LogKind::Access.table()] {
            let sql = format!("SELECT min(time) AS first_time, max(time) AS last_time FROM {table}");
            let statement = self.restricted(&sql)?;
            let answer = Answer::new(&self.engine.ask(&statement.sql, &statement.values).await?)?;
            let row = answer.rows().next();
            if let Some((first, last)) = row.and_then(|row| row.int("first_time").zip(row.int("last_time"))) {
                // Whole minutes, as people look at them.
                return Ok(Some((first.div_euclid(MINUTE) * MINUTE, (last.div_euclid(MINUTE) + 1) * MINUTE)));
            }
        }
        Ok(None)
    }

    /// What nodes did not deliver. Asked of names of objects where that costs nothing.
    async fn ask_gaps(&self) -> Result<Vec<Gap>> {
        let intervals = usize::try_from((self.span.end - self.span.start) / INTERVAL).unwrap_or(usize::MAX);
        let is_much = self.delivery.nodes.1.saturating_mul(intervals) > gaps::MOST;
        if is_much || !self.shows_rows() || !self.reads_again() || self.question.only_sql {
            return Ok(Vec::new());
        }
        let mut found = gaps::gaps(&self.ask_quietly(gaps::SQL).await?);
        found.retain(|gap| gap.time.start < self.span.end && self.span.start < gap.time.end);
        Ok(found)
    }

    /// How far the logs of a kind are complete.
    async fn ask_delivery(&self, kind: LogKind) -> Result<Delivery> {
        let values = [("kind".to_owned(), Scalar::Text(kind.to_string()))].into();
        let statement = self.restricted(delivery::SQL)?;
        let answer = Answer::new(&self.engine.ask(&statement.sql, &statement.with(values)).await?)?;
        Ok(Delivery::of(&answer, self.question.now, self.question.margin))
    }

    /// Values of an expression over all requests of the window, whatever other flags say; those of most requests first.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn names_of(&self, expression: &str) -> Result<Vec<String>> {
        let Question { since, until, margin, .. } = *self.question;
        let text = format!(
            "SELECT {expression} AS name, count(*) AS requests FROM requests GROUP BY {expression} \
             ORDER BY requests DESC LIMIT {NAMES}"
        );
        let window = self.engine.window(Table::Requests, since, until, margin);
        let sql = if window.is_empty() {
            text
        } else {
            sql::restrict(&text, self.engine.database(), |_| Ok(window.clone()))?
        };
        let answer = Answer::new(&self.engine.ask(&sql, &BTreeMap::new()).await?)?;
        Ok(answer.rows().filter_map(|row| row.text("name").map(str::to_owned)).collect())
    }

    /// Up to where bars are drawn as delivered.
    pub fn delivered_to(&self) -> i64 {
        self.delivery.complete_to.unwrap_or(i64::MAX)
    }

    /// The part of a time of which there are logs, from the first one on: what is before or not delivered is no traffic of
    /// zero, and rates are not divided by it.
    pub fn delivered_of(&self, time: &Range<i64>) -> Range<i64> {
        let first = self.delivery.span.map_or(i64::MIN, |(first, _)| first);
        let start = time.start.max(first).min(time.end);
        start..time.end.min(self.delivered_to()).max(start)
    }

    /// Whether the logs reach beyond the window, as far as is known: where one ends that was asked for, they need not.
    pub fn logs_go_on(&self) -> bool {
        self.question.until.is_some_and(|until| until < self.delivered_to())
    }

    /// What ends where the window ends.
    pub fn end_in_words(&self) -> &'static str {
        if self.logs_go_on() { "the window ends" } else { "the logs end" }
    }

    /// The time asked for; where it was left open, that of the objects, and up to now while they still come.
    fn find_span(&self, found: Option<(i64, i64)>) -> Range<i64> {
        let (oldest, newest) = found.unwrap_or((self.question.now, self.question.now));
        let end = self.question.until.unwrap_or_else(|| {
            let still_coming = self.question.now - newest <= self.question.margin;
            if still_coming { self.question.now.max(newest) } else { newest }
        });
        let start = self.question.since.unwrap_or(oldest).min(end);
        start..end
    }

    /// Another report over the same logs, which are known to be as complete; of what its question says.
    pub fn other<'q>(&self, question: &'q Question<'q>) -> Session<'q>
    where
        'a: 'q,
    {
        self.on(self.engine, question)
    }

    /// The engine over the same logs of an earlier time, if there are any.
    pub fn earlier(&self, time: &Range<i64>) -> Option<Box<dyn Ask + '_>> {
        self.engine.earlier(time)
    }

    /// What another engine is asked, whose logs are taken to be as complete.
    pub fn on<'q>(&self, engine: &'q dyn Ask, question: &'q Question<'q>) -> Session<'q> {
        let since = question.since.unwrap_or(self.span.start);
        let span = since..question.until.unwrap_or(self.span.end).max(since);
        Session {
            question,
            bars: Bars::fit(&span, bars_wanted(&question.file)),
            span,
            delivery: self.delivery.clone(),
            gaps: self.gaps.clone(),
            engine,
            statements: Mutex::default(),
            folded: Mutex::default(),
        }
    }

    /// Counts the statements of another report as its own.
    pub fn takes_statements_of(&self, other: &Session) {
        let others = other.statements();
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).extend(others);
    }

    /// Asks the report's own statement.
    ///
    /// # Errors
    /// When a parameter or the engine does not like it.
    pub async fn answer(&self) -> Result<Answer> {
        let values = parameters::values(&self.question.file, &self.question.typed, &self.bars)?;
        self.run(&self.question.file, values, self.question.only_sql).await
    }

    /// The same, while `observer` sees the rows that the statement reads.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub async fn answer_observed(&self, observer: &Arc<dyn Observer>) -> Result<Answer> {
        let values = parameters::values(&self.question.file, &self.question.typed, &self.bars)?;
        self.run_observed(&self.question.file, values, self.question.only_sql, Some(observer)).await
    }

    /// Asks a part of the report with these values beside its own.
    ///
    /// # Errors
    /// As [`Self::answer`], and when there is no such part.
    pub async fn part(&self, name: &str, more: impl IntoIterator<Item = (String, Scalar)>) -> Result<Answer> {
        self.part_of(name, more, self.question.only_sql).await
    }

    /// Asks a part whose answer decides what is asked next: also when statements are only to be shown.
    ///
    /// # Errors
    /// As [`Self::part`].
    pub async fn first(&self, name: &str, more: impl IntoIterator<Item = (String, Scalar)>) -> Result<Answer> {
        self.part_of(name, more, false).await
    }

    async fn part_of(
        &self,
        name: &str,
        more: impl IntoIterator<Item = (String, Scalar)>,
        only: bool,
    ) -> Result<Answer> {
        let file = library::find(name)?;
        let more: BTreeMap<String, Scalar> = more.into_iter().collect();
        let of_file = |typed: &(&String, &String)| file.parameter(typed.0).is_some();
        let mut typed: Typed =
            self.question.typed.iter().filter(of_file).map(|(name, value)| (name.clone(), value.clone())).collect();
        // What is given here needs no default.
        for name in more.keys().filter(|name| file.parameter(name).is_some_and(|it| it.default.is_none())) {
            typed.entry(name.clone()).or_insert_with(|| "0".to_owned());
        }
        let mut values = parameters::values(&file, &typed, &self.bars)?;
        values.extend(more);
        self.run(&file, values, only).await
    }

    /// The report's own statement with these values in place of others.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub async fn answer_with(&self, more: impl IntoIterator<Item = (String, Scalar)>) -> Result<Answer> {
        let mut values = parameters::values(&self.question.file, &self.question.typed, &self.bars)?;
        values.extend(more);
        self.run(&self.question.file, values, self.question.only_sql).await
    }

    /// The same, where the answer decides what is asked next: also when statements are only to be shown.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub async fn first_answer_with(&self, more: impl IntoIterator<Item = (String, Scalar)>) -> Result<Answer> {
        let mut values = parameters::values(&self.question.file, &self.question.typed, &self.bars)?;
        values.extend(more);
        self.run(&self.question.file, values, false).await
    }

    /// Whether rows can be seen on their way to an answer.
    pub fn shows_rows(&self) -> bool {
        self.engine.shows_rows()
    }

    /// Shows the rows of its table to `observer`, and asks nothing of them.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn observe(&self, observer: &Arc<dyn Observer>) -> Result<()> {
        let statement = self.restricted(&format!("SELECT count(*) AS rows FROM {}", observer.table().name()))?;
        self.engine.ask_observed(&statement.sql, &statement.values, observer).await?;
        Ok(())
    }

    /// Asks what is no part of the report, and is not shown with its statements.
    ///
    /// # Errors
    /// When the engine fails.
    pub async fn ask_quietly(&self, text: &str) -> Result<Answer> {
        let statement = self.restricted(text)?;
        Answer::new(&self.engine.ask(&statement.sql, &statement.values).await?)
    }

    async fn run(&self, file: &QueryFile, values: BTreeMap<String, Scalar>, only_sql: bool) -> Result<Answer> {
        self.run_observed(file, values, only_sql, None).await
    }

    async fn run_observed(
        &self,
        file: &QueryFile,
        values: BTreeMap<String, Scalar>,
        only_sql: bool,
        observer: Option<&Arc<dyn Observer>>,
    ) -> Result<Answer> {
        let statement = self.restricted(&file.sql)?;
        let values = statement.with(values);
        let shown = sql::with_literals(&statement.sql, &values)?;
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).push(shown);
        if only_sql {
            return Ok(Answer::default());
        }
        let (answer, folded) = folded::ask(self.engine, file, &statement.sql, &values, observer).await?;
        self.folded.lock().unwrap_or_else(PoisonError::into_inner).extend(folded);
        Ok(answer)
    }

    /// What the answers so far hold as one, because there was too much of it.
    pub fn folded(&self) -> Vec<Folded> {
        self.folded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The statements so far, with their values, as they can be run.
    pub fn statements(&self) -> Vec<String> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How exact percentiles are.
    pub fn percentiles(&self) -> Percentiles {
        self.engine.percentiles()
    }

    /// Objects of the answers so far that could not be read, or not to their end.
    pub fn unread(&self) -> usize {
        self.engine.unread().len()
    }

    /// What rows are missing, as far as is known by now: those of gaps, and of objects that could not be read. An object whose name
    /// does not tell may hold any.
    pub fn missing(&self) -> Vec<Missing> {
        let unread = self.engine.unread();
        let unread = unread.iter().map(|object| match LogKey::parse(object) {
            Some(key) => Missing { elb: Some(key.elb()), time: key.interval_end - INTERVAL..key.interval_end },
            None => Missing { elb: None, time: i64::MIN..i64::MAX },
        });
        let gaps = self.gaps.iter().map(|gap| Missing { elb: Some(gap.elb.clone()), time: gap.time.clone() });
        gaps.chain(unread).collect()
    }

    /// The time before which rows were let go, if some were that are asked about; microseconds since the epoch.
    pub fn let_go_before(&self) -> Option<i64> {
        self.engine.let_go_before()
    }

    /// Whether the flags that restrict rows can restrict those of a table: a host says nothing of health checks.
    pub fn reaches(&self, table: Table) -> bool {
        (self.question.conditions)(table).is_ok()
    }

    /// Whether more than one statement can be asked of the same table.
    pub fn reads_again(&self) -> bool {
        self.engine.reads_again()
    }

    /// The statement over tables that show the rows asked for.
    fn restricted(&self, text: &str) -> Result<Restricted> {
        let mut values = BTreeMap::new();
        let Question { since, until, margin, conditions, .. } = *self.question;
        let tables = sql::tables(text)?;
        let mut wanted: Vec<(Table, View)> = Vec::new();
        for table in tables {
            let mut texts = self.engine.window(table, since, until, margin);
            for condition in conditions(table)? {
                texts.push(condition.sql);
                values.extend(condition.values);
            }
            let is_known = self.question.holders.is_some() && self.engine.knows_holders();
            let columns = sql::holder_columns(text, table, is_known)?;
            wanted.push((table, View { conditions: texts, columns }));
        }
        if wanted.iter().all(|(_, view)| view.is_whole()) {
            return Ok(Restricted { sql: text.to_owned(), values });
        }
        let of = |table: Table| {
            let found = wanted.iter().find(|(wanted, _)| *wanted == table);
            Ok(found.map(|(_, view)| view.clone()).unwrap_or_default())
        };
        Ok(Restricted { sql: sql::restrict(text, self.engine.database(), of)?, values })
    }
}

struct Restricted {
    sql: String,
    values: BTreeMap<String, Scalar>,
}

impl Restricted {
    /// The values of its conditions, and these.
    fn with(&self, more: BTreeMap<String, Scalar>) -> BTreeMap<String, Scalar> {
        let mut values = self.values.clone();
        values.extend(more);
        values
    }
}

/// `auto 60` of the parameter `bucket`.
fn bars_wanted(file: &QueryFile) -> usize {
    let bucket = file.parameter("bucket").filter(|bucket| bucket.kind == ParameterKind::Duration);
    let most = bucket.and_then(|bucket| bucket.default.as_deref()?.strip_prefix("auto")?.trim().parse().ok());
    most.unwrap_or(BARS)
}
