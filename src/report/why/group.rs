//! The requests of one target group on one load balancer, counted by target, cause and bar. Nothing is judged here.

use std::collections::BTreeMap;

use super::bars::Bars;
use super::rows::{Elapsed, WhyRow};
use super::rules::Rule;
use crate::ask::sql::OTHERS;
use crate::report::pods::Pod;

/// What is known of one target group on one load balancer; or of what never came to a target group.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "a target group, as AWS calls it")]
pub(super) struct Group {
    pub(super) elb: String,
    pub(super) target_group: Option<String>,
    /// All requests, by bar.
    pub(super) requests: Vec<u64>,
    /// The requests against which failures are counted, by bar: these; of what never came to a target group, which has no
    /// requests but failures, all of the load balancer.
    pub(super) traffic: Vec<u64>,
    /// In the order of their names; requests that came to none are in none of them.
    pub(super) targets: Vec<Target>,
    pub(super) causes: Vec<Cause>,
}

/// A target that had requests.
#[derive(Debug)]
pub(super) struct Target {
    /// `address:port`.
    pub(super) name: String,
    /// The pod that had the address. One that came after it is another target.
    pub(super) pod: Option<Pod>,
    pub(super) requests: Vec<u64>,
    /// How many it answered, and how many seconds that took it together; by bar.
    pub(super) answers: Vec<(u64, f64)>,
    /// Times of its first and last request.
    pub(super) first: i64,
    pub(super) last: i64,
}

/// All failures of one rule, status and reason.
#[derive(Debug)]
pub(super) struct Cause {
    pub(super) rule: &'static Rule,
    pub(super) status: i64,
    pub(super) reason: Option<String>,
    pub(super) failures: u64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) example: Option<String>,
    /// When the first was that has an example.
    example_time: i64,
    pub(super) elapsed: Option<Elapsed>,
    /// The client, if all failures had the same.
    pub(super) client: Option<String>,
    /// The URL, if all failures had the same.
    pub(super) place: Option<String>,
    /// Failures by target (place in [`Group::targets`]; `None`: no target) and bar.
    pub(super) cells: BTreeMap<(Option<usize>, usize), Cell>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) failures: u64,
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Group {
    /// Whether it is all groups for which there was no room.
    pub(super) fn is_others(&self) -> bool {
        self.target_group.as_deref() == Some(OTHERS) || self.elb == OTHERS
    }

    /// Sorts rows into groups. Every row that counts bars is in exactly one of them.
    pub(super) fn all(rows: &[WhyRow], bars: &Bars) -> Vec<Self> {
        let mut groups: BTreeMap<(&str, Option<&str>), Vec<&WhyRow>> = BTreeMap::new();
        for row in rows {
            groups.entry((&row.elb, row.target_group.as_deref())).or_default().push(row);
        }
        let mut groups: Vec<Self> =
            groups.into_iter().map(|((elb, arn), rows)| Self::of(elb, arn, &rows, bars)).collect();
        let mut of_elb: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for group in &groups {
            let all = of_elb.entry(group.elb.clone()).or_insert_with(|| vec![0; bars.time.count]);
            all.iter_mut().zip(&group.requests).for_each(|(all, more)| *all += more);
        }
        for group in &mut groups {
            let all = of_elb.get(&group.elb).filter(|_| group.target_group.is_none());
            group.traffic = all.unwrap_or(&group.requests).clone();
        }
        groups
    }

    fn of(elb: &str, target_group: Option<&str>, rows: &[&WhyRow], bars: &Bars) -> Self {
        let counted = || rows.iter().filter_map(|row| row.bucket.map(|bucket| (*row, bars.of(bucket))));
        let mut group = Self {
            elb: elb.to_owned(),
            target_group: target_group.map(ToOwned::to_owned),
            requests: vec![0; bars.time.count],
            traffic: Vec::new(),
            targets: Vec::new(),
            causes: Vec::new(),
        };
        let mut places: BTreeMap<TargetKey, usize> =
            counted().filter_map(|(row, _)| Some((target_key(row)?, 0))).collect();
        for (place, (&(name, _), index)) in places.iter_mut().enumerate() {
            *index = place;
            group.targets.push(Target::new(name, bars.time.count));
        }
        let mut causes: BTreeMap<CauseKey, Cause> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.bucket.is_none()) {
            if let Some(cause) = cause_of(&mut causes, row) {
                cause.describe(row);
            }
        }
        for (row, bar) in counted() {
            group.requests[bar] += row.requests;
            let target = target_key(row).and_then(|key| places.get(&key).copied());
            if let Some(index) = target {
                group.targets[index].count(row, bar);
            }
            if let Some(cause) = cause_of(&mut causes, row) {
                cause.count(row, target, bar);
            }
        }
        group.causes = causes.into_values().filter(|cause| cause.failures > 0).collect();
        group
    }

    /// Failures of all causes.
    pub(super) fn failures(&self) -> u64 {
        self.causes.iter().map(|cause| cause.failures).sum()
    }
}

