//! `albstats reconcile plan`: shows what would be written; writes nothing but the plan's own file.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;

use super::super::common::kubernetes::{intents, named, read};
use super::super::common::printing::PrintingArgs;
use super::super::common::source::runtime;
use super::super::common::{GlobalArgs, warn};
use super::{KubernetesArgs, StateArgs, policy, tell_notes, tell_problems};
use crate::base::clock::now;
use crate::base::config::{Config, LogPolicy};
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::cli::common::presenting::Output;
use crate::fleet::cluster::DECLARATIONS;
use crate::fleet::reconcile::{self, Again, Decision, Heading, Look, PlanFile, State, document, observe, plan};
use crate::output::document::{Block, Next, Note};
use crate::output::{Format, human};

const EXAMPLES: &str = "\
Signs: + switched on · - switched off · ? a cluster's, which was not read · = left alone · ! in the way

-o plan.json, or a name without a known extension, keeps the plan for `reconcile apply`, beside what is shown; --format json \
prints it. With another format or extension, what is shown goes there: every load balancer, one row for logs that stand alike.

Examples:
  albstats reconcile plan --kubernetes live -o plan.json
  albstats reconcile apply plan.json --kubernetes live
  albstats reconcile plan --kubernetes prod=live:prod --kubernetes staging=staging.json
  albstats reconcile plan -o plan.html
  albstats reconcile plan --format csv";

/// Show what would be written, and what is left alone and why; never writes (exit 1: something would change)
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    kubernetes: KubernetesArgs,
    #[command(flatten)]
    state: StateArgs,
    /// Print the plan's file, as --format json does
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Show every load balancer, not only the first of each sort
    #[arg(long)]
    all: bool,
    /// Try again what was refused before, without waiting: the bucket or the rights have been mended
    #[arg(long)]
    retry: bool,
    #[command(flatten)]
    printing: PrintingArgs,
}

/// What is printed, and the file that keeps the plan for `apply`.
struct Printing<'a> {
    output: Output,
    kept: Option<(&'a Path, Output)>,
}

impl PlanArgs {
    /// `-o FILE` keeps the plan, and the screen is printed as well, unless a format of something else is named.
    fn printing(&self, config: &Config) -> Result<Printing<'_>> {
        let PrintingArgs { format, output } = &self.printing;
        let path = output.as_deref().filter(|path| *path != Path::new("-"));
        let Some(path) = path else {
            let format = if self.json { Format::Json } else { self.printing.choose(config)? };
            return Ok(Printing { output: Output::to(None, format)?, kept: None });
        };
        let named = if self.json { Some(Format::Json) } else { format.or_else(|| Format::from_path(path)) };
        Ok(match named.unwrap_or(Format::Json) {
            Format::Json => {
                let format = if self.json { Format::Json } else { Format::Table };
                let kept = Output::to(Some(path), Format::Json)?;
                Printing { output: Output::to(None, format)?, kept: Some((path, kept)) }
            }
            format => Printing { output: Output::to(Some(path), format)?, kept: None },
        })
    }
}

pub(super) fn run(args: &PlanArgs, global: &GlobalArgs) -> Result<Outcome> {
    let (config, policy) = policy(global)?;
    let Printing { output, kept } = args.printing(&config)?;
    let runtime = runtime(&config)?;
    let declared = runtime.block_on(read(&args.kubernetes.kubernetes, DECLARATIONS))?;
    let mut history = reconcile::read_history(&args.state.path()?, now())?;
    if args.retry {
        history = history.without_refusals();
    }
    let (look, opened, problems) = runtime.block_on(async {
        let (accounts, problems) = reconcile::open(&policy.value).await;
        (observe(&policy.value, &accounts, &history, now()).await, accounts.len(), problems)
    });
    // A plan of nothing would say that there is nothing to do, and take the place of one that knows better.
    if look.askable.is_empty() && problems.len() + look.problems.len() > 0 && look.problems.len() >= opened {
        tell_problems(&problems);
        tell_problems(&look.problems);
        let kept = kept.map(|(path, _)| format!("; {} stays as it is", Shown(path.display())));
        bail!("no account could be asked{}", kept.unwrap_or_default());
    }
    history.note(&look.observed);
    let intents = intents(named(declared.clusters), &look)?;
    let decisions = plan(&policy.value, &intents, &look.observed, &history, now());
    let file = PlanFile::new(&decisions, &look.observed, &intents, now());
    let keep = |(path, kept): (_, Output)| kept.write_text(&file.to_json()).map(|()| path);
    let kept_in = kept.map(keep).transpose()?;
    if output.format() == Format::Json {
        output.write_text(&file.to_json())?;
    } else {
        let heading = Heading {
            file: policy.origin.to_string(),
            policy: &policy.value,
            intents: &intents,
            again: Again { state: args.state.words().collect(), config: global.words().collect() },
            // What is left out is said on a screen only.
            all: args.all || output.format() != Format::Table,
        };
        let mut document = document(&heading, &look.observed, &decisions);
        document.blocks.extend(unread(args, &decisions));
        document.next = next((args, global), kept_in, &policy.value, file.writes.len());
        output.write(&document)?;
    }
    tell_notes(&look, global.quiet);
    tell_problems(&problems);
    tell_problems(&look.problems);
    warn(&declared.problems);
    Ok(outcome(&look, problems.len() + declared.problems.len(), &file))
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

/// That clusters were not read, where that is why something is not written.
fn unread(args: &PlanArgs, decisions: &[Decision]) -> Option<Block> {
    let is_unread = decisions.iter().any(|decision| matches!(decision.state, State::Unread(_)));
    let text =
        "Kubernetes was not read: cluster-tagged load balancers are shown, not written (--kubernetes live, or FILE)";
    let note = Note { label: "note".to_owned(), parts: vec![text.to_owned()] };
    (is_unread && !args.kubernetes.given()).then(|| Block::Notes(vec![note]))
}

/// What to type to have it written.
fn next((args, global): (&PlanArgs, &GlobalArgs), plan: Option<&Path>, policy: &LogPolicy, writes: usize) -> Vec<Next> {
    if writes == 0 {
        return Vec::new();
    }
    let path = plan.unwrap_or(Path::new("plan.json")).display().to_string();
    let more: Vec<String> = args.kubernetes.words().chain(args.state.words()).chain(global.words()).collect();
    let command = |words: &[&str]| {
        let words = ["albstats", "reconcile"].iter().chain(words).map(|word| (*word).to_owned());
        Next::command(words.chain(more.iter().cloned()))
    };
    let make = plan.is_none().then(|| command(&["plan", "-o", &path]));
    let why = format!("{}, {}; only the keys above", human::plural(writes as u64, "write"), how_long(writes, policy));
    make.into_iter().chain([command(&["apply", &path]).because(why)]).collect()
}

/// `~1 min`: one request after another, at the policy's pace.
fn how_long(writes: usize, policy: &LogPolicy) -> String {
    let writes = u32::try_from(writes).unwrap_or(u32::MAX);
    let seconds = f64::from(writes.saturating_sub(1)) / policy.budget.modify_per_second;
    if seconds < 60. { "less than a minute".to_owned() } else { format!("~{:.0} min", (seconds / 60.).ceil()) }
}
