//! `albstats cache`: what is kept of objects of buckets, and how to be rid of it.

use std::path::Path;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::common::{GlobalArgs, print};
use crate::base::clock::{of_system, to_the_second};
use crate::base::config::{Config, Overrides};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::output::human::{bytes, plural};
use crate::read::storage::cache::{self, Usage};

const EXAMPLES: &str = "\
Objects of S3 are kept where `--cache 5GiB`, `cache = \"5GiB\"` in albstats.toml or ALBSTATS_CACHE says so: whole, as they are \
stored, below ~/.cache/albstats, readable by nobody else. Those that were used longest ago go first.

Examples:
  albstats query --from prod --since 6h --cache 5GiB \"SELECT elb, count(*) FROM requests GROUP BY elb\"
  albstats cache show
  albstats cache clear";

/// Show or clear the objects of S3 that are kept on this machine
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CacheArgs {
    #[command(subcommand)]
    command: CacheCommand,
}

#[derive(Debug, Subcommand)]
enum CacheCommand {
    /// Print where it is, how large it is and how large it may be
    Show,
    /// Remove all objects from it
    Clear,
}

pub(super) fn run(args: &CacheArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let folder = config.cache_folder.as_deref();
    let folder = folder.context(Message::new("no folder for a cache is known").hint("XDG_CACHE_HOME or HOME"))?;
    match args.command {
        CacheCommand::Show => {
            let usage = cache::usage(folder).with_context(|| format!("cannot read {}", Shown(folder.display())))?;
            print(&shown(folder, &usage, &config))?;
        }
        CacheCommand::Clear => {
            let gone = cache::clear(folder).with_context(|| format!("cannot clear {}", Shown(folder.display())))?;
            print(&format!("removed {}, {}\n", plural(gone.objects, "object"), bytes(gone.bytes)))?;
        }
    }
    Ok(Outcome::Done)
}

fn shown(folder: &Path, usage: &Usage, config: &Config) -> String {
    let limit = match &config.cache {
        Some(limit) if limit.value.0 > 0 => format!("{} ({})", limit.value, limit.origin),
        _ => "- (nothing is kept: --cache 5GiB)".to_owned(),
    };
    let oldest = usage.oldest.and_then(of_system);
    let oldest = oldest.map_or_else(|| "-".to_owned(), |time| format!("{} UTC", to_the_second(time)));
    let (objects, size) = (usage.objects, bytes(usage.bytes));
    format!(
        "folder      {}\nobjects     {objects}\nsize        {size}\nlimit       {}\noldest use  {oldest}\n",
        Shown(folder.display()),
        Shown(limit)
    )
}
