//! `albstats reconcile`: switches the logs of load balancers on, as `[reconcile]` in `albstats.toml` says.

mod apply;
mod forget;
mod plan;
mod suggest;
mod watch;

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use super::common::{GlobalArgs, message};
use crate::base::config::{Config, Environment, LogPolicy, Overrides, Setting};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::fleet::kubernetes::kubectl;
use crate::fleet::reconcile::{Look, Problem};

pub(super) use watch::{Kept, go_on};

/// What is printed after the options.
fn examples() -> String {
    format!(
        "\
A policy in albstats.toml says which load balancers log where; without a selector, nothing is selected:

  [reconcile]
  bucket = \"acme-alb-logs-{{region}}\"     # {{account}}, {{region}}, {{cluster}}, {{name}}
  prefix = \"eks/{{cluster}}\"
  [reconcile.select.prod]
  regions = [\"eu-west-1\"]
  clusters = [\"*\"]                      # or names = [\"k8s-*\"], tags = {{ team = \"shop\" }}

Examples:
  albstats reconcile plan --kubernetes live -o plan.json
  albstats reconcile apply plan.json --kubernetes live
  albstats reconcile watch --kubernetes live --listen 9464

Without a way to the cluster's API server, from files:
{kubectl}
  albstats reconcile plan --kubernetes cluster.json -o plan.json
  albstats reconcile apply plan.json --kubernetes cluster.json
  albstats reconcile watch --kubernetes cluster.json --listen 9464

Nothing is written that Kubernetes declares, that goes elsewhere, or that somebody switched off or \
opted out: docs/reconciler.md has the rules, and what the rights can be abused for. kubectl says so where a cluster does \
not have a kind, and goes on with the others.",
        kubectl = kubectl::lines("  ", "cluster.json")
    )
}

/// Switch the logs of load balancers on, and keep them on
#[derive(Debug, Args)]
#[command(after_help = examples())]
pub(super) struct ReconcileArgs {
    #[command(subcommand)]
    command: ReconcileCommand,
}

#[derive(Debug, Subcommand)]
enum ReconcileCommand {
    Plan(plan::PlanArgs),
    Apply(apply::ApplyArgs),
    Watch(watch::WatchArgs),
    Suggest(suggest::SuggestArgs),
    Forget(forget::ForgetArgs),
}

pub(super) fn run(args: &ReconcileArgs, global: &GlobalArgs) -> Result<Outcome> {
    match &args.command {
        ReconcileCommand::Plan(args) => plan::run(args, global),
        ReconcileCommand::Apply(args) => apply::run(args, global),
        ReconcileCommand::Watch(args) => watch::run(args, global),
        ReconcileCommand::Suggest(args) => suggest::run(args, global),
        ReconcileCommand::Forget(args) => forget::run(args),
    }
}

/// The file of the history in a folder of what is kept.
pub(super) const HISTORY: &str = "reconcile.json";

/// Where the history is kept.
#[derive(Debug, Args)]
pub(super) struct StateArgs {
    /// Where it is kept what was written [default: ~/.local/state/albstats/reconcile.json]
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

impl StateArgs {
    /// As it was typed, to be typed again.
    fn words(&self) -> impl Iterator<Item = String> {
        let state = self.state.iter().map(|path| path.display().to_string());
        state.flat_map(|path| ["--state".to_owned(), path])
    }

    fn path(&self) -> Result<PathBuf> {
        match &self.state {
            Some(path) => Ok(path.clone()),
            None => Self::usual(),
        }
    }

    /// What has to be typed for a history that is kept there.
    pub(super) fn words_of(path: &Path) -> Vec<String> {
        let is_usual = Self::usual().is_ok_and(|usual| usual == path);
        if is_usual { Vec::new() } else { vec!["--state".to_owned(), path.display().to_string()] }
    }

    fn usual() -> Result<PathBuf> {
        let folder = Environment::of_process()?.user_folder("XDG_STATE_HOME", ".local/state");
        let none = || Message::new("no home folder to keep the history in").hint("--state FILE");
        Ok(folder.ok_or_else(none)?.join(HISTORY))
    }
}

/// What Kubernetes declares.
#[derive(Debug, Clone, Args)]
pub(super) struct KubernetesArgs {
    /// What Kubernetes declares: `live`, the cluster itself, by the kubeconfig or from within (`live:CONTEXT` for another
    /// context); a file as kubectl prints it (`reconcile --help` has the command); `-` for standard input; may be repeated
    #[arg(long, value_name = "[CLUSTER=]FILE|live")]
    pub(super) kubernetes: Vec<String>,
}

impl KubernetesArgs {
    fn given(&self) -> bool {
        !self.kubernetes.is_empty()
    }

    /// As it was typed, to be typed again.
    fn words(&self) -> impl Iterator<Item = String> {
        self.kubernetes.iter().flat_map(|file| ["--kubernetes".to_owned(), file.clone()])
    }
}

/// The policy; where there is none, what one looks like.
fn policy(global: &GlobalArgs) -> Result<(Config, Setting<LogPolicy>)> {
    let config = global.load_config(Overrides::default())?;
    let Some(policy) = config.reconcile.clone() else {
        bail!(Message::new("no policy: albstats.toml has no [reconcile]").hint("albstats reconcile --help shows one"));
    };
    Ok((config, policy))
}

fn tell_problems(problems: &[Problem]) {
    problems.iter().map(told).for_each(message);
}

fn told(Problem { place, reason }: &Problem) -> Message {
    reason.clone().after(format_args!("warning: {place}: "))
}

fn tell_notes(look: &Look, quiet: bool) {
    for note in look.notes.iter().filter(|_| !quiet) {
        message(note.clone().after("notice: "));
    }
}
