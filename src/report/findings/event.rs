//! What happened: explanations that are one incident, with the one that leads, ranked by harm. Pure.

use super::candidate::{Candidate, Frame, Log, Measure};
use super::day_before::DayBefore;
use super::dimension::Dimension;
use super::explain::{has, is_slower_within, share};
use super::health::{is_same_place, text_of};
use super::reference::{has_moved, without_moved};
use super::seen::{Class, Key, Seen};
use super::values::Id;
use super::{Counted, Observed};
use crate::base::counts::tally;

/// Explanations of one incident.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// What names it.
    pub(super) lead: Candidate,
    /// What else it shows in, most harm first.
    pub(super) also: Vec<Candidate>,
    /// What it cost, as seconds of waiting.
    pub(super) harm: f64,
    /// Whether it was the same a day before.
    pub(super) before: DayBefore,
}

/// A failed request is as bad as so many seconds of waiting.
const FAILURE: f64 = 3.0;
/// Less than this is nothing to wake up for, seconds.
const LEAST: f64 = 100.0;
/// Waiting of less than this is no sign of anything, seconds.
const SLIGHT: f64 = 10.0;
/// What fails as often leads, however long others wait.
const FAILS_OFTEN: f64 = 0.2;
/// Of the rows of one explanation, the part that another must share to be the same incident.
const SHARED: f64 = 0.6;

impl Candidate {
    /// What it cost, as seconds of waiting.
    pub(super) fn harm(&self) -> f64 {
        let excess = self.change.excess();
        match self.measure {
            Measure::Share(Class::Failed) => FAILURE * excess,
            Measure::Share(Class::Left) => 2.0 * excess,
            Measure::Share(Class::Blocked | Class::Denied | Class::Rejected) => excess,
            Measure::Share(Class::NotFound) => 0.5 * excess,
            Measure::Share(Class::Redirected) => 0.25 * excess,
            Measure::Slow(_) | Measure::Time => self.change.inside.1 * (self.times.0 - self.times.1).max(0.0),
            Measure::More => 0.02 * excess,
            Measure::Less => -0.5 * excess,
        }
    }

    /// The load balancer that it is of, if its value belongs to one.
    pub(super) fn elb(&self) -> Option<Id> {
        self.dimension.is_of_elb().then_some(self.key.0)
    }

    /// Whether targets may be the cause: requests that fail or wait, and not those of some clients.
    fn is_of_targets(&self) -> bool {
        let is_clients = matches!(self.dimension, Dimension::Client | Dimension::Network | Dimension::Agent);
        matches!(self.measure, Measure::Share(Class::Failed) | Measure::Slow(_) | Measure::Time) && !is_clients
    }

    /// Whether many who were served are turned away now: of single clients, and of what was not there before, nobody is woken up.
    fn is_refused_as_never_before(&self) -> bool {
        // Who asks by one name asks for many things: of an app that is refused one of them, few requests are.
        let least = match self.dimension {
            Dimension::Network => 0.2,
            Dimension::Agent => 0.02,
            _ => return false,
        };
        let refused = matches!(self.measure, Measure::Share(Class::Blocked | Class::Denied | Class::Rejected));
        let (observed, usual) = (self.change.observed(), self.change.usual());
        let was_served = self.new_in.is_none() && self.change.outside.1 >= 500.0;
        // A new version of an app is served most of what it asks for, and no scanner is.
        let is_served = self.dimension == Dimension::Agent
            && self.measure != Measure::Share(Class::Blocked)
            && self.change.inside.1 >= 500.0
            && observed <= 0.5;
        refused && (was_served || is_served) && observed >= least && observed >= 5.0 * usual
    }

    /// How well it names a cause: the lowest leads.
    fn role(&self) -> u8 {
        match (self.measure, self.dimension) {
            // A sign, and not the trouble itself.
            _ if self.log == Log::HealthChecks => 6,
            // Who asks too much makes others fail and wait.
            (Measure::More, Dimension::Client | Dimension::Network | Dimension::Agent) => 0,
            (Measure::Share(Class::Failed), _) => 1,
            (Measure::Share(_), _) => 2,
            (Measure::Time | Measure::Slow(_), _) => 3,
            (Measure::More, _) => 4,
            (Measure::Less, _) => 5,
        }
    }
}

