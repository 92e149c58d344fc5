//! `albstats iam`: policies to paste.

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::common::{GlobalArgs, message, print};
use crate::base::aws::Partition;
use crate::base::outcome::Outcome;
use crate::base::s3_address::{S3Address, is_bucket_name};
use crate::base::shown::harmless;
use crate::fleet::iam::{Scope, Writable};

const EXAMPLES: &str = "\
Examples:
  albstats iam policy read --bucket acme-alb-logs --prefix eks
  albstats iam policy export --bucket acme-alb-logs --to s3://acme-alb-lake/v1
  albstats iam policy ingest --bucket acme-alb-logs --queue alb-logs --to s3://acme-alb-lake/v1
  albstats iam policy serve --bucket acme-alb-logs --queue alb-logs
  albstats iam policy athena --to s3://acme-alb-lake/v1 --output-location s3://acme-athena/albstats
  albstats iam policy reconcile-plan --bucket acme-alb-logs
  albstats iam policy reconcile-apply --bucket acme-alb-logs --account 111122223333 --cluster prod";

/// Print IAM policies
#[derive(Debug, Args)]
pub(super) struct IamArgs {
    #[command(subcommand)]
    command: IamCommand,
}

#[derive(Debug, Subcommand)]
enum IamCommand {
    Policy(PolicyArgs),
}

/// Print the least that has to be allowed, as a JSON policy
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
struct PolicyArgs {
    /// What is to be done: read (query), export, ingest, serve (with every rule of alerts; --to for hand_over), athena (athena
    /// sync, query --engine athena), inventory, reconcile-plan (see what logs, and check buckets) or reconcile-apply (switch
    /// logs on too)
    #[arg(value_enum, hide_possible_values = true)]
    purpose: Purpose,
    /// Bucket that the load balancers write to
    #[arg(long, value_name = "BUCKET", value_parser = bucket_name)]
    bucket: Option<String>,
    /// What stands before AWSLogs in it
    #[arg(long, value_name = "PREFIX", value_parser = key_prefix)]
    prefix: Option<String>,
    /// The export
    #[arg(long, value_name = "s3://…")]
    to: Option<S3Address>,
    /// ingest, serve: name of the queue that tells of new logs
    #[arg(long, value_name = "NAME", value_parser = queue_name)]
    queue: Option<String>,
    /// Where Athena puts results
    #[arg(long, value_name = "s3://…")]
    output_location: Option<S3Address>,
    /// Athena's database
    #[arg(long, value_name = "NAME", default_value = "albstats")]
    database: String,
    /// Athena's workgroup
    #[arg(long, value_name = "NAME", default_value = "primary")]
    workgroup: String,
    /// Athena's, the queue's or the load balancers' region [default: any]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Athena's, the queue's or the load balancers' account [default: any]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Key that the objects are encrypted with; may be repeated
    #[arg(long, value_name = "KEY_ARN")]
    kms: Vec<String>,
    /// reconcile-apply: only load balancers of this Kubernetes cluster [default: of any cluster]
    #[arg(long, value_name = "NAME", conflicts_with = "all_load_balancers")]
    cluster: Option<String>,
    /// reconcile-apply: all Application Load Balancers, whoever made them
    #[arg(long)]
    all_load_balancers: bool,
    /// aws, aws-cn or aws-us-gov [default: the region's, else aws]
    #[arg(long, value_name = "PARTITION")]
    partition: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Purpose {
    /// List and read logs.
    Read,
    /// Read logs, write an export.
    Export,
    /// Take logs in as they come.
    Ingest,
    /// Answer questions, and look at alerts.
    Serve,
    /// Ask Athena about an export, and make its tables.
    Athena,
    /// See what load balancers and target groups there are.
    Inventory,
    /// See which load balancers log, and check buckets.
    ReconcilePlan,
    /// Switch logs on.
    ReconcileApply,
}

pub(super) fn run(args: &IamArgs, global: &GlobalArgs) -> Result<Outcome> {
    let IamCommand::Policy(args) = &args.command;
    let scope = args.scope();
    let policy = match args.purpose {
        Purpose::Read => scope.read(),
        Purpose::Export => scope.export(),
        Purpose::Ingest => scope.ingest(args.to.is_some()),
        Purpose::Serve => scope.serve(args.to.is_some()),
        Purpose::Athena => scope.athena(),
        Purpose::Inventory => Scope::inventory(),
        Purpose::ReconcilePlan => scope.reconcile_plan(),
        Purpose::ReconcileApply => scope.reconcile_apply(&args.writable()),
    };
    let text = policy.to_json();
    print(&text)?;
    if !global.quiet {
        let placeholders = [("BUCKET", "--bucket"), ("LAKE", "--to")];
        for (name, flag) in placeholders.into_iter().filter(|(name, _)| text.contains(&format!(":{name}"))) {
            message(format_args!("notice: {name} has to be replaced: {flag}"));
        }
        if args.purpose == Purpose::Athena && args.output_location.is_none() {
            message(format_args!(
                "notice: nothing is allowed on results, as if Athena managed their storage: --output-location s3://…"
            ));
        }
        let reconciles = matches!(args.purpose, Purpose::ReconcilePlan | Purpose::ReconcileApply);
        if reconciles && args.prefix.is_none() {
            message(format_args!(
                "notice: only keys that begin with AWSLogs/ may be listed: --prefix, if [reconcile] has one"
            ));
        }
        if args.purpose == Purpose::ReconcileApply {
            message(format_args!(
                "notice: ModifyLoadBalancerAttributes covers every attribute, deletion protection too: IAM cannot say which"
            ));
        }
    }
    Ok(Outcome::Done)
}

impl PolicyArgs {
    fn writable(&self) -> Writable {
        match &self.cluster {
            Some(cluster) => Writable::OfCluster(cluster.clone()),
            None if self.all_load_balancers => Writable::All,
            None => Writable::OfAnyCluster,
        }
    }

    fn scope(&self) -> Scope {
        let any = || "*".to_owned();
        let partition = self.partition.clone();
        Scope {
            partition: partition.unwrap_or_else(|| Partition::of(self.region.as_deref().unwrap_or("")).name.to_owned()),
            region: self.region.clone().unwrap_or_else(any),
            account: self.account.clone().unwrap_or_else(any),
            logs: S3Address {
                bucket: self.bucket.clone().unwrap_or_else(|| "BUCKET".to_owned()),
                prefix: self.prefix.as_deref().unwrap_or("").trim_matches('/').to_owned(),
            },
            export: self.to.clone().unwrap_or_else(placeholder),
            queue: self.queue.clone(),
            results: self.output_location.clone(),
            database: self.database.clone(),
            workgroup: self.workgroup.clone(),
            keys: self.kms.clone(),
        }
    }
}

fn bucket_name(text: &str) -> Result<String> {
    if !is_bucket_name(text) {
        bail!("expected the name of a bucket such as acme-alb-logs");
    }
    Ok(text.to_owned())
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
pub(super) fn queue_name(text: &str) -> Result<String> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "-_".contains(char);
    if text.is_empty() || text.len() > 80 || !text.chars().all(allowed) {
        bail!("expected the name of a queue such as alb-logs");
    }
    Ok(text.to_owned())
}

/// In a policy, `*` and `?` stand for anything and `${…}` for what asks.
fn key_prefix(text: &str) -> Result<String> {
    if text.contains(['*', '?']) || text.contains("${") || harmless(text) != text {
        bail!("expected the start of keys, without *, ? and ${{");
    }
    Ok(text.to_owned())
}

fn placeholder() -> S3Address {
    S3Address { bucket: "LAKE".to_owned(), prefix: String::new() }
}
