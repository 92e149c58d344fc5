//! CloudWatch vended logs (`aws-sdk-cloudwatchlogs`): since 2026-07 the other way for a load balancer to log.
//!
//! Only looked at: who has a delivery pays for it, and must not pay for the same log twice.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html>

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;
use anyhow::Result;
use aws_sdk_cloudwatchlogs::Client;

use crate::base::aws::{self, Identity, Refusal};

/// Kinds of log that are delivered by CloudWatch, by ARN of the load balancer.
pub type Vended = BTreeMap<String, BTreeSet<LogKind>>;

/// Looks at the deliveries of one region, as one identity. A source without a delivery delivers nothing.
///
/// # Errors
/// When nothing can be asked; what AWS refuses is the inner error.
pub async fn vended(identity: &Identity) -> Result<Result<Vended, Refusal>> {
    let client = Client::new(&aws::load(identity).await?);
    Ok(deliveries(&client).await)
}

async fn deliveries(client: &Client) -> Result<Vended, Refusal> {
    let mut sources: BTreeMap<String, (LogKind, Vec<String>)> = BTreeMap::new();
    let mut pages = client.describe_delivery_sources().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Refusal::of("logs:DescribeDeliverySources", &error))?;
        for source in page.delivery_sources() {
            if let (Some(name), Some(kind)) = (source.name(), source.log_type().and_then(kind)) {
                sources.insert(name.to_owned(), (kind, source.resource_arns().to_vec()));
            }
        }
    }
    let mut found = Vended::new();
    if sources.is_empty() {
        return Ok(found);
    }
    let mut pages = client.describe_deliveries().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Refusal::of("logs:DescribeDeliveries", &error))?;
        for delivery in page.deliveries() {
            let Some((kind, arns)) = delivery.delivery_source_name().and_then(|name| sources.get(name)) else {
                continue;
            };
            for arn in arns {
                found.entry(arn.clone()).or_default().insert(*kind);
            }
        }
    }
    Ok(found)
}

/// The kind of a delivery source by its `logType`, if it is one of ours.
pub fn kind(log_type: &str) -> Option<LogKind> {
    match log_type {
        "ALB_ACCESS_LOGS" => Some(LogKind::Access),
        "ALB_CONNECTION_LOGS" => Some(LogKind::Connection),
        "ALB_HEALTH_CHECK_LOGS" => Some(LogKind::HealthCheck),
        _ => None,
    }
}
