//! Metrics as text, in either of the formats that Prometheus reads.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderMap, header};

/// What asks for the OpenMetrics format says this of it, and is told it.
const OPEN_METRICS: &str = "application/openmetrics-text";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The format that everything reads.
const CLASSIC: &str = "text/plain; version=0.0.4; charset=utf-8";
/// The end of a text in the OpenMetrics format.
const END: &str = "# EOF";

/// A text in the OpenMetrics format, in that which is asked for; with the type of its content.
pub fn as_asked(text: String, asked: &HeaderMap) -> (&'static str, String) {
    let accepted = asked.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if accepted.into_iter().any(|value| value.contains(OPEN_METRICS)) {
        (OPEN, text)
    } else {
        (CLASSIC, classic(&text))
    }
}

/// The same in the format that everything reads, in which a counter's family is called as its samples are.
fn classic(text: &str) -> String {
    let counters: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let line = |line: &str| {
        let mut parts = line.splitn(4, ' ');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("#"), Some("EOF" | "UNIT"), ..) => String::new(),
            (Some("#"), Some(about), Some(name), Some(rest)) if counters.contains(name) => {
                format!("# {about} {name}_total {rest}\n")
            }
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

/// What is said about a family, and its samples.
#[derive(Default)]
struct Family<'t> {
    about: Vec<&'t str>,
    samples: Vec<String>,
}

/// Makes one text of several, each of which has a source's name, or none for what is about the server itself. A family that stands in
/// several is said once, and its samples get a label `source`.
pub fn merged(texts: &[(Option<String>, String)]) -> String {
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
                    families.entry(name).or_default().samples.push(labelled(line, source.as_deref()));
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
    fn either_format_is_told() {
        let text = "# HELP a A b.\n# TYPE a counter\n# UNIT a bytes\na_total{x=\"1\"} 2\n# HELP b B.\n# TYPE b gauge\nb 1\n# EOF\n";
        let mut headers = HeaderMap::new();
        let plain =
            "# HELP a_total A b.\n# TYPE a_total counter\na_total{x=\"1\"} 2\n# HELP b B.\n# TYPE b gauge\nb 1\n";
        assert_eq!(as_asked(text.to_owned(), &headers), (CLASSIC, plain.to_owned()));
        headers.insert(header::ACCEPT, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5".parse().unwrap());
        assert_eq!(as_asked(text.to_owned(), &headers), (OPEN, text.to_owned()));
    }

    #[test]
    fn families_stand_once_with_the_samples_of_all() {
        let of = |count: u8| {
            format!(
                "# HELP a_seconds A.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds {count}.5\n# HELP b B.\n# TYPE \
                 b counter\nb_total{{x=\"{{y }}\"}} {count}\n# EOF\n"
            )
        };
        let own = "# HELP own O.\n# TYPE own gauge\nown 1\n# EOF\n".to_owned();
        let text = merged(&[(None, own), (Some("pr\"od".to_owned()), of(1)), (Some("lab".to_owned()), of(2))]);
        assert_eq!(
            text,
            "# HELP own O.\n# TYPE own gauge\nown 1\n# HELP a_seconds A.\n# TYPE a_seconds gauge\n# UNIT a_seconds \
             seconds\na_seconds{source=\"pr\\\"od\"} 1.5\na_seconds{source=\"lab\"} 2.5\n# HELP b B.\n# TYPE b \
             counter\nb_total{source=\"pr\\\"od\",x=\"{y }\"} 1\nb_total{source=\"lab\",x=\"{y }\"} 2\n# EOF\n"
        );
        assert_eq!(merged(&[]), "# EOF\n");
    }
}
