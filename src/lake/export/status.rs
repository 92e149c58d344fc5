//! Which slots are as they should be: a run that writes nothing, seen hour by hour.

use std::collections::{BTreeMap, BTreeSet};

use alblog::time::{DAY, Date, HOUR};
use anyhow::Result;
use tokio::runtime::Handle;

use super::run::{ExportProgress, ExportSpec, run};
use super::strays::strays;
use super::target::Target;
use crate::read::scan::Problem;

/// What is known of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hour {
    /// There are no logs of it, here or there.
    Empty,
    Exported,
    /// Something is missing or out of date.
    Missing,
    /// It is not due yet.
    Later,
}

/// What an export has and lacks.
#[derive(Debug, Default)]
pub struct Status {
    /// By day, `yyyy-MM-dd`.
    pub days: BTreeMap<String, [Hour; 24]>,
    /// Slots that are exported or should be.
    pub slots: u64,
    /// Those that are missing or out of date, and why.
    pub missing: BTreeMap<String, String>,
    /// Start of the first of those.
    pub first_missing: Option<i64>,
    /// Start of the first exported slot.
    pub first: Option<i64>,
    /// End of the last exported slot.
    pub last: Option<i64>,
    /// Files in the export's folders that are none of its own.
    pub foreign: Vec<String>,
    /// Objects of exported slots of which rows are missing.
    pub damaged: BTreeSet<Problem>,
    /// What could not be found out.
    pub problems: BTreeSet<Problem>,
}

impl Status {
    /// How many slots are missing or out of date.
    pub fn missing(&self) -> u64 {
        self.missing.len() as u64
    }
}

/// Compares an export with its sources.
///
/// # Errors
/// As [`run`].
pub fn status(spec: &ExportSpec, target: &dyn Target, progress: &ExportProgress, runtime: &Handle) -> Result<Status> {
    let report = run(spec, target, progress, runtime)?;
    let due = report.written.iter().map(|(slot, _)| slot.record_path()).collect();
    let foreign = strays(target, &due)?.into_iter().collect();
    let mut status =
        Status { problems: report.incomplete.clone(), damaged: report.damaged.clone(), foreign, ..Status::default() };
    let window = spec.window();
    for day in (window.start.div_euclid(DAY)..=(window.end - 1).div_euclid(DAY)).map(|day| day * DAY) {
        let of_hour = |hour: i64| if day + hour * HOUR < window.end { Hour::Empty } else { Hour::Later };
        let hours = std::array::from_fn(|hour| of_hour(i64::try_from(hour).unwrap_or(0)));
        status.days.insert(Date::of(day).to_string(), hours);
    }
    for slot in &report.kept {
        status.mark(slot.start, spec.settings.slot.micros(), Hour::Exported);
        status.first = Some(status.first.map_or(slot.start, |first| first.min(slot.start)));
        status.last = status.last.max(Some(slot.end()));
        status.slots += 1;
    }
    for (slot, why) in &report.written {
        status.mark(slot.start, spec.settings.slot.micros(), Hour::Missing);
        status.first_missing = Some(status.first_missing.map_or(slot.start, |first| first.min(slot.start)));
        status.missing.insert(slot.to_string(), why.to_string());
        status.slots += 1;
    }
    // Days before the export began are no part of its calendar.
    let begins = status.first.into_iter().chain(status.first_missing).min().map(|start| Date::of(start).to_string());
    if let Some(begins) = begins {
        status.days.retain(|day, _| *day >= begins);
    }
    Ok(status)
}

impl Status {
    /// What is missing goes before what is there: an hour has slots of several kinds and regions.
    fn mark(&mut self, start: i64, length: i64, state: Hour) {
        for hour in (start..start + length).step_by(usize::try_from(HOUR).unwrap_or(usize::MAX)) {
            let Some(hours) = self.days.get_mut(&Date::of(hour).to_string()) else { continue };
            let cell = &mut hours[usize::try_from(hour.rem_euclid(DAY) / HOUR).unwrap_or(0)];
            if *cell != Hour::Missing {
                *cell = state;
            }
        }
    }
}
