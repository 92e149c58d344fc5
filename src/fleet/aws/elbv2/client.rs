//! Requests to ELBv2, in one region as one identity.

use std::collections::BTreeMap;
use std::time::Duration;

use alblog::LogKind;
use anyhow::{Context, Result, bail};
use aws_sdk_elasticloadbalancingv2::config::retry::RetryConfig;
use aws_sdk_elasticloadbalancingv2::config::timeout::TimeoutConfig;
use aws_sdk_elasticloadbalancingv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancerAttribute, LoadBalancerTypeEnum};
use aws_sdk_elasticloadbalancingv2::{Client, Config};
use aws_smithy_runtime_api::http::Response;

use super::logs::Change;
use super::model::{LoadBalancer, LoadBalancerType, Tags, TargetGroup};
use super::tags::Batches;
use crate::base::aws::{self, Budget, Identity, Pace, Refusal};
use crate::base::message::Message;

/// Tries of a request that is throttled, each at half the pace of the one before, and of one that is not answered.
const ATTEMPTS: u32 = 6;
const UNANSWERED: u32 = 3;
/// Load balancers or target groups of one page, the most that AWS gives.
const PAGE: i32 = 400;
/// Requests that may be made at once when nothing was asked for a while: a tenth and a quarter of what AWS allows.
const READS_AT_ONCE: u32 = 10;
const WRITES_AT_ONCE: u32 = 1;
/// A server that says nothing for this long is taken for gone.
const SILENCE: Duration = Duration::from_secs(30);

/// ELBv2 in one region, as one identity.
#[derive(Debug)]
pub struct Elbv2 {
    client: Client,
    describe: Pace,
    modify: Pace,
    pub region: String,
}

impl Elbv2 {
    /// Gets credentials and finds out the region.
    ///
    /// # Errors
    /// When there are no credentials or no region.
    pub async fn open(identity: &Identity, budget: Budget) -> Result<Self> {
        let config = aws::load(identity).await?;
        aws::Credentials::get(&config, identity).await?;
        let Some(region) = config.region().map(ToString::to_string) else {
            bail!(Message::new("no AWS region is known").hint("AWS_REGION=…, or regions = [\"…\"] in albstats.toml"));
        };
        let timeouts = TimeoutConfig::builder().read_timeout(SILENCE).connect_timeout(SILENCE).build();
        let config = aws_sdk_elasticloadbalancingv2::config::Builder::from(&config)
            .retry_config(RetryConfig::standard().with_max_attempts(UNANSWERED))
            .timeout_config(timeouts)
            .build();
        Ok(Self {
            client: Client::from_conf(config),
            describe: Pace::new(READS_AT_ONCE, budget.describe_per_second),
            modify: Pace::new(WRITES_AT_ONCE, budget.modify_per_second),
            region,
        })
    }

    /// Every load balancer, without tags; by name.
    pub async fn load_balancers(&self) -> Result<Vec<LoadBalancer>, Refusal> {
        let mut found = Vec::new();
        let mut marker = None;
        loop {
            let request = self.client.describe_load_balancers().page_size(PAGE).set_marker(marker);
            let page = patiently(&self.describe, "DescribeLoadBalancers", || request.clone().send()).await?;
            found.extend(page.load_balancers().iter().filter_map(load_balancer));
            marker = page.next_marker().map(ToOwned::to_owned);
            if marker.is_none() {
                break;
            }
        }
        found.sort_by(|a: &LoadBalancer, b| (&a.name, &a.arn).cmp(&(&b.name, &b.arn)));
        // A load balancer that is made while pages are turned can be on two of them.
        found.dedup_by(|a, b| a.arn == b.arn);
        Ok(found)
    }

    /// Every target group, without tags; by ARN.
    pub async fn target_groups(&self) -> Result<Vec<TargetGroup>, Refusal> {
        let mut found = BTreeMap::new();
        let mut marker = None;
        loop {
            let request = self.client.describe_target_groups().page_size(PAGE).set_marker(marker);
            let page = patiently(&self.describe, "DescribeTargetGroups", || request.clone().send()).await?;
            let groups = page.target_groups().iter().filter_map(target_group);
            found.extend(groups.map(|group| (group.arn.clone(), group)));
            marker = page.next_marker().map(ToOwned::to_owned);
            if marker.is_none() {
                return Ok(found.into_values().collect());
            }
        }
    }

    /// Tags of load balancers and target groups, by ARN. What is gone meanwhile is left out.
    pub async fn tags(&self, arns: &[String]) -> Result<BTreeMap<String, Tags>, Refusal> {
        let mut found = BTreeMap::new();
        let mut batches = Batches::of(arns);
        while let Some(batch) = batches.next() {
            let request = self.client.describe_tags().set_resource_arns(Some(batch.clone()));
            match patiently(&self.describe, "DescribeTags", || request.clone().send()).await {
                Ok(page) => found.extend(page.tag_descriptions().iter().filter_map(|described| {
                    let tags = described.tags().iter().map(|tag| {
                        (tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned())
                    });
                    Some((described.resource_arn()?.to_owned(), tags.collect()))
                })),
                Err(refusal) => batches.refused(&batch, refusal)?,
            }
        }
        Ok(found)
    }

