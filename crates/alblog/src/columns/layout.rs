//! What follows from a table of columns about the fields of a line: how many there are, and how many there were.

use super::{Column, Source};

/// The number of fields that these columns read; what follows them in a line is kept in `extra_fields`.
#[must_use]
pub const fn known_fields(columns: &[Column]) -> usize {
    let (mut known, mut at) = (0, 0);
    while at < columns.len() {
        if let Some(position) = columns[at].source.position()
            && position > known
        {
            known = position;
        }
        at += 1;
    }
    known
}

/// The columns that hold a line's fields, in their order: of a field that one column holds whole, that one, otherwise those of its
/// parts. They are what AWS's documented Athena tables have.
pub fn of_fields(columns: &'static [Column]) -> impl Iterator<Item = &'static Column> {
    (1..=known_fields(columns)).flat_map(move |field| of_field(columns, field))
}

/// The same of one field.
#[must_use]
pub fn of_field(columns: &'static [Column], field: usize) -> Vec<&'static Column> {
    let all: Vec<&Column> = columns.iter().filter(|column| column.source.position() == Some(field)).collect();
    match all.iter().find(|column| !column.source.is_part()) {
        Some(whole) => vec![whole],
        None => all,
    }
}

/// Position (from 0) of the field that holds the row's own time.
pub(crate) const fn time_field(columns: &[Column]) -> usize {
    let mut at = 0;
    while at < columns.len() {
        if let Source::RowTime(position) = columns[at].source {
            return position - 1;
        }
        at += 1;
    }
    panic!("every kind of log has a column for the row's own time")
}

/// The numbers of fields that lines have had, in the order AWS arrived at them: fields of one month came together.
///
/// ```
/// assert_eq!(alblog::columns::eras(alblog::LogKind::HealthCheck.columns()), [8, 10]);
/// ```
#[must_use]
pub fn eras(columns: &[Column]) -> Vec<usize> {
    let since =
        |field| columns.iter().find(|column| column.source.position() == Some(field)).map(|column| column.since);
    (1..=known_fields(columns)).filter(|&field| since(field) != since(field + 1)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::LogKind;

    #[test]
    fn names_are_unique_and_positions_complete_and_in_order() {
        for kind in LogKind::ALL {
            let columns = kind.columns();
            let mut names = HashSet::new();
            assert!(columns.iter().all(|column| names.insert(column.name)));
            let mut positions: Vec<usize> = columns.iter().filter_map(|column| column.source.position()).collect();
            assert!(positions.is_sorted(), "{kind}");
            positions.dedup();
            assert_eq!(positions, (1..=kind.known_fields()).collect::<Vec<_>>(), "{kind}");
        }
    }

    /// Eras follow from the months, so these must be those of the fields, and may only go on.
    #[test]
    fn columns_of_a_field_agree_about_it_and_months_follow_one_another() {
        for kind in LogKind::ALL {
            let fields: Vec<&Column> = kind.columns().iter().filter(|column| column.written.is_some()).collect();
            for pair in fields.windows(2) {
                let [one, next] = [pair[0], pair[1]];
                assert!(one.since <= next.since && next.since.len() == "yyyy-MM".len(), "{kind}: {}", next.name);
                if one.source.position() == next.source.position() {
                    assert_eq!((one.since, one.written), (next.since, next.written), "{kind}: {}", next.name);
                }
            }
            assert!(kind.columns().iter().all(|column| column.written.is_some() == column.source.position().is_some()));
            assert!(kind.min_fields() <= eras(kind.columns())[0], "{kind}");
        }
    }

    /// The numbers of fields that were seen in logs of their years.
    #[test]
    fn the_eras_are_those_that_were_seen() {
        assert_eq!(eras(LogKind::Access.columns())[..12], [17, 18, 20, 23, 24, 25, 27, 29, 30, 33, 34, 36]);
        assert_eq!(eras(LogKind::Connection.columns())[..3], [11, 12, 15]);
        assert_eq!(eras(LogKind::HealthCheck.columns())[..2], [8, 10]);
    }
}
