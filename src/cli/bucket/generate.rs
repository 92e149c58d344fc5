//! `albstats bucket policy` and `albstats bucket terraform`: what is lacking, as a document to apply.

use anyhow::{Context, Result, bail};
use clap::Args;

use super::super::common::source::runtime;
use super::super::common::{GlobalArgs, message, print};
use super::{account, identity};
use crate::base::config::Overrides;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::s3_address::{S3Address, address};
use crate::fleet::aws::bucket::look;
use crate::fleet::bucket::{self, Decision, Delivery, Document, Facts, Grants, Merged, legacy_account};

pub(super) const POLICY_EXAMPLES: &str = "\
The whole policy is printed: the statements that are there, and behind them those that are lacking.
Nothing is changed in AWS.

Examples:
  albstats bucket policy s3://acme-alb-logs/eks --account 111122223333
  albstats bucket policy s3://acme-alb-logs --account 111122223333 --account 444455556666 \\
    > policy.json && aws s3api put-bucket-policy --bucket acme-alb-logs --policy file://policy.json
  albstats bucket policy s3://acme-alb-logs --account 111122223333 --region cn-north-1 --offline";

pub(super) const TERRAFORM_EXAMPLES: &str = "\
Resources for what is lacking only: policy, encryption, public access block, ownership, lifecycle.
The policy holds the statements that are there too. With --offline, resources for all of it.

Examples:
  albstats bucket terraform s3://acme-alb-logs/eks --account 111122223333
  albstats bucket terraform s3://acme-alb-logs --account 111122223333 --offline > bucket.tf";

/// What is to be allowed, and where.
#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// The bucket, and what stands before AWSLogs in it
    #[arg(value_name = "s3://bucket/prefix")]
    place: S3Address,
    /// Account whose load balancers write there; may be repeated
    #[arg(long, value_name = "ACCOUNT", value_parser = account, required = true)]
    account: Vec<String>,
    /// The load balancers' region [default: the bucket's]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    #[command(flatten)]
    grants: GrantArgs,
    /// Do not ask AWS how the bucket is set up
    #[arg(long)]
    offline: bool,
}

/// What is allowed beyond what every load balancer needs.
#[derive(Debug, Args)]
struct GrantArgs {
    /// Allow the region's own account too, as it was done before August 2022
    #[arg(long)]
    with_legacy: bool,
    /// Allow load balancers on Outposts too
    #[arg(long)]
    outposts: bool,
    /// Allow it only on behalf of these accounts' load balancers (aws:SourceArn)
    #[arg(long)]
    source_arn: bool,
}

pub(super) fn policy(args: &GenerateArgs, global: &GlobalArgs) -> Result<Outcome> {
    let (facts, merged) = args.merged(global)?;
    print(&merged.to_json())?;
    Ok(args.explain(facts.as_ref(), &merged, global))
}

pub(super) fn terraform(args: &GenerateArgs, global: &GlobalArgs) -> Result<Outcome> {
    let (facts, merged) = args.merged(global)?;
    print(&bucket::terraform(&args.place.bucket, facts.as_ref(), &merged))?;
    Ok(args.explain(facts.as_ref(), &merged, global))
}

impl GenerateArgs {
    fn merged(&self, global: &GlobalArgs) -> Result<(Option<Facts>, Merged)> {
        self.takes_prefix()?;
        let facts = if self.offline { None } else { Some(self.look(global)?) };
        let found = facts.as_ref().and_then(|facts| facts.region.clone().ok().flatten());
        let region = self.region.clone().or(found).unwrap_or_default();
        let GrantArgs { with_legacy: legacy, outposts, source_arn } = self.grants;
        for (flag, given) in [("--with-legacy", legacy), ("--source-arn", source_arn)] {
            if given && region.is_empty() {
                bail!(
                    Message::new(format_args!("{flag} is about a region, and none is known")).hint("--region REGION")
                );
            }
        }
        if legacy && legacy_account(&region).is_none() && !global.quiet {
            message(format_args!("notice: {region} has no account of its own: --with-legacy adds nothing"));
        }
        let delivery = |account: &String| Delivery {
            bucket: self.place.bucket.clone(),
            prefix: self.place.prefix.clone(),
            account: account.clone(),
            region: region.clone(),
        };
        let deliveries: Vec<Delivery> = self.account.iter().map(delivery).collect();
        let present = facts.as_ref().and_then(|facts| facts.policy.clone().ok().flatten());
        let present = present.map(|text| Document::parse(&text)).transpose();
        let present = present.with_context(|| address(&self.place.bucket, ""))?;
        let merged = bucket::merge(present.as_ref(), &deliveries, Grants { legacy, outposts, source_arn })?;
        Ok((facts, merged))
    }

    /// What would let logs be written where no load balancer writes them would look as if it were done.
    fn takes_prefix(&self) -> Result<()> {
        let S3Address { bucket, prefix } = self.place.clone();
        let delivery = Delivery { bucket, prefix, account: String::new(), region: String::new() };
        if let Some((wrong, fix)) = delivery.wrong_prefix() {
            bail!(Message::new(wrong).hint(fix));
        }
        Ok(())
    }

    fn look(&self, global: &GlobalArgs) -> Result<Facts> {
        let config = global.load_config(Overrides::default())?;
        let facts = runtime(&config)?.block_on(look(&identity(self.region.as_ref()), &self.place.bucket, None));
        facts.context("cannot look at the bucket (--offline prints without looking)")
    }

    /// Says which statements are new, and what is still wrong.
    fn explain(&self, facts: Option<&Facts>, merged: &Merged, global: &GlobalArgs) -> Outcome {
        let mut outcome = Outcome::Done;
        if let Some(Err(refusal)) = facts.map(|facts| &facts.policy)
            && !matches!(refusal, crate::base::aws::Refusal::NotFound(_))
        {
            let warning = "warning: the present policy could not be read, and this one would replace it: ";
            message(refusal.message().after(warning).hint("allow s3:GetBucketPolicy, or add the statements by hand"));
            outcome = Outcome::Incomplete;
        }
        for (delivery, admission) in &merged.lacking {
            let (account, key) = (&delivery.account, &admission.key);
            let why = match &admission.decision {
                Decision::Denied(named) => format!("{named} denies it"),
                Decision::Undecided(named, part) => format!("it hangs on the {part} of {named}"),
                Decision::Allowed(_) | Decision::NotAllowed(_) => "nothing allows it".to_owned(),
            };
            let warning = format_args!(
                "warning: account {account} may still not write {key}: {why}; statements that are there are never changed"
            );
            message(
                Message::new(warning).hint(format_args!("albstats bucket check {} --account {account}", self.place)),
            );
            outcome = Outcome::Incomplete;
        }
        if !global.quiet {
            for named in &merged.added {
                message(format_args!("new: {named}"));
            }
            if merged.added.is_empty() {
                message(format_args!("the policy lacks no statement"));
            }
        }
        outcome
    }
}
