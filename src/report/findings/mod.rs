//! What stands out, without being asked for: who left what is usual, in what, from when to when, and how surely.
//!
//! Rows are counted while a report's own statement reads them (`requests`, `connections`, `health`, `seeing`, `counter`): for each
//! value of each dimension a series over time (`cube`). `candidate` finds the series that changed (`change`), `explain` the
//! one that explains the others, `pin` where exactly it lies, `reference` what it is measured against, `traffic` whether it comes or goes by itself; `event` puts together what is one incident and ranks it;
//! `gaps` tells what was not delivered, `missing` in which bars traffic is not known for it; `mirror` what is slow only beside what is refused; `words` says it. All but the counting is pure.

mod again;
mod candidate;
mod change;
mod connections;
mod counter;
mod cube;
mod data;
mod day_before;
mod dimension;
mod event;
mod explain;
mod finding;
mod gaps;
mod health;
mod mirror;
mod missing;
mod pin;
mod reference;
mod requests;
mod route;
mod sampler;
mod seeing;
mod seen;
mod series;
mod since;
mod spans;
#[cfg(test)]
mod tests;
mod traffic;
mod values;
mod whose;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;

pub(super) use self::candidate::Log as OfLog;
pub(super) use self::change::{Direction, bound, surest};
pub(super) use self::data::{data, list};
pub(super) use self::dimension::Dimension;
pub(super) use self::since::{Bad, dimension};
pub(super) use self::whose::{Failures, Kind, Looked, Looking, Part, Surge};

use self::candidate::{Frame, Log, candidates};
use self::connections::Connections;
use self::day_before::{DayBefore, day_before};
use self::event::{Event, events};
use self::explain::explanations;
use self::health::HealthChecks;
use self::mirror::is_mirror;
use self::requests::Requests;
use self::seeing::{Counted, Observed, Seeing};
use self::words::Words;
use super::answer::Answer;
use super::bars::Bars;
use super::gaps::Gap;
use super::session::Session;
use crate::ask::query::Observer;
use crate::base::tables::Table;
use crate::output::document::Next;

/// Findings that are shown.
const SHOWN: usize = 5;
/// Bars that a window is looked at in, at most.
const BARS: usize = 240;

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Confidence {
    /// It is this, and nothing else explains it as well.
    Likely,
    /// Something changed, and what it names fits; other things would fit as well.
    Possible,
}

impl Confidence {
    /// As it stands in front of a finding.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

/// Something that stands out.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) confidence: Confidence,
    /// Who it is about.
    pub(super) who: String,
    /// Who, what, how much against what is usual, from when to when.
    pub(super) sentence: String,
    /// What it rests on, beside the numbers of the sentence.
    pub(super) evidence: Vec<String>,
    /// When it was, microseconds since the epoch.
    pub(super) time: Range<i64>,
    /// What it shows in, the leading one first, each with how many requests.
    pub(super) shows: Vec<(Shows, u64)>,
    /// What shows more of it.
    pub(super) next: Next,
    /// The same for programs.
    pub(super) data: data::FindingData,
}

/// In what a finding shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    Failing,
    /// Clients leave.
    Leaving,
    /// AWS WAF blocks.
    Blocked,
    /// Answered 400 to 499 otherwise.
    Refused,
    Slower,
    /// More requests, or fewer, or others.
    Traffic,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The most harmful first.
    pub(super) shown: Vec<Finding>,
    /// Findings that are not shown.
    pub(super) more: usize,
    /// Series that were looked at.
    pub(super) series: usize,
    /// Values that were too rare to be kept, and so to be looked at.
    pub(super) left_out: u64,
    /// Traffic that came or went as it did a day before at the same time, in words.
    pub(super) daily: Vec<String>,
    /// Why nothing was looked for, if so.
    pub(super) not_looked: Option<&'static str>,
}

impl Observed {
    fn of(&self, log: Log) -> &Counted {
        match log {
            Log::Requests => &self.requests,
            Log::Connections => &self.connections,
            Log::HealthChecks => &self.health_checks,
        }
    }
}

