//! The flags that every subcommand understands.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::messages::message;
use crate::base::config::{Config, Environment, Overrides};

/// What every subcommand understands.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct GlobalArgs {
    /// Read this configuration file [default: ./albstats.toml or an ancestor's, then ~/.config/albstats/albstats.toml]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    config: Option<PathBuf>,
    /// Print no counts and hints on standard error, only errors and what could not be read
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(in crate::cli) quiet: bool,
    /// Say more about what is being done (-vv: even more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub(in crate::cli) verbose: u8,
}

impl GlobalArgs {
    /// The same for work of which nobody watches standard error.
    pub(in crate::cli) fn silent(&self) -> Self {
        Self { quiet: true, ..self.clone() }
    }

    /// What decides the answer, as it was typed, to be typed again.
    pub(in crate::cli) fn words(&self) -> impl Iterator<Item = String> {
        let config = self.config.iter().map(|path| path.display().to_string());
        config.flat_map(|path| ["--config".to_owned(), path])
    }

    /// The same with other flags, when what is odd has been said.
    pub(in crate::cli) fn load_config_again(&self, flags: Overrides) -> Result<Config> {
        Config::load(self.config.as_deref(), &Environment::of_process()?, flags)
    }

    /// File, environment and flags; says what is odd about them.
    pub(in crate::cli) fn load_config(&self, flags: Overrides) -> Result<Config> {
        let config = self.load_config_again(flags)?;
        for warning in &config.warnings {
            message(format_args!("warning: {warning}"));
        }
        Ok(config)
    }
}