/// Puts explanations of the same time and the same rows together, the most harmful first.
pub(super) fn events(explanations: Vec<Candidate>, observed: &Observed, frame: &Frame) -> Vec<Event> {
    let mut groups: Vec<Vec<Candidate>> = Vec::new();
    let mut sorted = explanations;
    sorted.retain(|one| !is_moved(one, observed, frame));
    // Health checks come last: they belong to what there is already.
    let is_check = |one: &Candidate| one.log == Log::HealthChecks;
    sorted.sort_by(|a, b| {
        let by_harm = is_check(a).cmp(&is_check(b)).then_with(|| b.harm().total_cmp(&a.harm()));
        by_harm.then_with(|| (a.dimension, a.key).cmp(&(b.dimension, b.key)))
    });
    for one in sorted {
        let of = groups.iter().position(|group| group.iter().any(|other| is_one(&one, other, observed, frame)));
        match of {
            Some(index) => groups[index].push(one),
            None => groups.push(vec![one]),
        }
    }
    let mut events: Vec<Event> = groups.into_iter().map(event).collect();
    events.retain(|event| event.harm >= LEAST && !event.is_background());
    events.sort_by(|a, b| b.harm.total_cmp(&a.harm).then_with(|| a.lead.key.cmp(&b.lead.key)));
    events
}

/// Whether it is traffic of a host, or of a route, that goes to another load balancer or target group now, as much as ever.
fn is_moved(one: &Candidate, observed: &Observed, frame: &Frame) -> bool {
    if !matches!(one.measure, Measure::More | Measure::Less) {
        return false;
    }
    let Counted { cube, samples } = observed.of(one.log);
    let all = frame.all();
    match one.dimension {
        Dimension::Host | Dimension::Route => has_moved(one, one.dimension, one.key, cube, frame),
        Dimension::LoadBalancer => !without_moved(one, cube, frame).matters(),
        Dimension::TargetGroup => main_host(samples.rows(one.measure, frame, &all).filter(|row| has(row, one)))
            .is_some_and(|host| has_moved(one, Dimension::Host, host, cube, frame)),
        // Clients come and go by themselves.
        _ => false,
    }
}

fn event(mut group: Vec<Candidate>) -> Event {
    let waits = |one: &Candidate| matches!(one.measure, Measure::Time | Measure::Slow(_));
    // The most harmful of the best role leads; a role that costs little beside another does not.
    let of_requests = |one: &&Candidate| one.log != Log::HealthChecks;
    let most = group.iter().filter(of_requests).map(Candidate::harm).fold(0.0, f64::max);
    // Of what waits until it fails, the waiting is the greater harm and the failures are what happens.
    let fails_often =
        |one: &Candidate| one.measure == Measure::Share(Class::Failed) && one.change.observed() >= FAILS_OFTEN;
    let leads = |one: &Candidate| {
        one.measure == Measure::More || one.harm() >= 0.2 * most || (of_requests(&one) && fails_often(one))
    };
    let role = |index: usize| if is_not_valid(&group[index], &group) { 0 } else { 2 * group[index].role() + 1 };
    let lead = (0..group.len()).filter(|&index| leads(&group[index])).min_by_key(|&index| (role(index), index));
    let mut lead = lead.unwrap_or(0);
    // What was slow long before it failed is slow first of all.
    if let Some(slow) = (0..group.len()).find(|&index| ends_in_failures(&group[index], &group[lead])) {
        lead = slow;
    }
    let lead = group.remove(lead);
    group.retain(|one| !waits(one) || one.harm() >= SLIGHT);
    without_other_levels(&lead, &mut group);
    // What fails is told before what waits, however long that is.
    group.sort_by_key(|one| one.log != Log::Requests || one.measure != Measure::Share(Class::Failed));
    // Waiting shows in two measures, and is waited once.
    let waited = group.iter().chain([&lead]).filter(|one| waits(one)).map(Candidate::harm).fold(0.0, f64::max);
    let others = group.iter().chain([&lead]).filter(|one| !waits(one)).map(Candidate::harm).sum::<f64>();
    Event { lead, also: group, harm: waited + others, before: DayBefore::Unknown }
}

