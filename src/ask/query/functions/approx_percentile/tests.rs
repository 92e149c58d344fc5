//! `approx_percentile` through SQL, against sorting and picking.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array, Int32Array, UInt16Array};
use datafusion::arrow::datatypes::{Float64Type, Int32Type};
use datafusion::prelude::SessionContext;
use proptest::prelude::*;

use crate::ask::query::functions::testing::{add_table, error, rows, run, session, session_with_rounding};

/// A row of the table: group, value, whether a filter keeps it.
type Row = (i32, Option<f64>, Option<bool>);

fn with_rows(context: &SessionContext, table: &[Row], batch_rows: usize) {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("g", Arc::new(table.iter().map(|row| Some(row.0)).collect::<Int32Array>())),
        ("x", Arc::new(table.iter().map(|row| row.1).collect::<Float64Array>())),
        ("keep", Arc::new(table.iter().map(|row| row.2).collect::<BooleanArray>())),
    ];
    add_table(context, columns, batch_rows);
}

/// The obvious way; shares are in percent.
fn picked(mut values: Vec<f64>, percent: usize) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let rank = (percent * values.len()).div_ceil(100).max(1);
    values.get(rank - 1).copied()
}

fn expected(table: &[Row], percent: usize, wanted: impl Fn(&Row) -> bool) -> BTreeMap<i32, Option<f64>> {
    let mut groups: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
    for row in table {
        let group = groups.entry(row.0).or_default();
        group.extend(row.1.filter(|value| wanted(row) && !value.is_nan()));
    }
    groups.into_iter().map(|(group, values)| (group, picked(values, percent))).collect()
}

fn answered(context: &SessionContext, sql: &str) -> BTreeMap<i32, Option<f64>> {
    let mut answer = BTreeMap::new();
    for batch in run(context, sql).unwrap() {
        let groups = batch.column(0).as_primitive::<Int32Type>();
        let values = batch.column(1).as_primitive::<Float64Type>();
        for (group, value) in groups.values().iter().zip(values) {
            assert_eq!(answer.insert(*group, value), None, "group {group} came twice");
        }
    }
    answer
}

