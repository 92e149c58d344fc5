//! Bars of one line, a character a value.

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A bar in eighths of the largest value; `·` is nothing at all, so that little is never taken for nothing.
pub fn spark(values: &[u64]) -> String {
    let largest = values.iter().copied().max().unwrap_or(0);
    let level = |value: u64| match u128::from(value) * 8 {
        0 => '·',
        eighths => LEVELS[usize::try_from(eighths.div_ceil(u128::from(largest))).unwrap_or(8).clamp(1, 8) - 1],
    };
    values.iter().copied().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_the_least_and_nothing_as_what_they_are() {
        assert_eq!(spark(&[0, 1, 12, 13, 50, 100]), "·▁▁▂▄█");
        assert_eq!(spark(&[0, 0]), "··");
        assert_eq!(spark(&[u64::MAX, 1]), "█▁");
    }
}