/// Whether it is what somebody gets who came with nothing else: nearly all of it is refused as not valid, and harms nobody.
fn is_not_valid(one: &Candidate, group: &[Candidate]) -> bool {
    let is_refused = match (one.measure, one.dimension) {
        // A new version of an app comes, and is refused something.
        (Measure::Share(Class::Rejected | Class::Denied), Dimension::Agent) => true,
        (Measure::Share(Class::Rejected), _) => one.change.observed() >= 0.9,
        _ => false,
    };
    let is_its_traffic =
        |other: &Candidate| other.measure == Measure::More && (other.dimension, other.key) == (one.dimension, one.key);
    let harms = |other: &Candidate| other.is_of_targets() && other.harm() >= LEAST;
    is_refused && group.iter().any(is_its_traffic) && !group.iter().any(harms)
}

/// Whether targets that get slower fail in the end: from long after they were slow on, to when they no longer are.
fn ends_in_failures(slow: &Candidate, failing: &Candidate) -> bool {
    const LONG: usize = 10;
    let (x, y) = (&slow.change.bars, &failing.change.bars);
    let is_then = x.start() + LONG <= y.start() && y.start() <= x.end() + 3;
    is_then
        && slow.log == failing.log
        && matches!(slow.measure, Measure::Slow(_) | Measure::Time)
        && slow.is_of_targets()
        && slow.harm() >= LEAST
        && failing.measure == Measure::Share(Class::Failed)
}

/// What is slow in several ways is told once.
fn without_other_levels(lead: &Candidate, also: &mut Vec<Candidate>) {
    let mut told = vec![(lead.measure, lead.dimension, lead.key)];
    also.retain(|one| {
        let is_slow = |measure: &Measure| matches!(measure, Measure::Slow(_));
        let is_told = is_slow(&one.measure)
            && told
                .iter()
                .any(|(measure, dimension, key)| is_slow(measure) && (*dimension, *key) == (one.dimension, one.key));
        told.push((one.measure, one.dimension, one.key));
        !is_told
    });
}

impl Event {
    /// Identifiers of load balancers and target groups in it.
    pub(super) fn ids<'v>(&'v self, observed: &'v Observed) -> impl Iterator<Item = &'v str> {
        let texts = [&self.lead]
            .into_iter()
            .chain(&self.also)
            .flat_map(|one| [one.key.0, one.key.1].map(|id| text_of(id, one.log, observed)));
        texts.filter(|text| text.starts_with("arn:") || text.starts_with("app/"))
    }

    /// Whether it is traffic that comes, or goes, at this time every day, and does no harm.
    pub(super) fn is_daily(&self) -> bool {
        let is_traffic = |one: &Candidate| matches!(one.measure, Measure::More | Measure::Less);
        // What crawlers get all day.
        let is_harmless = |one: &Candidate| {
            is_traffic(one) || matches!(one.measure, Measure::Share(Class::NotFound | Class::Redirected))
        };
        self.before == DayBefore::Same && is_traffic(&self.lead) && self.also.iter().all(is_harmless)
    }

    /// Whether it is what happens all the time, only a bit more: single clients that ask a lot, and what they are told.
    fn is_background(&self) -> bool {
        let lead = &self.lead;
        let is_of_clients = matches!(lead.dimension, Dimension::Client | Dimension::Network | Dimension::Agent);
        let minor = !matches!(lead.measure, Measure::Share(Class::Failed | Class::Left) | Measure::Time);
        // What they are told in one way may be little, and what they ask for much.
        let of_lead =
            |one: &&Candidate| one.measure == Measure::More || (one.dimension, one.key) == (lead.dimension, lead.key);
        let part = self.also.iter().filter(of_lead).map(|one| one.part_of_all).fold(lead.part_of_all, f64::max);
        is_of_clients && minor && part < 0.05 && !lead.is_refused_as_never_before()
    }
}

