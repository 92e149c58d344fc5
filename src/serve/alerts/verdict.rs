//! What a report says about a condition. Pure.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::judge::{Compared, Found, Verdict};
use crate::report::{Crossed, Threshold, row_ids};
use crate::serve::Made;

/// What a report over a window that ends then says. A report that is not whole tells what holds, and nothing of what does not.
///
/// # Errors
/// When it has no table, or not the column that is compared.
pub(super) fn of_report(
    made: &Made,
    conditions: &[Threshold],
    min_requests: Option<u64>,
    until: i64,
) -> Result<Verdict> {
    let Some(table) = made.document.main_table() else {
        return Ok(Verdict::Untold("the report has no table to compare".to_owned()));
    };
    let mut rows: BTreeMap<String, Found> = BTreeMap::new();
    for condition in conditions {
        for Crossed { id, row, found, .. } in condition.check(table, min_requests)?.crossed {
            match rows.get_mut(&id) {
                // Several conditions of one row are one thing that is wrong.
                Some(all) => all.found = format!("{}, {found}", all.found),
                None => drop(rows.insert(id, Found { row, found })),
            }
        }
    }
    let unsure = made.document.head.warnings.first().cloned().or_else(|| {
        let objects = made.read.incomplete;
        (objects > 0).then(|| format!("{objects} objects could not be read, or not to their ends"))
    });
    let compared = match unsure {
        Some(why) if rows.is_empty() => return Ok(Verdict::Untold(why)),
        Some(_) => Compared::Only(BTreeSet::new()),
        None if table.more.is_some() => Compared::Only(row_ids(table).collect()),
        None => Compared::All,
    };
    Ok(Verdict::Told { until, rows, compared })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::document::{Block, Column, Document, Head, Row, Table, Unit, Value};
    use crate::serve::Read;

    fn made(rates: &[(&str, f64)], warnings: &[&str], incomplete: u64) -> Made {
        let column = |name: &str, unit| Column { name: name.to_owned(), unit, ..Column::default() };
        let row = |(name, rate): &(&str, f64)| Row::new(vec![Value::Text((*name).to_owned()), Value::Float(*rate)]);
        let table = Table {
            columns: vec![column("name", Unit::Text), column("elb_5xx_rate", Unit::Share)],
            rows: rates.iter().map(row).collect(),
            ..Table::default()
        };
        let warnings = warnings.iter().map(|&warning| warning.to_owned()).collect();
        let head = Head { warnings, ..Head::default() };
        Made {
            document: Document { head, blocks: vec![Block::Table(table)], ..Document::default() },
            sql: Vec::new(),
            command: Vec::new(),
            read: Read { incomplete, ..Read::default() },
            span: 0..10,
            complete_until: Some(10),
            delivered_until: Some(10),
        }
    }

    fn told(made: &Made) -> Verdict {
        let conditions = ["elb_5xx_rate > 1%", "elb_5xx_rate > 2%"].map(|text| Threshold::parse(text).unwrap());
        of_report(made, &conditions, None, 10).unwrap()
    }

    #[test]
    fn rows_are_named_once_with_all_that_is_wrong() {
        let Verdict::Told { until: 10, rows, compared: Compared::All } =
            told(&made(&[("a", 0.03), ("b", 0.015), ("c", 0.001)], &[], 0))
        else {
            panic!("it is told")
        };
        let found: Vec<(&str, &str)> = rows.iter().map(|(row, found)| (row.as_str(), found.found.as_str())).collect();
        assert_eq!(found, [("a", "elb_5xx_rate is 3.00 %, elb_5xx_rate is 3.00 %"), ("b", "elb_5xx_rate is 1.50 %"),]);
    }

    #[test]
    fn what_is_not_whole_tells_what_holds_only() {
        for (warnings, incomplete) in [(&["minutes are not delivered"][..], 0), (&[], 1)] {
            let well = told(&made(&[("a", 0.001)], warnings, incomplete));
            assert!(matches!(well, Verdict::Untold(_)), "{well:?}");
            assert!(matches!(
                told(&made(&[("a", 0.5)], warnings, incomplete)),
                Verdict::Told { compared: Compared::Only(_), .. }
            ));
        }
        assert_eq!(
            told(&made(&[], &[], 0)),
            Verdict::Told { until: 10, rows: BTreeMap::new(), compared: Compared::All }
        );
    }

    #[test]
    fn of_rows_that_are_not_shown_nothing_is_known() {
        let mut made = made(&[("a", 0.5), ("b", 0.001)], &[], 0);
        let [Block::Table(table)] = &mut made.document.blocks[..] else { panic!("a table") };
        table.more = Some(Row::new(vec![Value::Text("5 more".to_owned()), Value::Null]));
        let Verdict::Told { rows, compared, .. } = told(&made) else { panic!("it is told") };
        assert_eq!(rows.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(compared, Compared::Only(["a", "b"].map(str::to_owned).into()));
    }

    #[test]
    fn a_column_that_is_not_there_is_an_error() {
        let conditions = [Threshold::parse("nothing > 1").unwrap()];
        assert!(of_report(&made(&[], &[], 0), &conditions, None, 1).is_err());
    }
}
