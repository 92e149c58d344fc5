//! `--target-groups`: an inventory that says what target groups are called.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::target_groups::TargetGroups;

/// Where the inventory is.
#[derive(Debug, Args)]
pub(super) struct TargetGroupsArgs {
    /// What target groups are called: CSV or JSON with arn, namespace, service, ingress; in SQL, table target_groups
    #[arg(long, value_name = "FILE", help_heading = "What to read")]
    target_groups: Option<PathBuf>,
}

impl TargetGroupsArgs {
    /// Reads the inventory; an empty one if none was given.
    pub(super) fn read(&self) -> Result<TargetGroups> {
        self.target_groups.as_deref().map_or_else(|| Ok(TargetGroups::default()), TargetGroups::read)
    }

    /// Whether one was given.
    pub(super) fn given(&self) -> bool {
        self.target_groups.is_some()
    }
}
