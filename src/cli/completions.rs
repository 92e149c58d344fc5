//! `albstats completions`: completion scripts for shells.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, print};
use crate::base::outcome::Outcome;

const EXAMPLES: &str = "\
Examples:
  albstats completions bash > ~/.local/share/bash-completion/completions/albstats
  albstats completions zsh > ~/.zfunc/_albstats
  albstats completions fish > ~/.config/fish/completions/albstats.fish";

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "albstats", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}
