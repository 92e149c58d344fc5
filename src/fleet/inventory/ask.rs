//! Asking ELBv2 what there is: one account in one region after another, so that one that refuses stops no other.

use anyhow::{Context, Result};

use super::merge::Seen;
use crate::base::aws::{Budget, Identity};
use crate::fleet::aws::elbv2::Elbv2;

/// Everything that an identity sees in its region, with tags.
///
/// # Errors
/// When there are no credentials or no region, or a request is refused: what was seen until then is not given.
pub async fn ask(identity: &Identity) -> Result<Seen> {
    let elbv2 = Elbv2::open(identity, Budget::default()).await?;
    let place = || format!("load balancers of {}", elbv2.region);
    let mut load_balancers = elbv2.load_balancers().await.map_err(anyhow::Error::from).with_context(place)?;
    let mut target_groups = elbv2.target_groups().await.map_err(anyhow::Error::from).with_context(place)?;
    let arns = load_balancers.iter().map(|one| &one.arn).chain(target_groups.iter().map(|one| &one.arn));
    let arns: Vec<String> = arns.cloned().collect();
    let mut tags = elbv2.tags(&arns).await.map_err(anyhow::Error::from).with_context(place)?;
    for one in &mut load_balancers {
        one.tags = tags.remove(&one.arn).unwrap_or_default();
    }
    for one in &mut target_groups {
        one.tags = tags.remove(&one.arn).unwrap_or_default();
    }
    Ok(Seen { load_balancers, target_groups })
}
