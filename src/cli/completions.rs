//! `albstats completions`: completion scripts for shells.

use clap::{Args, Command};
use clap_complete::Shell;

use super::common::print;
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

pub(super) fn run(args: &CompletionsArgs, mut command: Command) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "albstats", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}
