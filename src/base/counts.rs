//! Things that were counted, in the order people read them: the most frequent first, those as frequent by name.

use std::collections::BTreeMap;

/// Sorts counts; nothing is added up.
pub fn most_first<T: Ord>(counts: impl IntoIterator<Item = (T, u64)>) -> Vec<(T, u64)> {
    let mut counts: Vec<(T, u64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

/// Adds up the counts of each name, and sorts them.
pub fn tally<T: Ord>(counts: impl IntoIterator<Item = (T, u64)>) -> Vec<(T, u64)> {
    let mut sums: BTreeMap<T, u64> = BTreeMap::new();
    for (name, count) in counts {
        *sums.entry(name).or_default() += count;
    }
    most_first(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_come_first_and_then_the_names() {
        assert_eq!(most_first([("b", 1), ("c", 2), ("a", 1)]), [("c", 2), ("a", 1), ("b", 1)]);
        assert_eq!(most_first([("a", 1), ("a", 1)]), [("a", 1), ("a", 1)]);
        assert_eq!(tally([("a", 1), ("b", 2), ("a", 2)]), [("a", 3), ("b", 2)]);
        assert_eq!(tally([("b", 1), ("a", 0)]), [("b", 1), ("a", 0)]);
        assert_eq!(tally::<&str>([]), []);
    }
}
