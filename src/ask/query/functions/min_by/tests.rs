//! `min_by` and `max_by` through SQL, against looking for the row.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int32Array, StringViewArray};
use datafusion::arrow::array::{Int64Array, TimestampMicrosecondArray};
use datafusion::prelude::SessionContext;
use proptest::prelude::*;

use crate::ask::query::functions::testing::{add_table, error, rows, session};

/// A row of the table: group, value, key, whether a filter keeps it.
type Row = (i32, Option<String>, Option<f64>, Option<bool>);

fn with_rows(context: &SessionContext, table: &[Row], batch_rows: usize) {
    let eighths = |row: &Row| row.2.filter(|key| !key.is_nan()).map(|key| format!("{:.0}", key * 8.0).parse().unwrap());
    let times = table.iter().map(eighths).collect::<TimestampMicrosecondArray>();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("g", Arc::new(table.iter().map(|row| Some(row.0)).collect::<Int32Array>())),
        ("x", Arc::new(table.iter().map(|row| row.1.as_deref()).collect::<StringViewArray>())),
        ("y", Arc::new(table.iter().map(|row| row.2).collect::<Float64Array>())),
        ("i", Arc::new(table.iter().map(eighths).collect::<Int64Array>())),
        ("t", Arc::new(times.with_timezone("UTC"))),
        ("keep", Arc::new(table.iter().map(|row| row.3).collect::<BooleanArray>())),
        ("n", Arc::new((0_i64..).take(table.len()).map(Some).collect::<Int64Array>())),
    ];
    add_table(context, columns, batch_rows);
}

/// For each group what may be answered: the values of all rows with the best key.
fn expected(table: &[Row], greatest: bool, wanted: impl Fn(&Row) -> bool) -> BTreeMap<i32, Vec<Option<String>>> {
    let mut groups: BTreeMap<i32, Vec<(f64, Option<String>)>> = BTreeMap::new();
    for row in table {
        let group = groups.entry(row.0).or_default();
        group.extend(row.2.filter(|_| wanted(row)).map(|key| (key, row.1.clone())));
    }
    let best = |rows: Vec<(f64, Option<String>)>| {
        let numbers = || rows.iter().map(|row| row.0).filter(|key| !key.is_nan());
        let key = if greatest { numbers().reduce(f64::max) } else { numbers().reduce(f64::min) };
        let values: Vec<_> = rows.iter().filter(|row| key.is_none_or(|key| row.0.to_bits() == key.to_bits())).collect();
        if values.is_empty() { vec![None] } else { values.into_iter().map(|row| row.1.clone()).collect() }
    };
    groups.into_iter().map(|(group, rows)| (group, best(rows))).collect()
}

fn check(context: &SessionContext, sql: &str, expected: &BTreeMap<i32, Vec<Option<String>>>) {
    let answer = rows(context, sql);
    let mut seen = 0;
    for line in &answer {
        let (group, value) = line.split_once(' ').unwrap();
        let value = Some(value.to_owned()).filter(|value| value != "none");
        assert!(expected[&group.parse().unwrap()].contains(&value), "{sql}: {line}, but {expected:?}");
        seen += 1;
    }
    assert_eq!(seen, expected.len(), "{sql}: {answer:?}");
}