/// The answer of the session's report, and what stands out in the rows that it read.
///
/// # Errors
/// As [`Session::answer`].
pub(super) async fn answer_and_findings(session: &Session<'_>) -> Result<(Answer, Findings)> {
    let bars = Bars::fit(&session.span, BARS);
    let seeing = Arc::new(Seeing::new(bars.step));
    let requests: Arc<dyn Observer> = Arc::new(Requests::new(&seeing));
    let answer = session.answer_observed(&requests).await?;
    if !session.shows_rows() {
        let not_looked = Some("not looked for: the engine answers without showing rows (--engine local looks)");
        return Ok((answer, Findings { not_looked, ..Findings::default() }));
    }
    if session.reads_again() && !session.question.only_sql {
        let others: [(Table, Arc<dyn Observer>); 2] = [
            (Table::Connections, Arc::new(Connections(Arc::clone(&seeing)))),
            (Table::HealthChecks, Arc::new(HealthChecks(Arc::clone(&seeing)))),
        ];
        for (table, observer) in others {
            if session.reaches(table) {
                session.observe(&observer).await?;
            }
        }
    }
    let frame = Frame::of(&session.delivered_of(&session.span), bars.step);
    let gaps: Vec<Gap> = session.gaps.iter().filter(|gap| frame.overlaps(&gap.time)).cloned().collect();
    let mut observed = seeing.take();
    let frame = frame.without(&session.missing(), &observed.requests.cube, &observed.values);
    let mut found = find(&observed, &frame);
    look_a_day_back(session, &mut observed, &mut found.events, &frame).await;
    Ok((answer, tell(session, &observed, found, &gaps, &frame)))
}

/// What happened, before it is told.
struct Found {
    events: Vec<Event>,
    series: usize,
    bound: f64,
}

fn find(observed: &Observed, frame: &Frame) -> Found {
    let mut explained = Vec::new();
    let (mut series, mut bound) = (0, 0.0_f64);
    for log in Log::EACH {
        let Counted { cube, samples } = observed.of(log);
        let found = candidates(cube, frame, log);
        series += found.series;
        bound = bound.max(found.bound);
        explained.extend(explanations(found, cube, samples, frame));
    }
    explained.retain(|one| one.log != Log::HealthChecks || !health::is_start(one, frame));
    let all = explained.clone();
    explained.retain(|one| !is_mirror(one, &all, observed, frame));
    Found { events: events(explained, observed, frame), series, bound }
}

/// Compares what changed with the same time a day before, if there are logs of it. What cannot be read of that day is not
/// known of it.
async fn look_a_day_back(session: &Session<'_>, observed: &mut Observed, events: &mut [Event], frame: &Frame) {
    let Some(past) = frame.day_before().filter(|_| !events.is_empty()) else { return };
    let time = past.time(&(0..past.len()));
    let Some(engine) = session.earlier(&time) else { return };
    let question = session.question.at(&time);
    let session = session.on(&*engine, &question);
    let wanted = events.iter().map(|event| (event.lead.dimension, event.lead.key)).collect();
    let seeing = Arc::new(Seeing::again(frame.step, wanted, std::mem::take(&mut observed.values)));
    let observers: [(Log, Arc<dyn Observer>); 3] = [
        (Log::Requests, Arc::new(Requests::new(&seeing))),
        (Log::Connections, Arc::new(Connections(Arc::clone(&seeing)))),
        (Log::HealthChecks, Arc::new(HealthChecks(Arc::clone(&seeing)))),
    ];
    let mut is_whole = true;
    for (log, observer) in observers {
        if events.iter().any(|event| event.lead.log == log) {
            is_whole &= session.observe(&observer).await.is_ok() && session.unread() == 0;
        }
    }
    let mut past_day = seeing.take();
    observed.values = std::mem::take(&mut past_day.values);
    for event in events.iter_mut().filter(|_| is_whole) {
        event.before = day_before(&event.lead, &past_day.of(event.lead.log).cube, &past);
    }
    events.sort_by_key(|event| event.before == DayBefore::Same);
}

fn tell(session: &Session, observed: &Observed, found: Found, gaps: &[Gap], frame: &Frame) -> Findings {
    let Found { events, series, bound } = found;
    let (daily, events): (Vec<Event>, Vec<Event>) = events.into_iter().partition(Event::is_daily);
    let ids: BTreeSet<&str> = events.iter().chain(&daily).flat_map(|event| event.ids(observed)).collect();
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.extend(gaps.iter().map(|gap| gap.elb.as_str()));
    let names: BTreeMap<String, String> = (session.question.names)(&ids);
    let (words, flags) =
        (Words { observed, frame, names: &names, holders: session.question.holders }, &session.question.flags[..]);
    let mut shown: Vec<Finding> = events.iter().take(SHOWN).map(|event| words.finding(event, bound, flags)).collect();
    let not_delivered = words.not_delivered(gaps, flags);
    if not_delivered.is_some() {
        // It takes the last place.
        shown.truncate(SHOWN - 1);
    }
    let more = events.len() - shown.len();
    shown.extend(not_delivered);
    Findings {
        shown,
        more,
        series,
        daily: daily.iter().map(|event| words.sentence(event)).collect(),
        left_out: observed.requests.cube.left_out + observed.connections.cube.left_out,
        not_looked: None,
    }
}
