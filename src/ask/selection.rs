//! What is asked about, understood: places, time and load balancers. The same for either engine, and for everything that
//! goes by the names of objects. Whoever takes a question builds one of what was typed; nothing here knows how that was.

use std::ops::Range;
use std::path::PathBuf;

use alblog::key::MARGIN;
use alblog::time::HOUR;
use anyhow::{Result, bail};

use crate::base::place::Place;
use crate::read::storage::KeyFilter;

/// What is to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub places: Vec<Place>,
    /// Exports of what lies there, as sources name them.
    pub exports: Vec<Place>,
    /// Folders of live stores that take in what lies there.
    pub live: Vec<PathBuf>,
    /// What the places are called: as they were typed, or as the environment or the default source names them.
    pub names: Vec<String>,
    /// Which rows of it.
    pub rows: RowFilter,
    /// Whether an object that is there twice is read twice.
    pub duplicates: bool,
    /// Requests that may be spent on folders of a bucket that are not of AWS's layout, if somebody said.
    pub max_lists: Option<usize>,
    /// Objects of a bucket whose names are not those of logs that may be looked into, if somebody said.
    pub max_looks: Option<usize>,
}

impl Selection {
    /// Whether any of it lies in S3.
    pub fn is_remote(&self) -> bool {
        self.places.iter().any(|place| place.in_s3().is_some())
    }

    /// What the names of objects must be like, and how far they are looked for.
    pub fn keys(&self) -> KeyFilter {
        let keys = self.rows.keys();
        let max_lists = self.max_lists.unwrap_or(keys.max_lists);
        let max_looks = self.max_looks.unwrap_or(keys.max_looks);
        KeyFilter { duplicates: self.duplicates, max_lists, max_looks, ..keys }
    }

    /// A bucket is too large to be read whole by mistake: a window without a beginning becomes its last hour, as of `now`
    /// (microseconds since the epoch). Whether it did.
    pub fn bound(&mut self, now: i64) -> bool {
        let window = &mut self.rows.window;
        if window.since.is_some() || !self.places.iter().any(|place| place.in_s3().is_some()) {
            return false;
        }
        window.since = Some(window.until.unwrap_or(now) - HOUR);
        true
    }
}

/// Which rows are asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowFilter {
    pub window: Window,
    /// Of which load balancers, by name or as `app/<name>/<id>`, as [`KeyFilter`] knows them; none for all.
    pub elbs: Vec<String>,
}

impl RowFilter {
    /// Whether it leaves nothing out.
    pub fn is_open(&self) -> bool {
        self.window.since.is_none() && self.window.until.is_none() && self.elbs.is_empty()
    }

    /// What the names of objects must be like, for them to hold such rows.
    pub fn keys(&self) -> KeyFilter {
        KeyFilter { ends: self.window.intervals(), elbs: self.elbs.clone(), ..KeyFilter::default() }
    }
}

/// The time asked about, by the rows' own time. Half-open, microseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// From this time on.
    pub since: Option<i64>,
    /// Up to, and without, this time.
    pub until: Option<i64>,
    /// How long after a row's time the interval of its object may end. Rows that are later still are not found.
    pub margin: i64,
}

impl Default for Window {
    /// All times; an object may hold rows up to 65 minutes older than its end.
    fn default() -> Self {
        Self { since: None, until: None, margin: MARGIN }
    }
}

impl Window {
    /// Refuses a window that no row can lie in.
    ///
    /// # Errors
    /// When it does not begin before it ends.
    pub fn check(&self) -> Result<()> {
        if self.rows().is_empty() {
            bail!("--since is not before --until");
        }
        Ok(())
    }

    /// The times of the rows asked for.
    pub fn rows(&self) -> Range<i64> {
        self.since.unwrap_or(i64::MIN)..self.until.unwrap_or(i64::MAX)
    }

    /// First and last time that rows of an object may have, from the end of its interval: an object is opened for
    /// [since, until) if its interval ends in (since, until + margin].
    pub fn row_times(&self, interval_end: i64) -> (i64, i64) {
        (interval_end - self.margin - 1, interval_end - 1)
    }

    /// When the intervals of objects that may hold rows of the window end: after the start, and not after the end.
    pub fn intervals(&self) -> Range<i64> {
        self.since.unwrap_or(i64::MIN)..self.until.map_or(i64::MAX, |until| until.saturating_add(self.margin))
    }

    /// Whether an object whose interval ends then may hold rows of the window.
    pub fn may_hold(&self, interval_end: i64) -> bool {
        let (first, last) = self.row_times(interval_end);
        let rows = self.rows();
        first < rows.end && last >= rows.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bucket_without_a_beginning_becomes_its_last_hour() {
        let selection = |place: &str, since, until| Selection {
            places: vec![Place::new("./logs"), Place::new(place)],
            rows: RowFilter { window: Window { since, until, ..Window::default() }, elbs: Vec::new() },
            ..Selection::default()
        };
        let now = 10 * HOUR;
        for (place, since, until, bound) in [
            ("s3://logs", None, None, Some(9 * HOUR)),
            ("s3://logs", None, Some(3 * HOUR), Some(2 * HOUR)),
            ("s3://logs", Some(HOUR), None, None),
            ("./more", None, None, None),
        ] {
            let mut selection = selection(place, since, until);
            assert_eq!(selection.bound(now), bound.is_some(), "{place}");
            assert_eq!(selection.rows.window.since, bound.or(since), "{place}");
        }
    }

    #[test]
    fn an_object_is_opened_if_its_interval_ends_in_the_window_or_its_margin() {
        let window = Window { since: Some(1_000), until: Some(2_000), margin: 500 };
        let opened: Vec<i64> =
            [999, 1_000, 1_001, 2_000, 2_500, 2_501].into_iter().filter(|&end| window.may_hold(end)).collect();
        assert_eq!(opened, [1_001, 2_000, 2_500]);
        assert!(Window::default().may_hold(0));
    }
}
