//! The name somebody probably meant.

/// How alike two names must be, from 0 to 1, before one is suggested for the other.
const ALIKE: f64 = 0.75;

/// The most similar of the known names; `None` if none is similar.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let likeness = |candidate: &str| {
        // People leave the beginning or the end of a long name out: `status_code`, `target_time`.
        let contained = name.len() >= 4 && candidate.contains(&name);
        strsim::jaro_winkler(&name, candidate).max(if contained { 0.9 } else { 0.0 })
    };
    let scored = known.iter().map(|&candidate| (likeness(&candidate.to_lowercase()), candidate));
    // Of names that are equally alike, the shortest has the least that was not typed.
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.len().cmp(&a.1.len())))?;
    (best.0 >= ALIKE).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_of_the_finger_and_shortened_names() {
        let known = ["requests", "connections", "elb_status_code", "target_status_code_list", "target_processing_time"];
        assert_eq!(nearest("request", &known), Some("requests"));
        assert_eq!(nearest("Conections", &known), Some("connections"));
        assert_eq!(nearest("status_code", &known), Some("elb_status_code"));
        assert_eq!(nearest("zzz", &known), None);
        assert_eq!(nearest("requests", &[]), None);
    }
}