fn row() -> impl Strategy<Value = Row> {
    let value = prop_oneof![
        8 => (0..3000_u32).prop_map(|ms| f64::from(ms) / 1000.0),
        1 => -1e6..1e6_f64,
        1 => Just(f64::NAN),
    ];
    (0..7_i32, prop::option::weighted(0.8, value), prop::option::weighted(0.9, any::<bool>()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn groups_are_right_in_any_number_of_partitions(
        table in prop::collection::vec(row(), 0..400),
        percent in prop_oneof![Just(0_usize), Just(100), 1..100_usize],
        partitions in prop_oneof![Just(1_usize), Just(4)],
    ) {
        let context = session(partitions, 3, None);
        with_rows(&context, &table, 3);
        let p = format!("{}.{:02}", percent / 100, percent % 100);
        prop_assert_eq!(
            answered(&context, &format!("SELECT g, approx_percentile(x, {p}) FROM t GROUP BY g")),
            expected(&table, percent, |_| true)
        );
        let several = format!("SELECT g, approx_percentile(x, ARRAY[1, {p}, 0.5]) AS p FROM t GROUP BY g");
        for (index, percent) in [(1, 100), (2, percent), (3, 50)] {
            prop_assert_eq!(
                answered(&context, &format!("SELECT g, p[{index}] FROM ({several})")),
                expected(&table, percent, |_| true)
            );
        }
        prop_assert_eq!(
            answered(&context, &format!("SELECT g, approx_percentile(x, {p}) FILTER (WHERE keep) FROM t GROUP BY g")),
            expected(&table, percent, |row| row.2 == Some(true))
        );
        let whole: Vec<Row> = table.iter().map(|row| (0, row.1, row.2)).collect();
        let whole = expected(&whole, percent, |_| true).remove(&0).flatten();
        prop_assert_eq!(
            answered(&context, &format!("SELECT CAST(0 AS INT), approx_percentile(x, {p}) FROM t")),
            BTreeMap::from([(0, whole)])
        );
    }
}

/// Rows whose groups come back again and again, a few values each.
fn many_groups(rows: i32, groups: i32) -> Vec<Row> {
    let value = |row: i32| f64::from(row.wrapping_mul(7919).rem_euclid(5000)) / 1000.0;
    (0..rows).map(|row| (row.wrapping_mul(31).rem_euclid(groups), Some(value(row)), Some(row % 3 == 0))).collect()
}

#[test]
fn more_groups_than_memory_are_spilled() {
    let table = many_groups(200_000, 100_000);
    for partitions in [1, 4] {
        let context = session(partitions, 8192, Some(8 << 20));
        with_rows(&context, &table, 8192);
        let several = "SELECT g, approx_percentile(x, ARRAY[0.1, 0.9])[2] FROM t GROUP BY g";
        for (sql, percent) in [("SELECT g, approx_percentile(x, 0.5) FROM t GROUP BY g", 50), (several, 90)] {
            assert!(answered(&context, sql) == expected(&table, percent, |_| true));
            let plan = rows(&context, &format!("EXPLAIN ANALYZE {sql}")).join(" ");
            let spilled = plan.split("spill_count=").skip(1).any(|count| !count.starts_with('0'));
            assert!(spilled, "{plan}");
        }
    }
}

#[test]
fn partial_aggregation_that_saves_nothing_is_skipped() {
    let mut table = many_groups(20_000, 20_000);
    table.push((7, None, Some(true)));
    table.push((-1, None, Some(true)));
    let context = session(4, 512, None);
    with_rows(&context, &table, 512);
    run(&context, "SET datafusion.execution.skip_partial_aggregation_probe_rows_threshold = 1000").unwrap();
    for (clause, all) in [("", true), ("FILTER (WHERE keep)", false)] {
        let sql = format!("SELECT g, approx_percentile(x, 0.9) {clause} FROM t GROUP BY g");
        assert!(answered(&context, &sql) == expected(&table, 90, |row| all || row.2 == Some(true)));
        let plan = rows(&context, &format!("EXPLAIN ANALYZE {sql}")).join(" ");
        let skipped = plan.split("skipped_aggregation_rows=").skip(1).any(|count| !count.starts_with('0'));
        assert!(skipped, "{plan}");
    }
}

#[test]
fn too_many_values_are_rounded_across_partitions() {
    let table: Vec<Row> = (0..150_000).map(|row| (row % 2, Some(f64::from(row) * 0.000_37 - 9.0), None)).collect();
    for partitions in [1, 4] {
        let context = session(partitions, 8192, None);
        with_rows(&context, &table, 8192);
        for percent in [0, 50, 99] {
            let p = f64::from(u32::try_from(percent).unwrap()) / 100.0;
            let answer = answered(&context, &format!("SELECT g, approx_percentile(x, {p}) FROM t GROUP BY g"));
            for (group, exact) in expected(&table, percent, |_| true) {
                let (rounded, exact) = (answer[&group].unwrap(), exact.unwrap());
                assert!((rounded - exact).abs() <= exact.abs() * 0.001, "{rounded} for {exact}");
            }
        }
    }
}

#[test]
fn each_session_knows_of_its_own_percentiles_only() {
    let (many, rounded) = session_with_rounding(4, 8192, None);
    let (few, exact) = session_with_rounding(4, 8192, None);
    let table: Vec<Row> = (0..70_000).map(|row| (0, Some(f64::from(row) * 0.000_37 - 9.0), None)).collect();
    with_rows(&many, &table, 8192);
    with_rows(&few, &table[..1000], 8192);
    for sql in ["SELECT approx_percentile(x, 0.5) FROM t", "SELECT g, approx_percentile(x, 0.5) FROM t GROUP BY g"] {
        run(&few, sql).unwrap();
        run(&many, sql).unwrap();
        assert_eq!((rounded.occurred(), exact.occurred()), (true, false), "{sql}");
    }
    // Both ways to count tell, each in a session of its own.
    let (grouped, told) = session_with_rounding(4, 8192, None);
    with_rows(&grouped, &table, 8192);
    run(&grouped, "SELECT count(*) FROM t").unwrap();
    assert!(!told.occurred());
    run(&grouped, "SELECT g, approx_percentile(x, 0.5) FROM t GROUP BY g").unwrap();
    assert!(told.occurred());
}

#[test]
fn of_nothing_it_is_null() {
    let context = session(4, 3, None);
    with_rows(&context, &[], 3);
    assert_eq!(rows(&context, "SELECT approx_percentile(x, 0.5) IS NULL FROM t"), ["true"]);
    assert!(rows(&context, "SELECT g, approx_percentile(x, 0.5) FROM t GROUP BY g").is_empty());
    assert_eq!(rows(&context, "SELECT approx_percentile(NULL, 0.5) IS NULL"), ["true"]);

    let context = session(4, 3, None);
    with_rows(&context, &[(1, None, None), (1, Some(f64::NAN), None), (2, Some(0.5), None)], 1);
    let sql = "SELECT g, coalesce(approx_percentile(x, 0.5), -1) FROM t GROUP BY g ORDER BY g";
    assert_eq!(rows(&context, sql), ["1 -1.0", "2 0.5"]);
}

#[test]
fn the_type_is_that_of_the_values() {
    let context = session(1, 100, None);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("i", Arc::new(Int32Array::from(vec![-5, 200, 404, 9_000]))),
        ("u", Arc::new(UInt16Array::from(vec![80, 443, 65_535, 1]))),
        ("f", Arc::new(Float32Array::from(vec![0.5, 1.5, 2.5, 3.5]))),
    ];
    add_table(&context, columns, 2);
    let sql = "SELECT approx_percentile(i, 0.5), approx_percentile(u, 1), approx_percentile(f, 0.25), \
               approx_percentile(CAST(i AS DECIMAL(9, 2)), 0), arrow_typeof(approx_percentile(i, 0.5)), \
               arrow_typeof(approx_percentile(f, 0.5)) FROM t";
    assert_eq!(rows(&context, sql), ["200 65535 0.5 -5.0 Int64 Float64"]);
}

#[test]
fn several_shares_of_one_column() {
    let context = session(4, 3, None);
    let table: Vec<Row> = (1..=100).map(|n| (0, Some(f64::from(n) / 1000.0), None)).collect();
    with_rows(&context, &table, 3);
    let sql = "SELECT approx_percentile(x, 0.07), approx_percentile(x, 0.5), approx_percentile(x, 0.99), \
               approx_percentile(x, 1 - 0.5) FROM t";
    assert_eq!(rows(&context, sql), ["0.007 0.05 0.099 0.05"]);
}

#[test]
fn an_array_of_shares_is_answered_by_an_array() {
    let context = session(4, 3, None);
    let table: Vec<Row> = (1..=100).map(|n| (n % 2, Some(f64::from(n) / 1000.0), Some(n <= 50))).collect();
    with_rows(&context, &table, 3);
    let of_all = "SELECT approx_percentile(x, ARRAY[0.99, 0, 0.07, 0.5, 0.5]) AS p FROM t";
    assert_eq!(rows(&context, of_all), ["[0.099, 0.001, 0.007, 0.05, 0.05]"]);
    assert_eq!(rows(&context, &format!("SELECT p[1], p[3], p[6] IS NULL FROM ({of_all})")), ["0.099 0.007 true"]);
    assert_eq!(rows(&context, "SELECT approx_percentile(x, ARRAY[1 - 0.5, NULLIF(1, 2)])[1] FROM t"), ["0.05"]);
    assert_eq!(rows(&context, "SELECT approx_percentile(x, ARRAY[]) FROM t"), ["[]"]);
    let sets = "SELECT g, approx_percentile(x, ARRAY[0.5, 1]) FILTER (WHERE keep), count(*) FROM t \
                GROUP BY GROUPING SETS ((g), ()) ORDER BY grouping(g), g";
    assert_eq!(rows(&context, sets), ["0 [0.026, 0.05] 50", "1 [0.025, 0.049] 50", "[0.025, 0.05] 100"]);
    let types = "SELECT arrow_typeof(approx_percentile(g, ARRAY[0.5])[1]), approx_percentile(g, ARRAY[0, 1]) FROM t";
    assert_eq!(rows(&context, types), ["Int64 [0, 1]"]);
    let over = "SELECT DISTINCT approx_percentile(g, ARRAY[0.5, 1]) OVER (PARTITION BY g) AS p FROM t ORDER BY p";
    assert_eq!(rows(&context, over), ["[0, 0]", "[1, 1]"]);
}

#[test]
fn of_nothing_the_array_is_null() {
    let context = session(4, 3, None);
    with_rows(&context, &[(1, None, None), (1, Some(f64::NAN), None), (2, Some(0.5), None)], 1);
    let sql = "SELECT g, p IS NULL, coalesce(p[1], -1) FROM (\
               SELECT g, approx_percentile(x, ARRAY[0.5, 0.9]) AS p FROM t GROUP BY g) ORDER BY g";
    assert_eq!(rows(&context, sql), ["1 true -1.0", "2 false 0.5"]);
    let of_none =
        "SELECT approx_percentile(x, ARRAY[0.5]) IS NULL, approx_percentile(NULL, ARRAY[]) IS NULL FROM t WHERE g > 2";
    assert_eq!(rows(&context, of_none), ["true true"]);
}

#[test]
fn windows_that_only_grow_are_right_and_others_are_refused() {
    let context = session(1, 3, None);
    with_rows(&context, &[(1, Some(3.0), None), (2, Some(1.0), None), (3, Some(2.0), None), (4, None, None)], 3);
    let over = |frame: &str| format!("SELECT g, approx_percentile(x, 0.5) OVER ({frame}) FROM t ORDER BY g");
    assert_eq!(rows(&context, &over("ORDER BY g")), ["1 3.0", "2 1.0", "3 2.0", "4 2.0"]);
    assert_eq!(rows(&context, &over("PARTITION BY g")), ["1 3.0", "2 1.0", "3 2.0", "4"]);
    let message = error(&context, &over("ORDER BY g ROWS BETWEEN 1 PRECEDING AND CURRENT ROW"));
    assert!(message.contains("sliding") && message.contains("approx_percentile"), "{message}");
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let context = session(4, 3, None);
    with_rows(&context, &[(1, Some(3.0), None)], 3);
    for (call, expected) in [
        ("approx_percentile(x, 1.5)", "has to be from 0 to 1: 1.5"),
        ("approx_percentile(x, -0.1)", "has to be from 0 to 1: -0.1"),
        ("approx_percentile(x, 99)", "has to be from 0 to 1: 99"),
        ("approx_percentile(x, NULL)", "has to be a number from 0 to 1: NULL"),
        ("approx_percentile(x, g)", "has to be a constant"),
        ("approx_percentile(x, ARRAY[0.5, 1.5])", "has to be from 0 to 1: 1.5"),
        ("approx_percentile(x, ARRAY[0.5, NULL])", "has to be a number from 0 to 1: NULL"),
        ("approx_percentile(x, ARRAY[0.5, g])", "has to be a constant"),
        ("approx_percentile(x, ARRAY['0.5'])", "takes numbers, not List(Utf8)"),
        ("approx_percentile(x, CAST(NULL AS DOUBLE[]))", "has to be a number from 0 to 1: NULL"),
        ("approx_percentile(x, '0.5')", "takes numbers, not Utf8"),
        ("approx_percentile(keep, 0.5)", "takes numbers, not Boolean"),
        ("approx_percentile(x)", "not 1 arguments"),
        ("approx_percentile(DISTINCT x, 0.5)", "approx_percentile(DISTINCT"),
    ] {
        for sql in [format!("SELECT {call} FROM t"), format!("SELECT g, {call} FROM t GROUP BY g")] {
            let message = error(&context, &sql);
            assert!(message.contains(expected), "{call}: {message}");
        }
    }
}
