//! What target groups are called: `--target-groups FILE`, else the inventory that is kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use clap::Args;

use super::global::GlobalArgs;
use super::messages::message;
use crate::ask::query::Engine;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::fleet::inventory::Inventory;
use crate::fleet::inventory::target_groups::TargetGroups;
use crate::fleet::inventory::targets::{Holders, KeptTargets};

/// Where the inventory is.
#[derive(Debug, Args)]
pub(in crate::cli) struct TargetGroupsArgs {
    /// What target groups are called: CSV or JSON with arn, namespace, service, ingress; in SQL, table target_groups [default: what `albstats inventory` keeps]
    #[arg(long, value_name = "FILE", help_heading = "What to read")]
    target_groups: Option<PathBuf>,
}

/// What there is.
#[derive(Debug, Default)]
pub(in crate::cli) struct Known {
    /// What target groups are called.
    pub(in crate::cli) groups: TargetGroups,
    /// Whether anything says so.
    is_there: bool,
    /// Load balancers; none if it was not kept by us.
    inventory: Inventory,
    /// Whose the addresses of targets were.
    targets: Arc<KeptTargets>,
}

impl Known {
    /// Makes what there is tables.
    pub(in crate::cli) fn add_to(&self, engine: &Engine) -> Result<()> {
        if self.is_there { self.add_whole_to(engine) } else { Ok(()) }
    }

    /// Makes what there is tables, empty ones where there is nothing: reports ask them either way.
    pub(in crate::cli) fn add_whole_to(&self, engine: &Engine) -> Result<()> {
        engine.add_target_groups(&self.groups)?;
        engine.add_load_balancers(&self.inventory)?;
        engine.add_targets(&self.targets)
    }

    /// An inventory, and the targets beside it.
    fn kept(place: &Path, inventory: Inventory) -> Self {
        let targets = Arc::new(KeptTargets::beside(place, &inventory));
        Self { groups: inventory.target_groups(), is_there: true, inventory, targets }
    }

    /// Reads whose addresses were from a time on, in microseconds since the epoch, for a report that tells. What cannot be read is
    /// said, and as if it were not there.
    pub(in crate::cli) fn read_targets(&mut self, since: Option<i64>) {
        self.targets = Arc::new(self.targets.since(since));
        if let Err(error) = self.targets.holders() {
            message(Message::of(error.as_ref()).after("warning: "));
            self.targets = Arc::default();
        }
    }

    /// Whose addresses were, if they were read and anything is known.
    pub(in crate::cli) fn holders(&self) -> Option<&Holders> {
        self.targets.holders_if_read().filter(|holders| !holders.is_empty())
    }
}

impl TargetGroupsArgs {
    /// Reads the file that was given, else the inventory. One that was not asked for and cannot be read is no failure.
    pub(in crate::cli) fn read(&self, config: &Config, global: &GlobalArgs) -> Result<Known> {
        if let Some(path) = &self.target_groups {
            return given(path);
        }
        let Some(place) = &config.inventory else { return Ok(Known::default()) };
        match Inventory::read(&place.value) {
            Ok(Some(inventory)) => {
                if global.verbose > 0 && !global.quiet {
                    message(format_args!("notice: target groups are called as {} says", Shown(place.value.display())));
                }
                Ok(Known::kept(&place.value, inventory))
            }
            Ok(None) => Ok(Known::default()),
            Err(error) => {
                message(Message::of(error.as_ref()).after("warning: "));
                Ok(Known::default())
            }
        }
    }

    /// As it was typed, to be typed again.
    pub(in crate::cli) fn words(&self) -> impl Iterator<Item = String> {
        let file = self.target_groups.iter().map(|path| path.display().to_string());
        file.flat_map(|path| ["--target-groups".to_owned(), path])
    }

    /// Whether a file was given.
    pub(in crate::cli) fn given(&self) -> bool {
        self.target_groups.is_some()
    }
}

fn given(path: &Path) -> Result<Known> {
    if std::fs::read_to_string(path).is_ok_and(|text| Inventory::is_in(&text)) {
        return Ok(Known::kept(path, Inventory::read(path)?.unwrap_or_default()));
    }
    Ok(Known { groups: TargetGroups::read(path)?, is_there: true, ..Known::default() })
}
