//! `/metrics` of a server: what it knows of itself, and what each source counts, as one text in which every family stands once.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family as Series;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::service::Service;
use crate::base::metrics_text::{as_asked, merged};

/// `GET /metrics`
pub(super) fn answer(service: &Service, headers: &HeaderMap) -> Response {
    let counted = service.counted();
    let of_sources = counted.into_iter().map(|(source, text)| (Some(source), text));
    let of_fleet = service.fleet().map(|fleet| (None, fleet.metrics()));
    let texts: Vec<(Option<String>, String)> =
        std::iter::once((None, own(service))).chain(of_fleet).chain(of_sources).collect();
    let (content_type, text) = as_asked(merged(&texts), headers);
    ([(header::CONTENT_TYPE, HeaderValue::from_static(content_type))], text).into_response()
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
        if let Some(until) = service.complete_until(&source.name) {
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
