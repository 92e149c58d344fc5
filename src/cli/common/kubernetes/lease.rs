//! `--lease NAMESPACE/NAME`: of several replicas one writes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use async_trait::async_trait;
use clap::Args;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::super::warn;
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
    /// Takes the Lease, if one was named.
    ///
    /// # Errors
    /// As those of [`Self::lease`], and when another one holds it.
    pub(in crate::cli) async fn take(&self, typed: &[String]) -> Result<Option<Held>> {
        match (self.lease(typed)?, &self.lease) {
            (Some(lease), Some(named)) => Ok(Some(Held::take(lease, named).await?)),
            _ => Ok(None),
        }
    }

    /// As it was typed, to be typed again.
    pub(in crate::cli) fn words(&self) -> impl Iterator<Item = String> {
        self.lease.iter().flat_map(|lease| ["--lease".to_owned(), lease.clone()])
    }

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

/// How long a Lease is tried for: who was killed holding it holds it for half a minute.
const TAKING: Duration = Duration::from_secs(45);

/// A Lease that is held until it is given up.
#[derive(Debug)]
pub(in crate::cli) struct Held {
    lease: Arc<Lease>,
    keeping: JoinHandle<()>,
}

impl Held {
    /// Takes it; must be called within a runtime.
    ///
    /// # Errors
    /// When another one holds it, or it cannot be taken.
    pub(in crate::cli) async fn take(lease: Lease, named: &str) -> Result<Self> {
        let lease = Arc::new(lease);
        let keeping = tokio::spawn({
            let lease = Arc::clone(&lease);
            async move { match lease.keep(|trouble| warn([trouble])).await {} }
        });
        let held = Self { lease, keeping };
        if timeout(TAKING, held.lease.is(true)).await.is_err() {
            held.give_up().await;
            bail!(
                Message::new(format_args!("another one holds the Lease {named}, and writes; nothing was written"))
                    .hint("let it write, or stop it")
            );
        }
        Ok(held)
    }

    /// Whether it is held at this moment.
    pub(in crate::cli) fn is_held(&self) -> bool {
        self.lease.leads()
    }

    /// Lets another have it, after the last write.
    pub(in crate::cli) async fn give_up(self) {
        self.keeping.abort();
        let _ = self.keeping.await;
        self.lease.give_up().await;
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
