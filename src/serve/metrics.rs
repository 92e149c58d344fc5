//! `/metrics` of a server: what it knows of itself, and what each source counts, as one text in which every family stands once.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family as Series;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::service::Service;

/// The OpenMetrics format.
const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The end of a text in the OpenMetrics format.
const END: &str = "# EOF";

/// What is said about a family, and its samples.
#[derive(Default)]
struct Family<'t> {
    about: Vec<&'t str>,
    samples: Vec<String>,
}

/// `GET /metrics`
pub(super) fn answer(service: &Service) -> Response {
    let counted = service.counted();
    let of_sources = counted.into_iter().map(|(source, text)| (Some(source), text));
    let texts: Vec<(Option<String>, String)> = std::iter::once((None, own(service))).chain(of_sources).collect();
    ([(header::CONTENT_TYPE, HeaderValue::from_static(FORMAT))], merged(&texts)).into_response()
}

/// What the server knows of itself.
fn own(service: &Service) -> String {
    type Labels = Vec<(&'static str, String)>;
    let mut registry = Registry::with_prefix("albstats");
    let mut gauge = |name: &str, help: &str, value: usize| {
        let gauge = Gauge::<i64>::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    let (running, waiting) = service.queries.busy();
    gauge("queries_running", "Questions that are answered", running);
    gauge("queries_waiting", "Questions that wait for a slot", waiting);
    let complete = Series::<Labels, Gauge<f64, AtomicU64>>::default();
    for source in service.sources() {
        let until = service.position(&source.name).and_then(|position| position.borrow().complete_until);
        if let Some(until) = until {
            let seconds = Duration::from_micros(until.unsigned_abs()).as_secs_f64();
            complete.get_or_create(&vec![("source", source.name)]).set(seconds);
        }
    }
    let help = "Up to when the logs of a source are complete";
    registry.register_with_unit("complete_until_timestamp", help, Unit::Seconds, complete);
    if let Some(alerts) = service.alerts() {
        let firing = Series::<Labels, Gauge>::default();
        let untold = Series::<Labels, Gauge>::default();
        let known = alerts.known();
        for rule in alerts.rules() {
            let standing = known.standings.get(&rule.name);
            let rows = standing.map_or(0, |standing| standing.rows.values().filter(|row| row.firing.is_some()).count());
            let labels: Labels = vec![("alert", rule.name.clone()), ("severity", rule.severity.clone())];
            firing.get_or_create(&labels).set(i64::try_from(rows).unwrap_or(i64::MAX));
            untold.get_or_create(&labels).set(i64::from(standing.is_some_and(|standing| standing.untold.is_some())));
        }
        registry.register("alerts_firing", "Rows for which an alert fires", firing);
        registry.register("alerts_untold", "1 while an alert cannot be judged", untold);
    }
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = encode(&mut text, &registry);
    text
}

/// Makes one text of several, each of which has a source's name, or none for what is about the server itself. A family that stands in
/// several is said once, and its samples get a label `source`.
fn merged(texts: &[(Option<String>, String)]) -> String {
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