    /// Attributes of one load balancer; `None` if it is gone.
    pub async fn attributes(&self, arn: &str) -> Result<Option<BTreeMap<String, String>>, Refusal> {
        let request = self.client.describe_load_balancer_attributes().load_balancer_arn(arn);
        match patiently(&self.describe, "DescribeLoadBalancerAttributes", || request.clone().send()).await {
            Ok(described) => {
                let pair = |attribute: &LoadBalancerAttribute| {
                    Some((attribute.key()?.to_owned(), attribute.value().unwrap_or_default().to_owned()))
                };
                Ok(Some(described.attributes().iter().filter_map(pair).collect()))
            }
            Err(Refusal::NotFound(_)) => Ok(None),
            Err(refusal) => Err(refusal),
        }
    }

    /// Returns when a write would be sent at once.
    pub async fn ready_to_write(&self) {
        self.modify.ready().await;
    }

    /// Writes about one kind of log of one load balancer: the only request here that changes anything. It is sent once: whoever sends it
    /// again looks before, since others may have changed something meanwhile. Throttled, it slows down the next one.
    pub async fn write(&self, arn: &str, kind: LogKind, change: &Change) -> Result<(), Refusal> {
        let attributes = change.attributes(kind).into_iter();
        let attributes = attributes.map(|(key, value)| LoadBalancerAttribute::builder().key(key).value(value).build());
        let request = self.client.modify_load_balancer_attributes().load_balancer_arn(arn);
        let request = request.set_attributes(Some(attributes.collect()));
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let sent = request.customize().config_override(once).send();
        let answer = paced(&self.modify, "ModifyLoadBalancerAttributes", sent).await;
        if matches!(answer, Err(Refusal::Throttled(_))) {
            self.modify.slow_down().await;
        }
        answer.map(drop)
    }

    /// The load balancer of this name.
    ///
    /// # Errors
    /// When it cannot be asked for, or there is none.
    pub async fn named(&self, name: &str) -> Result<LoadBalancer> {
        let request = self.client.describe_load_balancers().names(name);
        let described = patiently(&self.describe, "DescribeLoadBalancers", || request.clone().send()).await;
        let found = described
            .map_err(anyhow::Error::from)
            .with_context(|| format!("load balancer {name} in {}", self.region))?;
        let found = found.load_balancers().iter().find_map(load_balancer);
        found.with_context(|| format!("no load balancer {name} in {}", self.region))
    }
}

/// Sends a request when its pace allows.
async fn paced<T, E>(
    pace: &Pace,
    action: &str,
    sent: impl Future<Output = Result<T, SdkError<E, Response>>>,
) -> Result<T, Refusal>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    pace.wait().await;
    let answer = sent.await.map_err(|error| Refusal::of(&format!("elasticloadbalancing:{action}"), &error))?;
    pace.recover().await;
    Ok(answer)
}

/// Sends a request at a pace, and again, more slowly, while it is throttled.
async fn patiently<T, E, F>(pace: &Pace, action: &str, send: impl Fn() -> F) -> Result<T, Refusal>
where
    F: Future<Output = Result<T, SdkError<E, Response>>>,
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let mut attempt = 1;
    loop {
        match paced(pace, action, send()).await {
            Err(Refusal::Throttled(_)) if attempt < ATTEMPTS => {
                pace.slow_down().await;
                attempt += 1;
            }
            answer => return answer,
        }
    }
}

fn load_balancer(described: &aws_sdk_elasticloadbalancingv2::types::LoadBalancer) -> Option<LoadBalancer> {
    Some(LoadBalancer {
        arn: described.load_balancer_arn()?.to_owned(),
        name: described.load_balancer_name().unwrap_or_default().to_owned(),
        dns_name: described.dns_name().unwrap_or_default().to_owned(),
        kind: match described.r#type()? {
            LoadBalancerTypeEnum::Application => LoadBalancerType::Application,
            LoadBalancerTypeEnum::Gateway => LoadBalancerType::Gateway,
            _ => LoadBalancerType::Network,
        },
        tags: Tags::new(),
    })
}

fn target_group(described: &aws_sdk_elasticloadbalancingv2::types::TargetGroup) -> Option<TargetGroup> {
    Some(TargetGroup {
        arn: described.target_group_arn()?.to_owned(),
        name: described.target_group_name().unwrap_or_default().to_owned(),
        target_type: described.target_type().map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        load_balancers: described.load_balancer_arns().to_vec(),
        tags: Tags::new(),
    })
}
