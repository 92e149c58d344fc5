//! `albstats reconcile apply`: writes what a plan shows, if it is still what would be decided.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::super::common::interruption::asked_to_end;
use super::super::common::kubernetes::{LeaseArgs, Watched, older_than};
use super::super::common::source::runtime;
use super::super::common::{GlobalArgs, message, warn};
use super::{KubernetesArgs, StateArgs, policy, tell_notes, tell_problems};
use crate::base::aws::Arn;
use crate::base::clock::now;
use crate::base::config::{LogPolicy, Undeclared};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::s3_address::address;
use crate::base::shell::quoted;
use crate::base::shown::Shown;
use crate::cli::common::presenting::Output;
use crate::fleet::kubernetes::kubectl;
use crate::fleet::reconcile::{
    self, Decision, Declared, Done, HistoryFile, LogId, Look, Objection, PlanFile, Stop, Stopper, apply, observe, plan,
    verify,
};
use crate::output::document::{Document, Head, Next};
use crate::output::{Format, harmless};

/// Write what a plan shows, the canary first; refuses if anything has changed since
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// The plan, from `reconcile plan -o`
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
    #[command(flatten)]
    kubernetes: KubernetesArgs,
    #[command(flatten)]
    lease: LeaseArgs,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) fn run(args: &ApplyArgs, global: &GlobalArgs) -> Result<Outcome> {
    let (config, policy) = policy(global)?;
    let text =
        std::fs::read_to_string(&args.plan).with_context(|| format!("cannot read {}", Shown(args.plan.display())))?;
    let planned = PlanFile::parse(&text, now()).with_context(|| Shown(args.plan.display()).to_string())?;
    for file in older_than(&args.kubernetes.kubernetes, planned.made_at).filter(|_| !global.quiet) {
        message(format_args!("notice: {file} is older than the plan: what was declared since is not in it"));
    }
    let path = args.state.path()?;
    let held = HistoryFile::hold(&path)?;
    // Who applies a plan has seen it: refusals are no reason to wait.
    let mut history = reconcile::read_history(&path, now())?.without_refusals();
    let runtime = runtime(&config)?;
    runtime.block_on(async {
        let lease = args.lease.take(&args.kubernetes.kubernetes).await?;
        let forbids = |_: &str| {
            let lost = lease.as_ref().is_some_and(|lease| !lease.is_held());
            lost.then(|| "another one holds the Lease by now".to_owned())
        };
        let applied =
            Box::pin(apply_planned((args, global), &policy.value, &planned, (&mut history, &held), &forbids)).await;
        if let Some(lease) = lease {
            lease.give_up().await;
        }
        applied
    })
}

/// Looks, decides and writes what was planned, as long as nobody `forbids` it.
async fn apply_planned(
    (args, global): (&ApplyArgs, &GlobalArgs),
    policy: &LogPolicy,
    planned: &PlanFile,
    (history, held): (&mut reconcile::History, &HistoryFile),
    forbids: &Objection<'_>,
) -> Result<Outcome> {
    let declared = Watched::begin(&args.kubernetes.kubernetes).await?;
    declared.settled().await;
    declared.read()?;
    let (accounts, problems) = reconcile::open(policy).await;
    let look = observe(policy, &accounts, history, now()).await;
    history.note(&look.observed);
    held.save(history)?;
    if !args.kubernetes.given() && policy.kubernetes == Undeclared::Required {
        let clusters = planned.clusters(&look.observed);
        if !clusters.is_empty() {
            bail!(unread((args, global), &clusters));
        }
    }
    let intents = look.intents(&declared.clusters(&look)?);
    let decisions = plan(policy, &intents, &look.observed, history, now());
    tell_problems(&problems);
    tell_problems(&look.problems);
    let not_read = declared.problems();
    warn(&not_read);
    tell_notes(&look, global.quiet);
    let wanted = planned.check(&decisions, &look.observed)?;
    let incomplete = !problems.is_empty() || !look.problems.is_empty() || !not_read.is_empty();
    let objection = |arn: &str| declared.objection(&look, &intents, arn).or_else(|| forbids(arn));
    let done = write(&wanted, &look, history, held, &objection, global.quiet).await?;
    let verified = confirm(&done, &look).await;
    let more = args.kubernetes.words().chain(args.state.words()).chain(global.words());
    Output::to(None, Format::Table)?.write(&summary(&done, &verified, more))?;
    let all_written = done.iter().all(|(_, done)| *done == Done::Sent(reconcile::Outcome::Written));
    Ok(if all_written && !incomplete { Outcome::Done } else { Outcome::Incomplete })
}

/// That nobody knows what clusters declare by now, and how to read it.
fn unread((args, global): (&ApplyArgs, &GlobalArgs), clusters: &BTreeSet<String>) -> Message {
    let file = |cluster: &str| format!("{}.json", if is_plain(cluster) { cluster } else { "cluster" });
    let named: Vec<&str> = clusters.iter().map(String::as_str).collect();
    let files: Vec<(String, String)> = match named[..] {
        [_] => vec![("cluster.json".to_owned(), "cluster.json".to_owned())],
        _ => named.iter().map(|name| (file(name), format!("{name}={}", file(name)))).collect(),
    };
    let plan = args.plan.display().to_string();
    let words = ["albstats".to_owned(), "reconcile".to_owned(), "apply".to_owned(), plan].into_iter();
    let flags = files.iter().flat_map(|(_, named)| ["--kubernetes".to_owned(), named.clone()]);
    let command: Vec<String> = words
        .chain(flags)
        .chain(args.lease.words())
        .chain(args.state.words())
        .chain(global.words())
        .map(|word| quoted(&harmless(&word)))
        .collect();
    let whose: Vec<&str> = named.iter().map(|name| if name.is_empty() { "a cluster" } else { name }).collect();
    let told = Message::new(format_args!(
        "the plan has load balancers of {}, and what is declared there by now was not read; nothing was written",
        whose.join(", ")
    ));
    let told = files.iter().fold(told, |told, (file, _)| told.hint(kubectl::command(file)));
    told.hint(command.join(" "))
}

