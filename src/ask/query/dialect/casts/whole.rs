//! Doubles and decimals to integers.

/// The nearest integer, halves away from zero, as Trino casts; `None` if there is none.
pub(super) fn rounded(value: f64) -> Option<i64> {
    let rounded = value.round();
    // Both bounds are exact as doubles; the upper one is the first that does not fit.
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded);
    #[expect(clippy::cast_possible_truncation, reason = "it was rounded, and it fits")]
    fits.then_some(rounded as i64)
}
