//! What came in, as Prometheus reads it: counters and histograms that grow when rows are committed.
//!
//! Bounded: so many ways of requests have series of their own, and further ones share `other`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Unit;

use crate::lake::live::{BOUNDS, Check, Connection, Requests, Route, Times, Traffic};

/// Ways of requests that have series of their own: each has 24 of counters and histograms at the least.
const ROUTES: usize = 500;
/// What further ones are called.
const OTHER: &str = "other";

/// Everything that was counted.
#[derive(Debug, Default)]
pub(super) struct TrafficMetrics(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    requests: BTreeMap<Route, Requests>,
    connections: BTreeMap<Connection, u64>,
    checks: BTreeMap<Check, u64>,
}

impl TrafficMetrics {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was committed.
    pub(super) fn add(&self, traffic: Traffic) {
        let mut counted = self.counted();
        for (route, requests) in traffic.requests {
            let other = || Route { elb: OTHER.to_owned(), target_group: OTHER.to_owned() };
            at(&mut counted.requests, route, other).merge(&requests);
        }
        for (connection, count) in traffic.connections {
            let other = Connection { elb: OTHER.to_owned(), ..connection.clone() };
            *at(&mut counted.connections, connection, || other) += count;
        }
        for (check, count) in traffic.checks {
            let other = Check { target_group: OTHER.to_owned(), ..check.clone() };
            *at(&mut counted.checks, check, || other) += count;
        }
    }
}

/// The entry of a key, or that of all others where there are too many.
fn at<K: Ord, V: Default>(entries: &mut BTreeMap<K, V>, key: K, other: impl FnOnce() -> K) -> &mut V {
    let has_room = entries.len() < ROUTES || entries.contains_key(&key);
    entries.entry(if has_room { key } else { other() }).or_default()
}

/// `k8s-shop-web-1a2b3c` of an ARN; `-` where there is none.
fn group_name(arn: &str) -> &str {
    match arn {
        "" => "-",
        arn => arn.split(":targetgroup/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(arn),
    }
}

const STATUS_CLASSES: [&str; 6] = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"];

impl Collector for TrafficMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let counted = self.counted();
        let of_requests: Vec<([(&str, &str); 2], &Requests)> = counted
            .requests
            .iter()
            .map(|(route, counts)| {
                let (elb, group) = (route.elb.as_str(), group_name(&route.target_group));
                ([("load_balancer", elb), ("target_group", group)], counts)
            })
            .collect();
        let mut tell = |name: &str, help: &str, unit: Option<&Unit>, series: &[(Vec<(&str, &str)>, u64)]| {
            let mut family = encoder.encode_descriptor(name, help, unit, MetricType::Counter)?;
            series.iter().try_for_each(|(labels, count)| {
                ConstCounter::new(*count).encode(family.encode_family(&labels.as_slice())?)
            })
        };
        let mut series = Vec::new();
        for (labels, counts) in &of_requests {
            for (class, [by_load_balancer, by_target]) in STATUS_CLASSES.iter().zip(counts.by_status) {
                for (said_by, count) in [("load_balancer", by_load_balancer), ("target", by_target)] {
                    if count > 0 {
                        let status = [("status_class", *class), ("said_by", said_by)];
                        series.push((labels.iter().copied().chain(status).collect(), count));
                    }
                }
            }
        }
        let help = "Requests, by status and whether it is the target's own or was made by the load balancer.";
        tell("requests", help, None, &series)?;
        let bytes = |of: fn(&Requests) -> u64| -> Vec<(Vec<(&str, &str)>, u64)> {
            of_requests.iter().map(|(labels, counts)| (labels.to_vec(), of(counts))).collect()
        };
        tell("received", "Bytes of requests.", Some(&Unit::Bytes), &bytes(|counts| counts.received))?;
        tell("sent", "Bytes of answers.", Some(&Unit::Bytes), &bytes(|counts| counts.sent))?;
        let series = counted.connections.iter().map(|(Connection { elb, outcome }, count)| {
            (vec![("load_balancer", elb.as_str()), ("outcome", *outcome)], *count)
        });
        tell("connections", "Connections, by how their TLS handshake ended.", None, &series.collect::<Vec<_>>())?;
        let series = counted.checks.iter().map(|(Check { target_group, passed }, count)| {
            (vec![("target_group", target_group.as_str()), ("result", if *passed { "pass" } else { "fail" })], *count)
        });
        tell("health_checks", "Health checks of targets.", None, &series.collect::<Vec<_>>())?;
        let of_target = of_requests.iter().map(|(labels, counts)| (labels.as_slice(), &counts.target));
        histogram(&mut encoder, "target", "Time until targets began to answer.", of_target)?;
        let total = of_requests.iter().map(|(labels, counts)| (labels.as_slice(), &counts.total));
        histogram(&mut encoder, "request", "Time of requests that a target answered, altogether.", total)
    }
}

fn histogram<'s>(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    series: impl Iterator<Item = (&'s [(&'s str, &'s str)], &'s Times)>,
) -> Result<(), fmt::Error> {
    let mut family = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Histogram)?;
    for (labels, times) in series {
        let bounds = BOUNDS.iter().copied().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(times.counts).collect();
        let count = times.counts.iter().sum();
        family.encode_family(&labels)?.encode_histogram::<NoLabelSet>(times.sum, count, &buckets, None)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    fn text(metrics: TrafficMetrics) -> String {
        let mut registry = Registry::with_prefix("albstats");
        registry.register_collector(Box::new(metrics));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        text
    }

    fn of(route: Route, requests: Requests) -> Traffic {
        Traffic { requests: [(route, requests)].into(), ..Traffic::default() }
    }

    #[test]
    fn what_was_counted_is_told() {
        let metrics = TrafficMetrics::default();
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/abc";
        let route = || Route { elb: "app/a/1".to_owned(), target_group: arn.to_owned() };
        let mut requests = Requests { sent: 9, ..Requests::default() };
        requests.by_status[5] = [2, 3];
        requests.target.counts[1] = 4;
        requests.target.counts[13] = 1;
        requests.target.sum = 99.5;
        metrics.add(of(route(), requests.clone()));
        metrics.add(of(route(), requests));
        let text = text(metrics);
        for line in [
            r#"albstats_requests_total{load_balancer="app/a/1",target_group="web",status_class="5xx",said_by="target"} 6"#,
            r#"albstats_requests_total{load_balancer="app/a/1",target_group="web",status_class="5xx",said_by="load_balancer"} 4"#,
            r#"albstats_sent_bytes_total{load_balancer="app/a/1",target_group="web"} 18"#,
            r#"albstats_target_seconds_bucket{le="0.01",load_balancer="app/a/1",target_group="web"} 8"#,
            r#"albstats_target_seconds_bucket{le="+Inf",load_balancer="app/a/1",target_group="web"} 10"#,
            r#"albstats_target_seconds_count{load_balancer="app/a/1",target_group="web"} 10"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }

    #[test]
    fn series_are_bounded_and_nothing_is_left_out() {
        let metrics = TrafficMetrics::default();
        for number in 0..2 * ROUTES {
            let mut requests = Requests::default();
            requests.by_status[2][1] = 1;
            metrics.add(of(Route { elb: format!("app/{number}/1"), target_group: String::new() }, requests));
        }
        let counted = metrics.counted();
        assert!(counted.requests.len() <= ROUTES + 1);
        let sum: u64 = counted.requests.values().map(|requests| requests.by_status[2][1]).sum();
        assert_eq!(sum, 2 * ROUTES as u64);
    }
}
