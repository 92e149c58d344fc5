//! Logs for somebody who has none at hand: made up, arriving while the server is there, and gone with it.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use alblog::LogKey;
use alblog::time::{HOUR, MINUTE};
use albsynth::files::Arriving;
use albsynth::{IncidentKind, SynthSpec};
use anyhow::{Context, Result};
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::base::clock::now;

/// So much of the past is there at the beginning, microseconds.
const PAST: i64 = 3 * HOUR;
/// Objects are removed so long after the end of their intervals; the live store has their rows. Microseconds.
const KEPT: i64 = 4 * HOUR;
/// How often old objects are looked for, microseconds.
const SWEEP: i64 = 10 * MINUTE;
const TICK: Duration = Duration::from_secs(1);
/// What goes wrong, in turn.
const INCIDENTS: [&str; 6] = [
    "bad-pod-after-deploy",
    "slow-route",
    "client-flood",
    "keep-alive-mismatch",
    "scale-to-zero",
    "untrusted-certificate",
];

/// A folder with logs, and a place for the store that takes them in.
pub struct Demo {
    folder: TempDir,
    arriving: Arriving,
}

impl Demo {
    /// Makes the last hours' logs, in a temporary folder.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn new() -> Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("albstats-demo-").tempdir().context("cannot make a temporary folder")?;
        let logs = SynthSpec { requests_per_second: 15.0, noise: 0.3, ..SynthSpec::default() };
        let kinds = INCIDENTS.iter().filter_map(|name| IncidentKind::of_name(name)).collect();
        let now = now();
        let mut arriving = Arriving::since(now - PAST, folder.path().join("demo"), logs, kinds)?;
        arriving.until(now)?;
        Ok(Self { folder, arriving })
    }

    /// Where the logs lie.
    pub fn logs(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    /// Where the server may keep what it has to know.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Where their live store is to be.
    pub fn live(&self) -> PathBuf {
        self.folder.path().join("live")
    }

    /// Lets logs arrive until `stop` says so. What cannot be written is tried again.
    pub fn go_on(mut self, stop: &AtomicBool) {
        let mut swept = now();
        while !stop.load(Relaxed) {
            let now = now();
            // A full disk gets room again; the next look shows what is missing meanwhile.
            let _ = self.arriving.until(now);
            if now - swept >= SWEEP {
                remove_older(&self.logs(), now - KEPT);
                swept = now;
            }
            std::thread::sleep(TICK);
        }
    }
}

/// Removes objects whose intervals ended before this time.
fn remove_older(folder: &Path, time: i64) {
    for entry in WalkDir::new(folder).into_iter().flatten() {
        let key = entry.path().to_str().and_then(LogKey::parse);
        if key.is_some_and(|key| key.interval_end < time) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(folder: &Path) -> Vec<i64> {
        let files = WalkDir::new(folder).into_iter().flatten();
        files.filter_map(|entry| Some(LogKey::parse(entry.path().to_str()?)?.interval_end)).collect()
    }

    #[test]
    fn the_last_hours_are_there_and_old_ones_go() {
        assert!(INCIDENTS.iter().all(|name| IncidentKind::of_name(name).is_some()));
        let demo = Demo::new().unwrap();
        let (logs, now) = (demo.logs(), now());
        let there = ends(&logs);
        let (first, last) = (there.iter().min().unwrap(), there.iter().max().unwrap());
        assert!(*first <= now - PAST + 6 * MINUTE && *last >= now - 7 * MINUTE && *last <= now);
        remove_older(&logs, now - HOUR);
        assert!(ends(&logs).iter().all(|end| *end >= now - HOUR) && !ends(&logs).is_empty());
        let folder = demo.folder.path().to_owned();
        demo.go_on(&AtomicBool::new(true));
        assert!(!folder.exists());
    }
}
