//! Since when the values of a report's rows are bad: the change in each one's series, as findings find it.

use std::collections::BTreeMap;

use super::candidate::{Candidate, Frame, Log, Measure, candidate};
use super::change::bound;
use super::dimension::Dimension;
use super::seen::{Class, Key};
use super::series::Series;
use super::whose::Looked;
use crate::base::clock::{time_of_day, to_the_minute};
use alblog::time::DAY;

/// What is bad in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Bad {
    /// Its target takes longer.
    Slower,
    /// More of its requests, or handshakes, fail.
    Fails,
    /// It asks more.
    AsksMore,
}

impl Bad {
    fn measure(self) -> Measure {
        match self {
            Self::Slower => Measure::Time,
            Self::Fails => Measure::Share(Class::Failed),
            Self::AsksMore => Measure::More,
        }
    }
}

/// The dimension that `--by` calls so, if its rows are counted by values that rows of a report have too.
pub(in crate::report) fn dimension(by: &str) -> Option<Dimension> {
    Dimension::EACH.into_iter().find(|one| one.name() == by && *one != Dimension::Route)
}

/// When, by what a row belongs to (the target group of a target, the load balancer of a port, else nothing) and its name.
pub(in crate::report) type Since = BTreeMap<(String, String), String>;

impl Looked {
    /// When each value of a dimension was bad in one of these ways, the most harmful of them: `10:50–11:30`,
    /// `from 10:50 on`, `until 10:40`. Values that were as usual all the time are not in it.
    pub(in crate::report) fn since(&self, by: Dimension, log: Log, ways: &[Bad]) -> Since {
        let mut named: BTreeMap<(String, String), Series> = BTreeMap::new();
        let mut all: Vec<(&Key, &Series)> = self.observed().of(log).cube.of(by).iter().collect();
        all.sort_unstable_by_key(|(key, _)| **key);
        for (key, series) in all {
            named.entry(self.row(by, *key)).or_default().merge(series);
        }
        let mut found: Vec<((String, String), Candidate)> = Vec::new();
        let mut looked_at = 0;
        for (name, series) in named {
            let cells = self.frame().dense(&series);
            let changes = ways
                .iter()
                .filter_map(|way| candidate(log, by, (0, 0, 0), way.measure(), &cells, self.frame(), &mut looked_at));
            let most = changes.max_by(|one, other| one.harm().total_cmp(&other.harm()));
            found.extend(most.map(|most| (name, most)));
        }
        let needed = bound(looked_at, self.frame().len());
        found.retain(|(_, one)| one.change.score >= needed);
        found.into_iter().filter_map(|(name, one)| Some((name, when(&one, self.frame())?))).collect()
    }

    /// What a row of a report is called.
    fn row(&self, by: Dimension, key: Key) -> (String, String) {
        let text = |id| self.observed().values.text(id).to_owned();
        match by {
            Dimension::Target => (text(key.0), format!("{}:{}", text(key.1), key.2)),
            Dimension::Listener => (text(key.0), key.2.to_string()),
            Dimension::Rule => (String::new(), key.2.to_string()),
            Dimension::LoadBalancer => (String::new(), text(key.0)),
            _ => (String::new(), text(key.1)),
        }
    }
}

fn when(one: &Candidate, frame: &Frame) -> Option<String> {
    let bars = &one.change.bars;
    let of_days = frame.begin(0).div_euclid(DAY) != frame.begin(frame.len().saturating_sub(1)).div_euclid(DAY);
    let at = |bar: usize| if of_days { to_the_minute(frame.begin(bar)) } else { time_of_day(frame.begin(bar)) };
    match (bars.start() == 0, bars.end() == frame.len()) {
        (true, true) => None,
        (true, false) => Some(format!("until {}", at(bars.end()))),
        (false, true) => Some(format!("from {} on", at(bars.start()))),
        (false, false) => Some(format!("{}–{}", at(bars.start()), at(bars.end()))),
    }
}
