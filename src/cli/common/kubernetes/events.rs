//! `--events`: what becomes of logs is told in the cluster, too.

use anyhow::{Result, bail};
use clap::Args;

use super::watched::Watched;
use crate::base::message::Message;
use crate::fleet::cluster::EventWriter;

/// Whether Events are written.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct EventsArgs {
    /// Write Events, in clusters that are read themselves, on Ingresses, Gateways and Services: that the logs of their load
    /// balancer are on, cannot be, are switched off by somebody else, or do not arrive
    #[arg(long, requires = "kubernetes")]
    events: bool,
}

impl EventsArgs {
    /// Who writes them into each cluster that is watched, by number; nobody, unless that is wanted.
    ///
    /// # Errors
    /// When they are wanted and no cluster is watched.
    pub(in crate::cli) fn writers(&self, watched: &Watched) -> Result<Vec<EventWriter>> {
        if !self.events {
            return Ok(Vec::new());
        }
        let instance = std::env::var("HOSTNAME").unwrap_or_default();
        let writers: Vec<_> = watched.sources().map(|source| EventWriter::new(source.clone(), &instance)).collect();
        if writers.is_empty() {
            bail!(Message::new("--events: Events are of a cluster, and none is read itself").hint("--kubernetes live"));
        }
        Ok(writers)
    }
}