/// Whether fewer requests follow from what fails: of the same host, from soon after it began on.
fn follows(fewer: &Candidate, failing: &Candidate, observed: &Observed, frame: &Frame) -> bool {
    const SOON: usize = 10;
    let (x, y) = (&fewer.change.bars, &failing.change.bars);
    let is_then = x.start() + 3 >= y.start() && x.start() <= y.start() + SOON && x.start() < y.end();
    let fails = matches!(failing.measure, Measure::Share(_)) && failing.log == fewer.log;
    if fewer.measure != Measure::Less || !fails || !is_then {
        return false;
    }
    let all = frame.all();
    let samples = &observed.of(fewer.log).samples;
    let of_fewer = main_host(samples.rows(fewer.measure, frame, &all).filter(|row| has(row, fewer)));
    let of_failing = main_host(samples.rows(failing.measure, frame, y).filter(|row| has(row, failing)));
    of_fewer.is_some() && of_fewer == of_failing
}

/// Whether most rows of both go to one target group.
fn have_one_group(a: &Candidate, b: &Candidate, observed: &Observed, frame: &Frame) -> bool {
    let [one, other] = [a, b].map(|it| {
        let rows = observed.of(it.log).samples.rows(it.measure, frame, &it.change.bars);
        main(rows.filter(|row| has(row, it)), Dimension::TargetGroup)
    });
    one.is_some() && one == other
}

/// The host that most rows have.
pub(super) fn main_host<'r>(rows: impl Iterator<Item = &'r Seen>) -> Option<Key> {
    main(rows, Dimension::Host)
}

/// The value that most rows have.
fn main<'r>(rows: impl Iterator<Item = &'r Seen>, dimension: Dimension) -> Option<Key> {
    let values = tally(rows.map(|row| (row.key(dimension), 1)));
    let all: u64 = values.iter().map(|(_, count)| count).sum();
    let (value, count) = values.into_iter().find(|(value, _)| value.is_some())?;
    value.filter(|_| count * 10 >= all * 6)
}

/// Whether two explanations are of the same time, and of the same rows.
fn is_one(a: &Candidate, b: &Candidate, observed: &Observed, frame: &Frame) -> bool {
    let (x, y) = (&a.change.bars, &b.change.bars);
    if follows(a, b, observed, frame) || follows(b, a, observed, frame) {
        return true;
    }
    if (ends_in_failures(a, b) || ends_in_failures(b, a)) && have_one_group(a, b, observed, frame) {
        return true;
    }
    let shared = x.common(y);
    let shorter = x.len().min(y.len()).max(1);
    let apart = x.start().abs_diff(y.start());
    if shared * 2 < shorter || apart > 3 + x.len().max(y.len()) / 4 {
        return false;
    }
    if a.log != b.log && [a.log, b.log].contains(&Log::HealthChecks) {
        let other = if a.log == Log::HealthChecks { b } else { a };
        return other.is_of_targets() && is_same_place(a, b, observed, frame);
    }
    if a.log != b.log {
        // Rows of two logs have only the load balancer in common.
        return a.elb().is_some() && a.elb() == b.elb();
    }
    let samples = &observed.of(a.log).samples;
    let (of_a, of_b) = (share(a, b, samples, frame), share(b, a, samples, frame));
    let traffic = |one: &Candidate| matches!(one.measure, Measure::More | Measure::Less);
    let share_of = |one: &Candidate| matches!(one.measure, Measure::Share(_));
    match (traffic(a), traffic(b)) {
        // Who asks a lot is to blame only if it is a good part of what fails or waits.
        (true, false) => of_a >= SHARED && of_b >= 0.2,
        (false, true) => of_b >= SHARED && of_a >= 0.2,
        // No row is of two classes: what fails and what is blocked are one only if each is found where the other is.
        _ if share_of(a) && share_of(b) && a.measure != b.measure => of_a.max(of_b) >= SHARED && of_a.min(of_b) >= 0.2,
        _ if a.is_wide() || b.is_wide() => of_a >= SHARED && of_b >= SHARED,
        _ if of_a >= SHARED || of_b >= SHARED => true,
        // Targets that fail to some and are slow to others, of several groups.
        (false, false) => is_slower_within(a, b, samples, frame) || is_slower_within(b, a, samples, frame),
        _ => false,
    }
}