fn row() -> impl Strategy<Value = Row> {
    let key = prop_oneof![8 => (-20..20_i32).prop_map(|n| f64::from(n) / 8.0), 1 => Just(f64::NAN)];
    let value = "(a|[b-d]{1,3}|a value of more than twelve bytes)";
    (0..5_i32, prop::option::weighted(0.8, value), prop::option::weighted(0.7, key), prop::option::of(any::<bool>()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_row_is_found_in_any_number_of_partitions(
        table in prop::collection::vec(row(), 0..200),
        partitions in prop_oneof![Just(1_usize), Just(4)],
    ) {
        let context = session(partitions, 3, None);
        with_rows(&context, &table, 3);
        for (name, greatest) in [("min_by", false), ("max_by", true)] {
            let all = expected(&table, greatest, |_| true);
            let numbers = expected(&table, greatest, |row| row.2.is_some_and(|key| !key.is_nan()));
            let kept = expected(&table, greatest, |row| row.3 == Some(true));
            let grouped = |call: &str| format!("SELECT g, coalesce({call}, 'none') FROM t GROUP BY g");
            check(&context, &grouped(&format!("{name}(x, y)")), &all);
            check(&context, &grouped(&format!("{name}(x, y) FILTER (WHERE keep)")), &kept);
            check(&context, &grouped(&format!("{name}(x, t)")), &numbers);
            check(&context, &grouped(&format!("{name}(x, i)")), &numbers);
            check(&context, &grouped(&format!("{name}(x, lpad(CAST(i + 500 AS VARCHAR), 3, '0'))")), &numbers);
            let nested = format!("array_to_string({name}(ARRAY[coalesce(x, 'none')], i), '')");
            check(&context, &grouped(&nested), &numbers);
            let whole: Vec<Row> = table.iter().map(|row| (0, row.1.clone(), row.2, row.3)).collect();
            let mut whole = expected(&whole, greatest, |_| true);
            whole.entry(0).or_insert_with(|| vec![None]);
            check(&context, &format!("SELECT 0, coalesce({name}(x, y), 'none') FROM t"), &whole);
        }
    }
}

/// Rows whose groups come back again and again.
fn many_groups(rows: i32, groups: i32) -> Vec<Row> {
    let key = |row: i32| f64::from(row.wrapping_mul(7919).rem_euclid(5000));
    let row = |row: i32| {
        let value = Some(format!("a value of more than twelve bytes {row}"));
        (row.wrapping_mul(31).rem_euclid(groups), value, Some(key(row)), Some(row % 3 == 0))
    };
    (0..rows).map(row).collect()
}

#[test]
fn more_groups_than_memory_are_spilled() {
    let table = many_groups(60_000, 30_000);
    for partitions in [1, 4] {
        let context = session(partitions, 1024, Some(8 << 20));
        with_rows(&context, &table, 1024);
        for key in ["y", "CAST(t AS VARCHAR)"] {
            let sql = format!("SELECT g, min_by(x, {key}) FROM t GROUP BY g");
            check(&context, &sql, &expected(&table, false, |_| true));
            let plan = rows(&context, &format!("EXPLAIN ANALYZE {sql}")).join(" ");
            let spilled = plan.split("spill_count=").skip(1).any(|count| !count.starts_with('0'));
            assert!(spilled, "{plan}");
        }
    }
}

#[test]
fn partial_aggregation_that_saves_nothing_is_skipped() {
    let mut table = many_groups(20_000, 20_000);
    table.push((7, None, Some(-1.0), Some(true)));
    table.push((-1, Some("x".to_owned()), None, Some(true)));
    let context = session(4, 512, None);
    with_rows(&context, &table, 512);
    rows(&context, "SET datafusion.execution.skip_partial_aggregation_probe_rows_threshold = 1000");
    for (clause, all) in [("", true), ("FILTER (WHERE keep)", false)] {
        let sql = format!("SELECT g, coalesce(max_by(x, y) {clause}, 'none') FROM t GROUP BY g");
        check(&context, &sql, &expected(&table, true, |row| all || row.3 == Some(true)));
        let plan = rows(&context, &format!("EXPLAIN ANALYZE {sql}")).join(" ");
        let skipped = plan.split("skipped_aggregation_rows=").skip(1).any(|count| !count.starts_with('0'));
        assert!(skipped, "{plan}");
    }
}

#[test]
fn the_type_is_that_of_the_value() {
    let context = session(4, 3, None);
    let table: Vec<Row> = (0..9).map(|n| (n % 2, Some(format!("x{n}")), Some(f64::from(n)), None)).collect();
    with_rows(&context, &table, 2);
    let sql = "SELECT max_by(n, y), min_by(t, y), max_by(y, t), max_by(keep, y) IS NULL, max_by(x, keep) IS NULL, \
               arrow_typeof(max_by(n, y)), max_by(struct(x, n), x) FROM t";
    assert_eq!(rows(&context, sql), ["8 1970-01-01T00:00:00Z 8.0 true true Int64 {c0: x8, c1: 8}"]);
    let sets = "SELECT g, max_by(x, y), grouping(g) FROM t GROUP BY GROUPING SETS ((g), ()) ORDER BY 3, 1";
    assert_eq!(rows(&context, sets), ["0 x8 0", "1 x7 0", "x8 1"]);
    let over = "SELECT max_by(x, -y) OVER (ORDER BY n ROWS UNBOUNDED PRECEDING) FROM t WHERE n > 5 ORDER BY n";
    assert_eq!(rows(&context, over), ["x6", "x6", "x6"]);
    assert_eq!(rows(&context, "SELECT max_by(n, NULL) IS NULL, max_by(n, true) >= 0 FROM t"), ["true true"]);
    assert_eq!(rows(&context, "SELECT max_by(n, y) IS NULL FROM t WHERE n > 8"), ["true"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let context = session(1, 3, None);
    with_rows(&context, &[], 3);
    assert!(error(&context, "SELECT max_by(x) FROM t").contains("not 1 arguments"));
    assert!(error(&context, "SELECT min_by(x, y, 3) FROM t").contains("not 3 arguments"));
}
