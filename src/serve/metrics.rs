//! `/metrics` of a server: what each source counts, as one text in which every family stands once.

use std::collections::BTreeMap;

/// The end of a text in the OpenMetrics format.
const END: &str = "# EOF";

/// What is said about a family, and its samples.
#[derive(Default)]
struct Family<'t> {
    about: Vec<&'t str>,
    samples: Vec<String>,
}

/// Makes one text of several, each of which has a source's name, or none for what is about the server itself. A family that stands in
/// several is said once, and its samples get a label `source`.
pub fn merged(texts: &[(Option<&str>, String)]) -> String {
    let mut order: Vec<&str> = Vec::new();
    let mut families: BTreeMap<&str, Family> = BTreeMap::new();
    for (source, text) in texts {
        let mut name = "";
        for line in text.lines().filter(|line| !line.is_empty() && *line != END) {
            match line.strip_prefix("# ") {
                Some(about) => {
                    name = about.split(' ').nth(1).unwrap_or_default();
                    let family = families.entry(name).or_insert_with(|| {
                        order.push(name);
                        Family::default()
                    });
                    if !family.about.contains(&line) {
                        family.about.push(line);
                    }
                }
                None => {
                    families.entry(name).or_default().samples.push(labelled(line, *source));
                }
            }
        }
    }
    let mut merged = String::new();
    for family in order.iter().filter_map(|name| families.get(name)) {
        for line in family.about.iter().copied().chain(family.samples.iter().map(String::as_str)) {
            merged.push_str(line);
            merged.push('\n');
        }
    }
    merged + END + "\n"
}

/// A sample with one label more: `a{b="c"} 1` or `a 1`.
fn labelled(sample: &str, source: Option<&str>) -> String {
    let Some(source) = source else { return sample.to_owned() };
    let source = source.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
    // A name has neither a brace nor a blank.
    match sample.find(['{', ' ']).map(|at| sample.split_at(at)) {
        Some((name, rest)) => match rest.strip_prefix('{') {
            Some(labels) => format!("{name}{{source=\"{source}\",{labels}"),
            None => format!("{name}{{source=\"{source}\"}}{rest}"),
        },
        None => sample.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_stand_once_with_the_samples_of_all() {
        let of = |count: u8| {
            format!(
                "# HELP a_seconds A.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds {count}.5\n# HELP b B.\n# TYPE \
                 b counter\nb_total{{x=\"{{y }}\"}} {count}\n# EOF\n"
            )
        };
        let own = "# HELP own O.\n# TYPE own gauge\nown 1\n# EOF\n".to_owned();
        let text = merged(&[(None, own), (Some("pr\"od"), of(1)), (Some("lab"), of(2))]);
        assert_eq!(
            text,
            "# HELP own O.\n# TYPE own gauge\nown 1\n# HELP a_seconds A.\n# TYPE a_seconds gauge\n# UNIT a_seconds \
             seconds\na_seconds{source=\"pr\\\"od\"} 1.5\na_seconds{source=\"lab\"} 2.5\n# HELP b B.\n# TYPE b \
             counter\nb_total{source=\"pr\\\"od\",x=\"{y }\"} 1\nb_total{source=\"lab\",x=\"{y }\"} 2\n# EOF\n"
        );
        assert_eq!(merged(&[]), "# EOF\n");
    }
}
