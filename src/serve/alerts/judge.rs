//! What becomes of an alert when it is judged. Pure.
//!
//! Time is that of the logs: a condition holds *up to* where they are complete, not at the moment somebody looks. What cannot be told
//! changes nothing: neither does silence resolve what is firing, nor does it fire.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What stands of one rule, from one judgement to the next. Times are microseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Rows for which the condition held when it was last judged, by what they are whatever they are called.
    pub rows: BTreeMap<String, Holding>,
    /// Up to when logs were complete then.
    pub judged_until: Option<i64>,
    /// That it cannot be told.
    pub untold: Option<Untold>,
}

/// Why nothing can be told of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// Since when, by the clock.
    pub since: i64,
    pub why: String,
    /// Whether it was told that nothing can be told.
    pub said: bool,
}

/// A row for which the condition holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// What the row was called when it began: a name that it gets later would be another alert to whoever is told.
    #[serde(default)]
    pub row: String,
    /// End of the first window in which it held.
    pub since: i64,
    /// From when on it fires; none while it is pending.
    pub firing: Option<i64>,
    /// What was found last: `elb_5xx_rate is 3.2 %`.
    pub found: String,
}

impl Holding {
    /// What the row is called, whose key this is: records of before have no name.
    pub fn called<'a>(&'a self, key: &'a str) -> &'a str {
        if self.row.is_empty() { key } else { &self.row }
    }
}

/// What came of looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The condition was compared up to this time; of these rows it holds. Of what was not seen, it may hold as well.
    Told { until: i64, rows: BTreeMap<String, Found>, compared: Compared },
    /// It could not be, and why.
    Untold(String),
}

/// Of which rows it is known whether a condition holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    All,
    Only(BTreeSet<String>),
}

impl Compared {
    fn has(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(keys) => keys.contains(key),
        }
    }
}

/// A row for which a condition holds: what it is called, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub row: String,
    pub found: String,
}

/// What has changed and is worth telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Change {
    Firing {
        row: String,
        since: i64,
        /// Up to when logs were complete then.
        #[serde(default)]
        at: i64,
        found: String,
    },
    Resolved {
        row: String,
        since: i64,
        at: i64,
    },
    /// Nothing could be told for so long that somebody should know.
    CannotTell {
        since: i64,
        why: String,
    },
    /// It can be told again.
    CanTell {
        since: i64,
        at: i64,
    },
}

impl Change {
    /// The state that it leads to, by a name that stays.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Firing { .. } => "firing",
            Self::Resolved { .. } => "resolved",
            Self::CannotTell { .. } => "cannot_tell",
            Self::CanTell { .. } => "can_tell",
        }
    }

    /// The row that it is about, if it is about one.
    pub fn row(&self) -> Option<&str> {
        match self {
            Self::Firing { row, .. } | Self::Resolved { row, .. } => Some(row),
            Self::CannotTell { .. } | Self::CanTell { .. } => None,
        }
    }

    /// Since when it held, or could not be told; microseconds since the epoch.
    pub fn since(&self) -> i64 {
        let (Self::Firing { since, .. }
        | Self::Resolved { since, .. }
        | Self::CannotTell { since, .. }
        | Self::CanTell { since, .. }) = self;
        *since
    }

    /// What was found, or why nothing can be told.
    pub fn found(&self) -> Option<&str> {
        match self {
            Self::Firing { found, .. } => Some(found),
            Self::CannotTell { why, .. } => Some(why),
            Self::Resolved { .. } | Self::CanTell { .. } => None,
        }
    }
}

/// How long a rule waits; microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// A condition has to hold for so long before it fires.
    pub hold: i64,
    /// Nothing could be told for so long before it is said.
    pub untold: i64,
}

/// Judges: what stands afterwards, and what is to be told. `now` is by the clock.
pub fn judge(standing: &Standing, verdict: &Verdict, patience: Patience, now: i64) -> (Standing, Vec<Change>) {
    match verdict {
        Verdict::Untold(why) => untold(standing, why, patience, now),
        Verdict::Told { until, rows, compared } => told(standing, *until, (rows, compared), patience, now),
    }
}

