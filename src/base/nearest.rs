//! The name somebody probably meant.

/// How alike two names must be, from 0 to 1, before one is suggested for the other.
const ALIKE: f64 = 0.75;

/// The most similar of the known names; `None` if none is similar.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let likeness = |candidate: &str| {
        // People leave the beginning or the end of a long name out: `status_code`, `processing_time`.
        let contained = name.len() >= 4 && candidate.contains(&name);
        if contained { 1.0 } else { strsim::jaro_winkler(&name, candidate) }
    };
    let scored = known.iter().map(|&candidate| (likeness(&candidate.to_lowercase()), candidate));
    // Of several that hold it, the one with the least around it.
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.len().cmp(&a.1.len())))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// The known names that are most like it, the most similar first; also where none is similar.
pub fn ranked<'a>(name: &str, known: impl Iterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let mut scored: Vec<(f64, &str)> =
        known.map(|known| (strsim::jaro_winkler(&name, &known.to_lowercase()), known)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.into_iter().take(most).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::{nearest, ranked};

    #[test]
    fn names_by_likeness() {
        let known = ["k8s-ship-1", "internal-api", "k8s-shop-1"];
        assert_eq!(ranked("k8s-shp", known.into_iter(), 2), ["k8s-ship-1", "k8s-shop-1"]);
        assert_eq!(ranked("zzz", ["b", "a"].into_iter(), 3), ["a", "b"]);
    }

    #[test]
    fn slips_of_the_finger_and_shortened_names() {
        let known = ["requests", "connections", "target_status_code", "elb_status_code", "target_processing_time"];
        assert_eq!(nearest("request", &known), Some("requests"));
        assert_eq!(nearest("Conections", &known), Some("connections"));
        assert_eq!(nearest("status_code", &known), Some("elb_status_code"));
        assert_eq!(nearest("zzz", &known), None);
        assert_eq!(nearest("requests", &[]), None);
    }
}