/// Whether a cluster's name is one that EKS takes, and a file's then.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric() || "-_".contains(char))
}

type Results = Vec<(LogId, Done)>;

async fn write(
    wanted: &[&Decision],
    look: &Look,
    history: &mut reconcile::History,
    held: &HistoryFile,
    objection: &Objection<'_>,
    quiet: bool,
) -> Result<Results> {
    let stopper = Arc::new(Stopper::default());
    let interrupt = tokio::spawn({
        let stopper = Arc::clone(&stopper);
        async move {
            asked_to_end().await;
            stopper.stop();
        }
    });
    let mut results = Results::new();
    let mut tell = |log: &LogId, done: &Done| {
        if !quiet || !matches!(done, Done::Sent(reconcile::Outcome::Written)) {
            message(line(look, log, done));
        }
        results.push((log.clone(), done.clone()));
    };
    let stops = (stopper.stop_flag(), &Stop::default());
    let applied = apply(wanted, look, history, held, stops, objection, &mut tell).await;
    interrupt.abort();
    applied?;
    if results.is_empty() && !wanted.is_empty() {
        bail!("nothing was written");
    }
    Ok(results)
}

/// `k8s-search-9a8b7c6d5e health-check: written`
fn line(look: &Look, log: &LogId, done: &Done) -> Message {
    let seen = look.observed.seen(log);
    let name = seen.map_or(log.arn.as_str(), |seen| seen.load_balancer.name.as_str());
    match done {
        Done::Sent(outcome) if *outcome == reconcile::Outcome::Written => {
            format_args!("{name} {}: written", log.kind).into()
        }
        Done::Sent(outcome) => {
            let refused: Message = format_args!("{name} {}: refused: {}", log.kind, outcome.text()).into();
            advice(look, log, outcome).map(|fix| format!("fix: {fix}")).into_iter().fold(refused, Message::line)
        }
        Done::Skipped(why) => format_args!("{name} {}: not written: {why}", log.kind).into(),
    }
}

/// What to type about a refusal.
fn advice(look: &Look, log: &LogId, outcome: &reconcile::Outcome) -> Option<String> {
    let seen = look.observed.seen(log)?;
    Some(match outcome {
        reconcile::Outcome::Bucket(_) | reconcile::Outcome::Region(_) => {
            let to = look.observed.preflights.keys();
            let account = seen.load_balancer.account();
            // Each region may have a bucket of its own.
            let region = Arn::parse(&log.arn)?.region;
            let delivery = to.into_iter().find(|one| one.account == account && one.region == region)?;
            let place = address(&delivery.bucket, &delivery.prefix);
            let region = &delivery.region;
            format!(
                "albstats bucket check {place} --account {account} --region {region} says what is missing; albstats \
                 bucket policy {place} --account {account} --region {region} prints it (--with-legacy if it is all there)"
            )
        }
        reconcile::Outcome::Iam(_) => "albstats iam policy reconcile-apply prints what must be allowed".to_owned(),
        _ => return None,
    })
}

/// What is there of what was written.
async fn confirm(done: &Results, look: &Look) -> Vec<Result<reconcile::Verified>> {
    let mut verified = Vec::new();
    for (log, done) in done {
        if *done == Done::Sent(reconcile::Outcome::Written) {
            verified.push(verify(look, log).await);
        }
    }
    verified
}

/// `12 written · 12 read back as on · 12 test objects seen`, and when logs follow.
/// `more` is what the next command needs to be about the same.
fn summary(done: &Results, verified: &[Result<reconcile::Verified>], more: impl Iterator<Item = String>) -> Document {
    let kept = verified.iter().filter(|it| it.as_ref().is_ok_and(|it| it.kept)).count();
    let seen = verified.iter().filter(|it| it.as_ref().is_ok_and(|it| it.test_object == Some(true))).count();
    let unknown = verified.iter().filter(|it| it.as_ref().is_ok_and(|it| it.kept && it.test_object.is_none())).count();
    let left = done.len() - verified.len();
    let not = if left > 0 { format!(", {left} not") } else { String::new() };
    let mut parts = vec![format!("{} written{not}", verified.len())];
    let mut next = Vec::new();
    if !verified.is_empty() {
        let unknown = if unknown > 0 { format!(", {unknown} could not be looked for") } else { String::new() };
        parts.extend([format!("{kept} read back as on"), format!("{seen} test objects seen{unknown}")]);
        let why = "in about ten minutes it says whether logs arrive".to_owned();
        let plan = ["albstats", "reconcile", "plan"].map(ToOwned::to_owned);
        next.push(Next::command(plan.into_iter().chain(more)).because(why));
    }
    Document { head: Head { lines: vec![parts], warnings: Vec::new() }, next, ..Document::default() }
}
