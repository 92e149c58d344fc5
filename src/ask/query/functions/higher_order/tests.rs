use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, ListArray};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::ask::query::functions::testing::{add_table, error, rows, session};

type List = Option<Vec<Option<i64>>>;

/// A session whose SQL has functions `x -> …`.
fn lambdas(batch_rows: usize) -> SessionContext {
    let context = session(2, batch_rows, None);
    rows(&context, "SET datafusion.sql_parser.dialect = 'DuckDB'");
    context
}

fn lists(given: &[List]) -> ArrayRef {
    Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(given.iter().cloned()))
}

fn shown(value: Option<i64>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each row by itself: its own list, its own first value, and its own value of another column within the function.
    #[test]
    fn rows_are_reduced_and_zipped_by_themselves(
        given in vec((option::weighted(0.9, vec(option::weighted(0.8, -9_i64..9), 0..5)), option::weighted(0.9, vec(option::weighted(0.8, -9_i64..9), 0..5)), -9_i64..9), 1..40),
        batch_rows in 1_usize..20,
    ) {
        let context = lambdas(batch_rows);
        let (first, second): (Vec<List>, Vec<List>) = given.iter().map(|(a, b, _)| (a.clone(), b.clone())).unzip();
        let numbers: Vec<i64> = given.iter().map(|(.., n)| *n).collect();
        let places = Int64Array::from_iter_values(0..i64::try_from(given.len()).unwrap());
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("at", Arc::new(places)),
            ("a", lists(&first)),
            ("b", lists(&second)),
            ("n", Arc::new(Int64Array::from(numbers))),
        ];
        add_table(&context, columns, batch_rows);
        let reduced = rows(&context, "SELECT reduce(a, n, (s, x) -> 2 * s + coalesce(x, n), s -> s + n) FROM t ORDER BY at");
        let expected: Vec<String> = given
            .iter()
            .map(|(a, _, n)| {
                let end = a.as_ref().map(|a| a.iter().fold(*n, |state, x| 2 * state + x.unwrap_or(*n)) + n);
                shown(end)
            })
            .collect();
        prop_assert_eq!(reduced, expected);
        let zipped = rows(&context, "SELECT array_to_string(zip_with(a, b, (x, y) -> coalesce(x, 100) * 1000 + coalesce(y, 100) + n), ',') FROM t ORDER BY at");
        let expected: Vec<String> = given
            .iter()
            .map(|(a, b, n)| {
                let (Some(a), Some(b)) = (a, b) else { return String::new() };
                let at = |list: &[Option<i64>], at: usize| list.get(at).copied().flatten().unwrap_or(100);
                let items = (0..a.len().max(b.len())).map(|place| (at(a, place) * 1000 + at(b, place) + n).to_string());
                items.collect::<Vec<_>>().join(",")
            })
            .collect();
        prop_assert_eq!(zipped, expected);
        // Maps whose keys are places, so that none is there twice.
        let sums = "cardinality(map_filter(m, (k, v) -> v + k > n)), \
                    reduce(map_keys(transform_keys(m, (k, v) -> k * 10)), 0, (s, x) -> s + x, s -> s), \
                    reduce(map_values(transform_values(m, (k, v) -> coalesce(v, n) + k)), 0, (s, x) -> s + x, s -> s)";
        let maps = "SELECT at, n, MAP(range(0, cardinality(a)), a) AS m FROM t WHERE a IS NOT NULL AND cardinality(a) > 0";
        let told = rows(&context, &format!("SELECT {sums} FROM ({maps}) ORDER BY at"));
        let expected: Vec<String> = given
            .iter()
            .filter_map(|(a, _, n)| {
                let entries: Vec<(i64, Option<i64>)> = (0..).zip(a.as_ref()?.iter().copied()).collect();
                (!entries.is_empty()).then(|| {
                    let kept = entries.iter().filter(|(k, v)| v.is_some_and(|v| v + k > *n)).count();
                    let keys: i64 = entries.iter().map(|(k, _)| k * 10).sum();
                    let values: i64 = entries.iter().map(|(k, v)| v.unwrap_or(*n) + k).sum();
                    format!("{kept} {keys} {values}")
                })
            })
            .collect();
        prop_assert_eq!(told, expected);
    }
}

#[test]
fn a_state_is_what_holds_both() {
    let context = lambdas(10);
    assert_eq!(rows(&context, "SELECT reduce([1.5, 2], 0, (s, x) -> s + x, s -> s)"), ["3.5"]);
    assert_eq!(rows(&context, "SELECT reduce(['a', 'b'], '', (s, x) -> s || x, s -> upper(s))"), ["AB"]);
    assert!(error(&context, "SELECT reduce([1], 0, (s, x) -> s + x)").contains("two functions"));
    assert!(error(&context, "SELECT zip_with([1], 2, (x, y) -> x)").contains("takes a list"));
    assert!(error(&context, "SELECT map_filter([1], (k, v) -> true)").contains("takes a map"));
    assert!(error(&context, "SELECT map_filter(MAP(['a'], [1]), (k, v) -> v)").contains("true or false"));
}

#[test]
fn a_key_is_there_once() {
    let context = lambdas(10);
    let twice = error(&context, "SELECT transform_keys(MAP(['a', 'b'], [1, 2]), (k, v) -> 'c')");
    assert!(twice.contains("one key of two"), "{twice}");
    let none = error(&context, "SELECT transform_keys(MAP(['a', 'b'], [1, 2]), (k, v) -> nullif(k, 'b'))");
    assert!(none.contains("a key that is NULL"), "{none}");
}
