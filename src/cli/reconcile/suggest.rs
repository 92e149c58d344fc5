//! `albstats reconcile suggest`: the same as YAML, for those who would rather declare it in Kubernetes.

use alblog::LogKind;
use anyhow::{Result, anyhow, bail};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::super::common::source::runtime;
use super::super::common::{GlobalArgs, candidates, print};
use super::policy;
use crate::base::config::{LogPolicy, PLACEHOLDERS};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::fleet::aws::elbv2::LoadBalancer;
use crate::fleet::kubernetes::suggest;
use crate::fleet::reconcile::{self, desired};

/// Print the policy as an Ingress annotation, IngressClassParams and a Gateway's LoadBalancerConfiguration
#[derive(Debug, Args)]
pub(super) struct SuggestArgs {
    /// For this load balancer: its name. Needed if bucket or prefix hold {account}, {region}, {cluster} or {name}
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::load_balancers))]
    elb: Option<String>,
}

pub(super) fn run(args: &SuggestArgs, global: &GlobalArgs) -> Result<Outcome> {
    let (config, policy) = policy(global)?;
    let policy = policy.value;
    let (bucket, prefix) = match &args.elb {
        Some(name) => {
            let found = runtime(&config)?.block_on(find(&policy, name))?;
            let desired = desired(&policy, &found).map_err(|reason| anyhow!("{name}: {reason}"))?;
            (desired.bucket, desired.prefix)
        }
        None if has_placeholder(&policy.bucket) || has_placeholder(&policy.prefix) => {
            bail!(Message::new("bucket or prefix differ from one load balancer to another").hint("--elb NAME"));
        }
        None => (policy.bucket.clone(), policy.prefix.clone()),
    };
    let settings: Vec<(LogKind, String, String)> =
        policy.kinds.iter().map(|kind| (*kind, bucket.clone(), prefix.clone())).collect();
    print(&suggest(&settings))?;
    Ok(Outcome::Done)
}

fn has_placeholder(template: &str) -> bool {
    PLACEHOLDERS.iter().any(|name| template.contains(&format!("{{{name}}}")))
}

/// The load balancer of this name, in the first account of the policy that has it.
async fn find(policy: &LogPolicy, name: &str) -> Result<LoadBalancer> {
    let (accounts, problems) = reconcile::open(policy).await;
    let mut reasons: Vec<Message> =
        problems.into_iter().map(|problem| problem.reason.after(format_args!("{}: ", problem.place))).collect();
    for account in &accounts {
        match account.elbv2.named(name).await {
            Ok(mut found) => {
                let mut tags = account.elbv2.tags(std::slice::from_ref(&found.arn)).await?;
                found.tags = tags.remove(&found.arn).unwrap_or_default();
                return Ok(found);
            }
            Err(error) => reasons.push(Message::from(error)),
        }
    }
    let mut reasons = reasons.into_iter();
    match reasons.next() {
        Some(first) => bail!(reasons.fold(first, Message::below)),
        None => bail!("the policy selects from no account"),
    }
}
