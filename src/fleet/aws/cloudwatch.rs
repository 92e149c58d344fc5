//! CloudWatch (`aws-sdk-cloudwatch`): how many requests load balancers had, whether or not they log.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>

use std::collections::BTreeMap;
use std::ops::Range;

use alblog::time::SECOND;
use anyhow::Result;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};

use crate::base::aws::{self, Identity, Refusal};

/// Metrics that one request may ask for, and the values it may be answered with.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>
const AT_ONCE: usize = 500;
const VALUES: i64 = 100_800;

/// Requests that were counted in periods, by the period's beginning; microseconds since the epoch. None for no request.
pub type Requests = BTreeMap<i64, u64>;

/// Counts requests of load balancers, by `app/NAME/ID`, in each period of a time; microseconds. The time should begin with
/// a period.
///
/// # Errors
/// When nothing can be asked; what AWS refuses is the inner error.
pub async fn requests(
    identity: &Identity,
    elbs: &[String],
    span: &Range<i64>,
    period: i64,
) -> Result<Result<BTreeMap<String, Requests>, Refusal>> {
    let client = Client::new(&aws::load(identity).await?);
    let values_each = ((span.end - span.start) / period + 1).max(1);
    let at_once = usize::try_from(VALUES / values_each).unwrap_or(AT_ONCE).clamp(1, AT_ONCE);
    let mut found = BTreeMap::new();
    for elbs in elbs.chunks(at_once) {
        match asked(&client, elbs, span, period).await {
            Ok(counted) => found.extend(counted),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Ok(Ok(found))
}

async fn asked(
    client: &Client,
    elbs: &[String],
    span: &Range<i64>,
    period: i64,
) -> Result<BTreeMap<String, Requests>, Refusal> {
    let time = |micros: i64| DateTime::from_secs(micros.div_euclid(SECOND));
    let request = client.get_metric_data().start_time(time(span.start)).end_time(time(span.end));
    let queries = elbs.iter().enumerate().map(|(index, elb)| query(&format!("m{index}"), elb, period));
    let mut pages = request.set_metric_data_queries(Some(queries.collect())).into_paginator().send();
    let mut found: BTreeMap<String, Requests> = elbs.iter().map(|elb| (elb.clone(), Requests::new())).collect();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Refusal::of("cloudwatch:GetMetricData", &error))?;
        for result in page.metric_data_results() {
            let index = result.id().and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
            let Some(counted) = index.and_then(|index| found.get_mut(elbs.get(index)?)) else { continue };
            for (time, value) in result.timestamps().iter().zip(result.values()) {
                // A sum of whole numbers; below 2^53 it is exact.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let count = value.max(0.).round() as u64;
                if count > 0 {
                    *counted.entry(time.secs() * SECOND).or_default() += count;
                }
            }
        }
    }
    Ok(found)
}

fn query(id: &str, elb: &str, period: i64) -> MetricDataQuery {
    let dimension = Dimension::builder().name("LoadBalancer").value(elb).build();
    let metric = Metric::builder().namespace("AWS/ApplicationELB").metric_name("RequestCount").dimensions(dimension);
    let period = i32::try_from(period / SECOND).unwrap_or(i32::MAX);
    let stat = MetricStat::builder().metric(metric.build()).period(period).stat("Sum").build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}
