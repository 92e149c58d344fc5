//! `albstats bucket check`: what is right and wrong about a bucket, one line a check.

use std::collections::BTreeSet;
use std::sync::Arc;

use alblog::LogKind;
use anyhow::{Result, bail};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::super::common::printing::PrintingArgs;
use super::super::common::source::runtime;
use super::super::common::{GlobalArgs, candidates, message};
use super::screen::{Checked, document};
use super::{account, identity};
use crate::base::aws::Budget;
use crate::base::config::Overrides;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::s3_address::S3Address;
use crate::cli::common::presenting::Output;
use crate::fleet::aws::bucket::look;
use crate::fleet::aws::elbv2::{Elbv2, LogSettings};
use crate::fleet::bucket::{Delivery, Facts, Finding, Verdict, check, verdict};
use crate::output::Format;

const EXAMPLES: &str = "\
✓ as it should be · ! logs are written all the same · ? could not be seen · ✗ logs cannot be written
Exit code 1 if logs cannot be written, 3 if what decides could not be seen.

Examples:
  albstats bucket check s3://acme-alb-logs/eks --account 111122223333
  albstats bucket check s3://acme-alb-logs --account 111122223333 --region eu-west-1 --format json
  albstats bucket check --elb k8s-shop-1f2e3d4c5b";

/// Check whether load balancers can log to a bucket, and what is wrong
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    /// The bucket, and what stands before AWSLogs in it
    #[arg(value_name = "s3://bucket/prefix", required_unless_present = "elb")]
    place: Option<S3Address>,
    /// Account whose load balancers write there; may be repeated
    #[arg(long, value_name = "ACCOUNT", value_parser = account, required_unless_present = "elb")]
    account: Vec<String>,
    /// The load balancers' region [default: the bucket's; with --elb, where AWS is asked]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Take account, region and, if none is named, the bucket from this load balancer
    #[arg(long, value_name = "NAME", conflicts_with = "account", add = ArgValueCompleter::new(candidates::load_balancers))]
    elb: Option<String>,
    /// Account that the bucket has to belong to
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    owner: Option<String>,
    #[command(flatten)]
    printing: PrintingArgs,
}

pub(super) fn run(args: &CheckArgs, global: &GlobalArgs) -> Result<Outcome> {
    let format = args.printing.format.map(|format| format.to_string());
    let config = global.load_config(Overrides { format, ..Overrides::default() })?;
    let output = Output::open(&args.printing, &config)?;
    let checked = runtime(&config)?.block_on(args.checked())?;
    match output.format() {
        Format::Table | Format::Html => output.write(&document(&checked))?,
        _ => output.write_rows(&batch(&checked)?)?,
    }
    let verdicts = || checked.iter().map(|checked| &checked.verdict);
    Ok(if verdicts().any(|verdict| matches!(verdict, Verdict::Blocked { .. })) {
        Outcome::ConditionHolds
    } else if verdicts().any(|verdict| *verdict == Verdict::Unknown) {
        if !global.quiet {
            message(format_args!("notice: what could not be seen may be wrong; only switching logs on tells"));
        }
        Outcome::Incomplete
    } else {
        Outcome::Done
    })
}

impl CheckArgs {
    async fn checked(&self) -> Result<Vec<Checked>> {
        let mut checked: Vec<Checked> = Vec::new();
        let mut known: Vec<Facts> = Vec::new();
        for mut delivery in self.deliveries().await? {
            let facts = match known.iter().find(|facts| facts.bucket == delivery.bucket) {
                Some(facts) => facts.clone(),
                None => look(&identity(self.region.as_ref()), &delivery.bucket, self.owner.as_deref()).await?,
            };
            if let (true, Ok(Some(region))) = (delivery.region.is_empty(), &facts.region) {
                delivery.region.clone_from(region);
            }
            let findings = check(&facts, &delivery);
            checked.push(Checked { verdict: verdict(&findings), delivery, findings });
            known.push(facts);
        }
        Ok(checked)
    }

    /// Who is to write where.
    async fn deliveries(&self) -> Result<BTreeSet<Delivery>> {
        let Some(name) = &self.elb else {
            let Some(place) = &self.place else {
                bail!(Message::new("no bucket is named").hint("s3://bucket/prefix, or --elb NAME"))
            };
            let region = self.region.clone().unwrap_or_default();
            return Ok(self.account.iter().map(|account| delivery(place, account, &region)).collect());
        };
        let elbv2 = Elbv2::open(&identity(self.region.as_ref()), Budget::default()).await?;
        let found = elbv2.named(name).await?;
        let (account, region) = (found.account(), found.region());
        if let Some(place) = &self.place {
            return Ok([delivery(place, account, region)].into());
        }
        let attributes = elbv2.attributes(&found.arn).await?.unwrap_or_default();
        let settings = LogKind::ALL.into_iter().filter_map(|kind| LogSettings::of(&attributes, kind));
        let places = settings.filter(|settings| settings.enabled);
        let places = places.map(|settings| S3Address { bucket: settings.bucket, prefix: settings.prefix });
        let deliveries: BTreeSet<Delivery> = places.map(|place| delivery(&place, account, region)).collect();
        if deliveries.is_empty() {
            bail!(Message::new(format_args!("{name} writes no logs")).hint(format_args!(
                "name the bucket that it is to write to: albstats bucket check s3://bucket/prefix --elb {name}"
            )));
        }
        Ok(deliveries)
    }
}

fn delivery(place: &S3Address, account: &str, region: &str) -> Delivery {
    let (bucket, prefix) = (place.bucket.clone(), place.prefix.clone());
    Delivery { bucket, prefix, account: account.to_owned(), region: region.to_owned() }
}

/// A row for each check.
fn batch(checked: &[Checked]) -> Result<RecordBatch> {
    let rows = || checked.iter().flat_map(|one| one.findings.iter().map(|finding| (&one.delivery, finding)));
    let column = |of: fn((&Delivery, &Finding)) -> Option<String>| -> ArrayRef {
        Arc::new(rows().map(of).collect::<StringArray>())
    };
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("bucket", column(|(delivery, _)| Some(delivery.bucket.clone())), false),
        ("prefix", column(|(delivery, _)| Some(delivery.prefix.clone())), false),
        ("account", column(|(delivery, _)| Some(delivery.account.clone())), false),
        ("region", column(|(delivery, _)| Some(delivery.region.clone())), false),
        ("check", column(|(_, finding)| Some(finding.check.to_owned())), false),
        ("level", column(|(_, finding)| Some(finding.level.name().to_owned())), false),
        ("text", column(|(_, finding)| Some(finding.text.clone())), false),
        ("fix", column(|(_, finding)| finding.fix.clone()), true),
    ])?)
}
