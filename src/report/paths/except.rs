//! A regular expression for every word but some, without look-around, which not all engines have. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A segment of a path that is none of these, as short as what follows allows: what follows must fix its end. The names
/// are of ASCII letters, digits and `-._`.
pub(super) fn any_segment_but(names: &BTreeSet<&str>) -> String {
    if names.is_empty() { "[^/]+?".to_owned() } else { rest(&names.iter().copied().collect::<Vec<_>>(), true) }
}

/// What may follow a common beginning of `names`, given what follows it in each.
fn rest(names: &[&str], is_begin: bool) -> String {
    let mut by_first: BTreeMap<char, Vec<&str>> = BTreeMap::new();
    for name in names {
        if let Some(first) = name.chars().next() {
            by_first.entry(first).or_default().push(&name[first.len_utf8()..]);
        }
    }
    let is_name = names.contains(&"");
    if by_first.is_empty() {
        // One of the names ends here: there must be more.
        return "[^/]+?".to_owned();
    }
    let others: String =
        by_first.keys().map(|first| if *first == '-' { r"\-".to_owned() } else { first.to_string() }).collect();
    let mut pattern = format!("(?:[^/{others}][^/]*?");
    for (first, names) in by_first {
        let first = if first == '.' { r"\.".to_owned() } else { first.to_string() };
        // Writing to a String cannot fail.
        let _ = write!(pattern, "|{first}{}", rest(&names, false));
    }
    pattern.push(')');
    if !is_name && !is_begin {
        pattern.push_str("??");
    }
    pattern
}