/// What tells targets apart: the address, and whose it was.
type TargetKey<'r> = (&'r str, Option<(&'r str, &'r str)>);

fn target_key(row: &WhyRow) -> Option<TargetKey<'_>> {
    let pod = row.pod.as_ref().map(|pod| (pod.namespace.as_str(), pod.name.as_str()));
    Some((row.target.as_deref()?, pod))
}

type CauseKey<'r> = (&'static str, i64, Option<&'r str>);

fn cause_of<'m, 'r>(causes: &'m mut BTreeMap<CauseKey<'r>, Cause>, row: &'r WhyRow) -> Option<&'m mut Cause> {
    let (rule, status) = (row.rule?, row.status.unwrap_or(0));
    Some(causes.entry((rule.id, status, row.reason.as_deref())).or_insert_with(|| Cause {
        rule,
        status,
        reason: row.reason.clone(),
        failures: 0,
        first: row.first,
        last: row.last,
        example: None,
        example_time: i64::MAX,
        elapsed: None,
        client: None,
        place: None,
        cells: BTreeMap::new(),
    }))
}

impl Target {
    fn new(name: &str, bars: usize) -> Self {
        Self {
            name: name.to_owned(),
            pod: None,
            requests: vec![0; bars],
            answers: vec![(0, 0.0); bars],
            first: i64::MAX,
            last: i64::MIN,
        }
    }

    fn count(&mut self, row: &WhyRow, bar: usize) {
        self.requests[bar] += row.requests;
        self.answers[bar].0 += row.answers;
        self.answers[bar].1 += row.answer_seconds;
        self.first = self.first.min(row.first);
        // As it was told of last: it may have been seen no more by then.
        if self.pod.is_none() || row.last > self.last {
            self.pod.clone_from(&row.pod);
        }
        self.last = self.last.max(row.last);
    }
}

impl Cause {
    /// Takes from a row over all targets and bars what cannot be added up.
    fn describe(&mut self, row: &WhyRow) {
        self.elapsed = row.elapsed;
        self.client = row.clients.as_ref().and_then(|span| span.single()).map(ToOwned::to_owned);
        self.place = row.places.as_ref().and_then(|span| span.single()).map(ToOwned::to_owned);
    }

    fn count(&mut self, row: &WhyRow, target: Option<usize>, bar: usize) {
        self.failures += row.requests;
        // In whatever order rows come.
        if row.example.is_some() && (row.first, &row.example) < (self.example_time, &self.example) {
            self.example.clone_from(&row.example);
            self.example_time = row.first;
        }
        self.first = self.first.min(row.first);
        self.last = self.last.max(row.last);
        let cell = self.cells.entry((target, bar)).or_insert(Cell { failures: 0, first: row.first, last: row.last });
        cell.failures += row.requests;
        cell.first = cell.first.min(row.first);
        cell.last = cell.last.max(row.last);
    }
}
