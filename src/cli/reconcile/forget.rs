//! `albstats reconcile forget`: gives a load balancer another chance after somebody undid what was written.

use anyhow::{Result, bail};
use clap::Args;

use super::super::common::message;
use super::StateArgs;
use crate::base::aws::Arn;
use crate::base::clock::now;
use crate::base::outcome::Outcome;
use crate::fleet::reconcile::{HistoryFile, LogId, read_history};

/// Forget what was written to a load balancer, so that it is decided about anew
#[derive(Debug, Args)]
pub(super) struct ForgetArgs {
    /// Its name, app/NAME/ID or ARN
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) fn run(args: &ForgetArgs) -> Result<Outcome> {
    let path = args.state.path()?;
    let held = HistoryFile::hold(&path)?;
    let mut history = read_history(&path, now())?;
    let before = history.logs.len();
    history.logs.retain(|log, _| !is_named(log, &args.name));
    if history.logs.len() == before {
        bail!("nothing was ever written to {}", args.name);
    }
    held.save(&history)?;
    message(format_args!("forgot {} logs of {}", before - history.logs.len(), args.name));
    Ok(Outcome::Done)
}

fn is_named(log: &LogId, name: &str) -> bool {
    let elb = Arn::parse(&log.arn).and_then(|arn| arn.load_balancer()).unwrap_or_default();
    log.arn == name || elb == name || elb.split('/').nth(1) == Some(name)
}
