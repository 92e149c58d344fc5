//! `albstats reconcile plan`: shows what would be written; writes nothing but the plan's own file.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::super::common::GlobalArgs;
use super::super::common::source::runtime;
use super::{KubernetesArgs, StateArgs, intents, policy, tell_notes, tell_problems};
use crate::base::clock::now;
use crate::base::outcome::Outcome;
use crate::base::shell::quoted;
use crate::fleet::reconcile::{self, Decision, Heading, Look, PlanFile, State, observe, plan, screen};
use crate::output::human;
use crate::output::{Destination, Format};

/// Show what would be written, and what is left alone and why; never writes (exit 1: something would change)
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    kubernetes: KubernetesArgs,
    #[command(flatten)]
    state: StateArgs,
    /// Write the plan to a file, for `reconcile apply`
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the plan as JSON: what -o writes
    #[arg(long)]
    json: bool,
    /// Show every load balancer, not only the first of each sort
    #[arg(long)]
    all: bool,
    /// Try again what was refused before, without waiting: the bucket or the rights have been mended
    #[arg(long)]
    retry: bool,
}

pub(super) fn run(args: &PlanArgs, global: &GlobalArgs) -> Result<Outcome> {
    let (config, policy) = policy(global)?;
    let files = args.kubernetes.read()?;
    let mut history = reconcile::read_history(&args.state.path()?, now())?;
    if args.retry {
        history = history.without_refusals();
    }
    let (look, problems) = runtime(&config)?.block_on(async {
        let (accounts, problems) = reconcile::open(&policy.value).await;
        (observe(&policy.value, &accounts, &history, now()).await, problems)
    });
    if look.askable.is_empty() && !problems.is_empty() && policy.value.select.len() == problems.len() {
        tell_problems(&problems);
        bail!("no account could be asked");
    }
    history.note(&look.observed);
    let intents = intents(files, &look)?;
    let decisions = plan(&policy.value, &intents, &look.observed, &history, now());
    let file = PlanFile::new(&decisions, &look.observed, &intents, now());
    if let Some(path) = &args.output {
        let mut destination = Destination::open(Some(path), Format::Json)?;
        destination.write_all(file.to_json().as_bytes())?;
        destination.commit()?;
    }
    let mut destination = Destination::open(None, Format::Table)?;
    if args.json {
        destination.write_all(file.to_json().as_bytes())?;
    } else {
        let layout = destination.table_layout();
        let heading = Heading {
            file: policy.origin.to_string(),
            policy: &policy.value,
            intents: &intents,
            width: layout.width,
            all: args.all,
        };
        let text = screen(&heading, &look.observed, &decisions) + &closing(args, &policy.value, &decisions, &file);
        destination.write_all(text.as_bytes())?;
    }
    destination.commit()?;
    tell_notes(&look, global.quiet);
    tell_problems(&problems);
    tell_problems(&look.problems);
    Ok(outcome(&look, problems.len(), &file))
}

fn outcome(look: &Look, problems: usize, file: &PlanFile) -> Outcome {
    if !look.problems.is_empty() || problems > 0 {
        Outcome::Incomplete
    } else if file.writes.is_empty() {
        Outcome::Done
    } else {
        Outcome::ConditionHolds
    }
}

/// The last lines: what was not read, and what to do next.
fn closing(
    args: &PlanArgs,
    policy: &crate::base::config::LogPolicy,
    decisions: &[Decision],
    file: &PlanFile,
) -> String {
    let mut lines = Vec::new();
    if decisions.iter().any(|decision| matches!(decision.state, State::Unread(_))) && !args.kubernetes.given() {
        lines.push(
            "note  Kubernetes was not read: cluster-tagged load balancers are shown, not written (--kubernetes FILE)"
                .to_owned(),
        );
    }
    let writes = file.writes.len();
    if writes > 0 {
        let path = args.output.as_ref().map(|path| quoted(&path.display().to_string()));
        let next = match path {
            Some(path) => format!("albstats reconcile apply {path}"),
            None => "albstats reconcile plan -o plan.json; albstats reconcile apply plan.json".to_owned(),
        };
        lines.push(format!(
            "next  {next}     {}, {}; only the keys above",
            human::plural(writes as u64, "write"),
            how_long(writes, policy)
        ));
    }
    if lines.is_empty() { String::new() } else { format!("\n{}\n", lines.join("\n")) }
}

/// `~1 min`: one request after another, at the policy's pace.
fn how_long(writes: usize, policy: &crate::base::config::LogPolicy) -> String {
    let writes = u32::try_from(writes).unwrap_or(u32::MAX);
    let seconds = f64::from(writes.saturating_sub(1)) / policy.budget.modify_per_second;
    if seconds < 60. { "less than a minute".to_owned() } else { format!("~{:.0} min", (seconds / 60.).ceil()) }
}
