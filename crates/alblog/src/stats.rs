//! What a decoder counted.

use std::ops::AddAssign;

/// Counts of what was read. Every line that is not empty is counted exactly once: as a row, as outside the window, as one
/// that does not meet the condition, or as rejected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Lines that became rows.
    pub rows: u64,
    /// Lines whose time lies outside the asked-for window.
    pub outside_window: u64,
    /// Lines within the window that do not meet the condition.
    pub unmet: u64,
    /// Lines that could not become rows.
    pub rejected: u64,
    /// Rejected lines that hold lines of a log in another shape: rows are missing.
    pub wrapped: u64,
    /// Rejected lines that look like lines of another kind of log.
    pub of_other_kinds: u64,
    /// Rejected lines in the middle of which their object ends: one at most.
    pub cut_short: u64,
    /// Values of built columns that could not be what they should be, and became NULL.
    pub unreadable_values: u64,
    /// Rows seen with fields after the last known one. Complete when `extra_fields` is built; otherwise only the first
    /// row of each batch is looked at.
    pub rows_with_extra_fields: u64,
}

impl AddAssign for Stats {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.outside_window += other.outside_window;
        self.unmet += other.unmet;
        self.rejected += other.rejected;
        self.wrapped += other.wrapped;
        self.of_other_kinds += other.of_other_kinds;
        self.cut_short += other.cut_short;
        self.unreadable_values += other.unreadable_values;
        self.rows_with_extra_fields += other.rows_with_extra_fields;
    }
}
