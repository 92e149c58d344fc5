//! `albstats completions`: how shells complete what is typed. The scripts ask the program itself each time, so that sources,
//! load balancers and reports are those that there are.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_complete::env::{CompleteEnv, Shells};

use super::common::{message, print};
use crate::base::outcome::{FAILED, Outcome};

const EXAMPLES: &str = "\
Completed are commands and flags, reports, what --by takes, formats, kinds of log, tables, time zones, sources of \
albstats.toml, and the load balancers, target groups and services that `albstats inventory` keeps.

Examples:
  albstats completions bash > ~/.local/share/bash-completion/completions/albstats
  albstats completions zsh > ~/.zfunc/_albstats
  albstats completions fish > ~/.config/fish/completions/albstats.fish";

/// How the scripts ask: the shell's name.
const VARIABLE: &str = "ALBSTATS_COMPLETE";

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<Outcome> {
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let Some(shell) = shells.completer(&name) else { anyhow::bail!("no script for {name}") };
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "albstats", "albstats", "albstats", &mut script)?;
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}

/// Answers a shell that asks what may be typed; none if no shell does.
pub(super) fn answer(command: fn() -> Command) -> Option<ExitCode> {
    let folder = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(command).var(VARIABLE);
    match asked.try_complete(std::env::args_os(), folder.as_deref()) {
        Ok(false) => None,
        Ok(true) => Some(ExitCode::SUCCESS),
        Err(error) => {
            message(format_args!("error: {}", crate::base::shown::Shown(error.to_string().trim())));
            Some(ExitCode::from(FAILED))
        }
    }
}
