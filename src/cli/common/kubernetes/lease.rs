//! `--lease NAMESPACE/NAME`: of several replicas one writes.

use anyhow::{Result, bail};
use async_trait::async_trait;
use clap::Args;

use super::named::{Named, Place};
use crate::base::message::Message;
use crate::fleet::cluster::Lease;
use crate::fleet::reconcile::Turn;

/// Whose turn it is.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct LeaseArgs {
    /// Write only while holding this Lease, in the first cluster that is read itself: of several replicas one does
    #[arg(long, value_name = "NAMESPACE/NAME", requires = "kubernetes")]
    lease: Option<String>,
}

impl LeaseArgs {
    /// The Lease, if one was named, in the first cluster that is read itself. It is tried for once it is kept.
    ///
    /// # Errors
    /// When it has no namespace, or no cluster is read itself.
    pub(in crate::cli) fn lease(&self, typed: &[String]) -> Result<Option<Lease>> {
        let Some(named) = &self.lease else { return Ok(None) };
        let parts = named.split_once('/').filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty());
        let Some((namespace, name)) = parts.filter(|(_, name)| !name.contains('/')) else {
            bail!(Message::new(format_args!("--lease {named}: expected NAMESPACE/NAME")));
        };
        let live = Named::all(typed)?.into_iter().find_map(|named| match named.place {
            Place::Live(source) => Some(source),
            Place::File(_) | Place::Stdin => None,
        });
        let Some(source) = live else {
            bail!(
                Message::new("--lease: a Lease is one of a cluster, and none is read itself").hint("--kubernetes live")
            );
        };
        Ok(Some(Lease::new(source, namespace.to_owned(), name.to_owned(), me())))
    }
}

/// A name that nobody else has, and that says to people where this runs.
fn me() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "albstats".to_owned());
    format!("{host}_{:016x}", fastrand::u64(..))
}

#[async_trait]
impl Turn for Lease {
    fn is_ours(&self) -> bool {
        self.leads()
    }

    async fn is(&self, ours: bool) {
        self.is(ours).await;
    }
}
