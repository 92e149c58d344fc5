//! What somebody probably meant.

/// Below this two words are not taken for one another. `prd` and `prod` are at 0.93, `foo` and `from` at 0.75.
const ALIKE: f64 = 0.8;

/// The candidate most like `word`, if any is like it at all.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_nothing_else() {
        let known = ["from", "margin", "max_rows", "memory", "prod", "staging"];
        for (word, meant) in [
            ("prd", Some("prod")),
            ("margn", Some("margin")),
            ("maxrows", Some("max_rows")),
            ("max-rows", Some("max_rows")),
            ("memroy", Some("memory")),
            ("foo", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }
}
