//! Distributions against the obvious way: sort all values and pick one.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "shares are small and positive; exact results are compared exactly"
)]

use proptest::prelude::*;

use super::*;

/// The value of this rank, from all values.
fn picked(values: &[f64], share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    values.sort_unstable_by(f64::total_cmp);
    // Decimal arithmetic: shares in tests have at most three decimals.
    let thousandths = (share * 1000.0).round() as usize;
    let rank = (thousandths * values.len()).div_ceil(1000).max(1);
    values.get(rank - 1).copied()
}

fn of<V: Value>(values: &[V]) -> Distribution<V> {
    let mut distribution = Distribution::default();
    for value in values {
        if !distribution.try_add(*value) {
            distribution.add(*value, 1);
        }
    }
    distribution
}

/// As final aggregation does with what partial aggregation has counted.
fn merge<V: Value>(into: &mut Distribution<V>, other: &Distribution<V>) {
    if !other.is_exact() {
        into.round();
    }
    for (value, count) in other.iter() {
        into.add(value, count);
    }
}

fn merged<V: Value>(parts: &[&[V]]) -> Distribution<V> {
    let mut all = Distribution::default();
    for part in parts {
        merge(&mut all, &of(part));
    }
    all
}

/// Values whose percentile rounding moves by at most 0.1 %.
fn close(rounded: Option<f64>, exact: Option<f64>) -> bool {
    match (rounded, exact) {
        (Some(rounded), Some(exact)) => rounded == exact || (rounded - exact).abs() <= exact.abs() * 0.001,
        (rounded, exact) => rounded == exact,
    }
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (0..5000_u32).prop_map(|ms| f64::from(ms) / 1000.0),
        2 => (0..1_000_000_u32).prop_map(|ms| f64::from(ms) / 1000.0),
        1 => -10.0..10.0_f64,
        1 => any::<f64>(),
        1 => prop_oneof![Just(0.0), Just(-0.0), Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ]
}

fn share() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(0.5),
        Just(0.9),
        Just(0.99),
        Just(1.0),
        (0..=1000_u32).prop_map(|n| f64::from(n) / 1000.0)
    ]
}

proptest! {
    #[test]
    fn percentiles_are_those_of_the_sorted_values(values in prop::collection::vec(value(), 0..600), share in share()) {
        let distribution = of(&values);
        prop_assert_eq!(distribution.percentile(share), picked(&values, share));
        prop_assert!(distribution.is_exact());
    }

    #[test]
    fn integers_too(values in prop::collection::vec(prop_oneof![any::<i64>(), 0..6000_i64, -9..9_i64], 1..300), share in share()) {
        let distribution = of(&values);
        let mut sorted = values;
        sorted.sort_unstable();
        let rank = ((share * 1000.0).round() as usize * sorted.len()).div_ceil(1000).max(1);
        prop_assert_eq!(distribution.percentile(share), Some(sorted[rank - 1]));
    }

    #[test]
    fn merging_is_counting_together(
        mut parts in prop::collection::vec(prop::collection::vec(value(), 0..200), 1..6),
        share in share(),
        rounded in prop::option::weighted(0.3, 0..6_usize),
    ) {
        let whole = parts.concat();
        for _ in 0..2 {
            let mut all = Distribution::default();
            for (index, part) in parts.iter().enumerate() {
                let mut part = of(part);
                if rounded == Some(index) {
                    part.round();
                }
                merge(&mut all, &part);
            }
            let (actual, expected) = (all.percentile(share), picked(&whole, share));
            let right = if all.is_exact() { actual == expected } else { close(actual, expected) };
            prop_assert!(right, "{actual:?} for {expected:?}");
            parts.reverse();
        }
    }
}

#[test]
fn no_values_have_no_percentile() {
    assert_eq!(of::<f64>(&[]).percentile(0.5), None);
    assert_eq!(of(&[f64::NAN]).percentile(0.5), None);
}

#[test]
fn ranks_are_those_of_the_written_share() {
    assert_eq!(Rank::Nearest.of(0.07, 100), 7);
    assert_eq!(Rank::Nearest.of(0.99, 100), 99);
    assert_eq!(Rank::Nearest.of(0.99, 101), 100);
    assert_eq!(Rank::Nearest.of(0.29, 100_000_000), 29_000_000);
    assert_eq!(Rank::Nearest.of(0.0, 5), 1);
    assert_eq!(Rank::Nearest.of(1.0, 5), 5);
    assert_eq!(Rank::Nearest.of(1e-9, 5), 1);
    assert_eq!([0.0, 0.25, 0.5, 0.51, 1.0].map(|share| Rank::Next.of(share, 4)), [1, 2, 3, 3, 4]);
    assert_eq!(Rank::Next.of(0.07, 100), 8);
}

/// `count` different values without a cell, in an order of their own.
fn scattered(count: u32) -> Vec<f64> {
    (0..count).map(|n| f64::from(n.wrapping_mul(0x9E37_79B1)) * 0.000_37 - 5000.0).collect()
}

#[test]
fn rounding_begins_past_the_limit_whatever_the_order() {
    let limit = u32::try_from(MAX_UNROUNDED).unwrap();
    let cells: Vec<f64> = (0..4096).map(f64::of_cell).collect();
    let full = [scattered(limit), cells.clone()].concat();
    assert!(of(&full).is_exact());
    assert!(of(&[cells, scattered(limit)].concat()).is_exact());
    assert!(!of(&[full, vec![0.000_5]].concat()).is_exact());
}

#[test]
fn past_the_limit_percentiles_are_close_however_split() {
    let values = [scattered(90_000), (0..4096).map(f64::of_cell).collect()].concat();
    let (quarter, half) = (values.len() / 4, values.len() / 2);
    let ways = [
        of(&values),
        merged(&[&values[..quarter], &values[quarter..half], &values[half..]]),
        merged(&[&values[half..], &values[..quarter], &values[quarter..half]]),
        merged(&values.chunks(10).collect::<Vec<_>>()),
    ];
    for way in &ways {
        assert!(!way.is_exact());
        for share in [0.0, 0.001, 0.003, 0.004, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0] {
            assert!(close(way.percentile(share), picked(&values, share)), "{share}");
            assert_eq!(way.percentile(share), ways[0].percentile(share), "{share}");
        }
        assert!(way.heap_size() < 2 << 20, "{}", way.heap_size());
    }
}

#[test]
fn few_values_stay_small() {
    assert_eq!(size_of::<Distribution<f64>>(), 32);
    assert_eq!(of::<f64>(&[]).heap_size(), 0);
    assert!(of(&[0.001, 0.001, 0.002, 0.003]).heap_size() <= 64);
    let spread: Vec<f64> = (0..40).map(|n| f64::from(n * 100) / 1000.0).collect();
    assert!(of(&spread).heap_size() < 2000, "far cells are not worth an array: {}", of(&spread).heap_size());
}

#[test]
fn common_values_move_to_cells() {
    let mut distribution = of(&(0..2000).map(f64::of_cell).collect::<Vec<_>>());
    assert!(distribution.try_add(0.5));
    assert!(distribution.heap_size() < 2048 * 16);
}