fn untold(standing: &Standing, why: &str, patience: Patience, now: i64) -> (Standing, Vec<Change>) {
    let before = standing.untold.as_ref();
    let since = before.map_or(now, |untold| untold.since.min(now));
    let was_said = before.is_some_and(|untold| untold.said);
    let said = was_said || now - since >= patience.untold;
    let changes = if said && !was_said { vec![Change::CannotTell { since, why: why.to_owned() }] } else { Vec::new() };
    (Standing { untold: Some(Untold { since, why: why.to_owned(), said }), ..standing.clone() }, changes)
}

fn told(
    standing: &Standing,
    until: i64,
    (rows, compared): (&BTreeMap<String, Found>, &Compared),
    patience: Patience,
    now: i64,
) -> (Standing, Vec<Change>) {
    let was_said = standing.untold.as_ref().filter(|untold| untold.said);
    let mut changes: Vec<Change> =
        was_said.map(|untold| Change::CanTell { since: untold.since, at: now }).into_iter().collect();
    // A judgement of an earlier time than the last one says nothing new.
    if standing.judged_until.is_some_and(|judged| until < judged) {
        return (Standing { untold: None, ..standing.clone() }, changes);
    }
    let holding = |(key, Found { row, found }): (&String, &Found)| {
        let before = standing.rows.get(key);
        let since = before.map_or(until, |holding| holding.since);
        let was_firing = before.and_then(|holding| holding.firing);
        let firing = was_firing.or_else(|| (until - since >= patience.hold).then_some(until));
        let row = before.map(|holding| &holding.row).filter(|row| !row.is_empty()).unwrap_or(row).clone();
        (key.clone(), Holding { row, since, firing, found: found.clone() })
    };
    let mut next: BTreeMap<String, Holding> = rows.iter().map(holding).collect();
    // What was not seen is not over.
    for (key, holding) in standing.rows.iter().filter(|(key, _)| !compared.has(key)) {
        next.entry(key.clone()).or_insert_with(|| holding.clone());
    }
    let is_firing = |rows: &BTreeMap<String, Holding>, key: &str| rows.get(key).is_some_and(|it| it.firing.is_some());
    for (key, Holding { row, since, found, .. }) in next.iter().filter(|(key, _)| is_firing(&next, key)) {
        if !is_firing(&standing.rows, key) {
            changes.push(Change::Firing { row: row.clone(), since: *since, at: until, found: found.clone() });
        }
    }
    for (key, holding) in standing.rows.iter().filter(|(key, _)| is_firing(&standing.rows, key)) {
        if !next.contains_key(key) {
            let row = holding.called(key).to_owned();
            changes.push(Change::Resolved { row, since: holding.since, at: until });
        }
    }
    (Standing { rows: next, judged_until: Some(until), untold: None }, changes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATIENCE: Patience = Patience { hold: 5, untold: 10 };

    fn holds(until: i64, rows: &[&str]) -> Verdict {
        let found = |row: &&str| Found { row: (*row).to_owned(), found: format!("at {until}") };
        Verdict::Told {
            until,
            rows: rows.iter().map(|row| ((*row).to_owned(), found(row))).collect(),
            compared: Compared::All,
        }
    }

    /// Judges one after the other, a unit of time apart.
    fn all(verdicts: &[Verdict]) -> Vec<Vec<Change>> {
        let mut standing = Standing::default();
        let mut judged = |(now, verdict): (usize, &Verdict)| {
            let (next, changes) = judge(&standing, verdict, PATIENCE, i64::try_from(now).unwrap());
            standing = next;
            changes
        };
        verdicts.iter().enumerate().map(&mut judged).collect()
    }

    #[test]
    fn what_holds_for_long_enough_fires_and_is_resolved_once() {
        let verdicts = [
            holds(0, &["a"]),
            holds(4, &["a", "b"]),
            holds(5, &["a", "b"]),
            holds(9, &["a"]),
            holds(12, &[]),
            holds(13, &[]),
        ];
        let changes = all(&verdicts);
        let fires = Change::Firing { row: "a".to_owned(), since: 0, at: 5, found: "at 5".to_owned() };
        let resolved = Change::Resolved { row: "a".to_owned(), since: 0, at: 12 };
        assert_eq!(changes, [vec![], vec![], vec![fires], vec![], vec![resolved], vec![]]);
    }

    #[test]
    fn what_was_not_seen_is_not_over() {
        let part_with = |until, rows: &[&str], seen: &[&str]| match holds(until, rows) {
            Verdict::Told { until, rows, .. } => Verdict::Told {
                until,
                rows,
                compared: Compared::Only(seen.iter().map(|&row| row.to_owned()).collect()),
            },
            untold @ Verdict::Untold(_) => untold,
        };
        let part = |until, rows: &[&str]| part_with(until, rows, &[]);
        let changes: Vec<Change> =
            all(&[holds(0, &["a"]), holds(5, &["a"]), part(6, &["b"]), part(7, &[]), holds(8, &["b"])])
                .into_iter()
                .flatten()
                .collect();
        assert!(matches!(&changes[..], [Change::Firing { .. }, Change::Resolved { at: 8, .. }]), "{changes:?}");
        // What was seen and is well again is over, whatever else was not seen.
        let changes = all(&[holds(0, &["a", "b"]), holds(5, &["a", "b"]), part_with(6, &[], &["a", "c"])]);
        assert!(matches!(&changes[2][..], [Change::Resolved { row, .. }] if row == "a"), "{changes:?}");
    }

    #[test]
    fn a_row_keeps_the_name_that_it_fired_by() {
        let called = |until, name: &str| {
            let found = Found { row: name.to_owned(), found: String::new() };
            Verdict::Told { until, rows: [("arn:1".to_owned(), found)].into(), compared: Compared::All }
        };
        let changes: Vec<Change> = all(&[called(0, "shop"), called(5, "shop"), called(6, "shop 4303"), holds(9, &[])])
            .into_iter()
            .flatten()
            .collect();
        let names: Vec<Option<&str>> = changes.iter().map(Change::row).collect();
        assert_eq!(names, [Some("shop"), Some("shop")]);
    }

    #[test]
    fn what_cannot_be_told_changes_nothing_and_is_told_after_a_while() {
        let untold = || Verdict::Untold("late".to_owned());
        let mut verdicts = vec![holds(0, &["a"]), holds(6, &["a"])];
        verdicts.extend(std::iter::repeat_with(untold).take(12));
        verdicts.push(holds(20, &["a"]));
        let changes: Vec<Change> = all(&verdicts).into_iter().flatten().collect();
        assert_eq!(
            changes[1..],
            [Change::CannotTell { since: 2, why: "late".to_owned() }, Change::CanTell { since: 2, at: 14 },]
        );
        assert!(matches!(changes[0], Change::Firing { .. }));
    }

    fn any_verdict() -> impl Strategy<Value = Verdict> {
        prop_oneof![
            1 => Just(Verdict::Untold("x".to_owned())),
            6 => (0..40_i64, proptest::collection::btree_set(0..3_u8, 0..3)).prop_map(|(until, rows)| {
                let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
                holds(until, &rows.iter().map(String::as_str).collect::<Vec<_>>())
            }),
        ]
    }

    proptest! {
        /// Against the whole past, looked at again each time.
        #[test]
        fn a_row_fires_if_it_held_all_the_time(verdicts in proptest::collection::vec(any_verdict(), 0..30)) {
            let told = all(&verdicts);
            let mut latest = Vec::<(i64, &BTreeMap<String, Found>)>::new();
            let mut expected = BTreeSet::<String>::new();
            let mut firing = BTreeSet::<String>::new();
            for (verdict, changes) in verdicts.iter().zip(&told) {
                if let Verdict::Told { until, rows, .. } = verdict && latest.last().is_none_or(|(last, _)| last <= until) {
                    latest.push((*until, rows));
                    for row in ["0", "1", "2"] {
                        let begin = latest.iter().rev().take_while(|(_, rows)| rows.contains_key(row)).last();
                        match begin {
                            Some((begin, _)) if until - begin >= PATIENCE.hold => drop(expected.insert(row.to_owned())),
                            Some(_) => {}
                            None => drop(expected.remove(row)),
                        }
                    }
                }
                for change in changes {
                    match change {
                        Change::Firing { row, .. } => prop_assert!(firing.insert(row.clone())),
                        Change::Resolved { row, .. } => prop_assert!(firing.remove(row)),
                        Change::CannotTell { .. } | Change::CanTell { .. } => {}
                    }
                }
                prop_assert_eq!(&firing, &expected);
            }
        }
    }
}
