//! `serve --reconcile`: the reconciler in the same process, what it sees on a page, what it counts in metrics.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use anyhow::{Result, bail};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::super::common::kubernetes::{EventsArgs, LeaseArgs, Watched};
use super::super::common::{GlobalArgs, message};
use super::super::reconcile::{HISTORY, Kept, KubernetesArgs, StateArgs, go_on};
use crate::base::config::{Config, LogPolicy};
use crate::base::message::Message;
use crate::base::probes::Probed;
use crate::fleet::reconcile::{Again, Heading, Health, Stopper, document};
use crate::output::document::Document;
use crate::serve::Beside;

/// The reconciler as others see it.
pub(super) struct Fleet {
    policy: LogPolicy,
    /// Where the policy stands.
    origin: String,
    state: PathBuf,
    /// What a command needs to be about the same.
    again: Again,
    health: Arc<Health>,
    stopper: Stopper,
    seen: Mutex<Option<Document>>,
    /// Clusters, once they are watched.
    declared: OnceLock<Arc<Watched>>,
}

impl Fleet {
    /// Reads what is to be true.
    ///
    /// # Errors
    /// When nothing says what, or no folder for the history is known.
    pub(super) fn open(config: &Config, global: &GlobalArgs) -> Result<Arc<Self>> {
        let Some(policy) = config.reconcile.clone() else {
            bail!(
                Message::new("--reconcile: albstats.toml has no [reconcile]")
                    .hint("albstats reconcile --help shows one")
            );
        };
        let Some(folder) = &config.serve.state else {
            bail!(Message::new("no folder to keep the history in").hint("state of [serve]"));
        };
        let health = Arc::new(Health::default());
        let state = folder.value.join(HISTORY);
        Ok(Arc::new(Self {
            origin: policy.origin.to_string(),
            policy: policy.value,
            again: Again { state: StateArgs::words_of(&state), config: global.words().collect() },
            state,
            health,
            stopper: Stopper::default(),
            seen: Mutex::default(),
            declared: OnceLock::new(),
        }))
    }

    /// Looks, plans and applies until it is ended. What goes wrong at the beginning is said; the server goes on.
    pub(super) fn start(
        self: &Arc<Self>,
        runtime: &Handle,
        (kubernetes, lease, events): (KubernetesArgs, LeaseArgs, EventsArgs),
        quiet: bool,
    ) -> JoinHandle<()> {
        let fleet = Arc::clone(self);
        runtime.spawn(async move {
            let kept = Kept {
                policy: &fleet.policy,
                state: fleet.state.clone(),
                listen: None,
                kubernetes: &kubernetes,
                lease: &lease,
                events: &events,
            };
            let mut sees = |look: &_, intents: &_, decisions: &[_]| {
                let look: &crate::fleet::reconcile::Look = look;
                let (file, again) = (fleet.origin.clone(), fleet.again.clone());
                let heading = Heading { file, policy: &fleet.policy, intents, again, all: true };
                let seen = document(&heading, &look.observed, decisions);
                *fleet.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
            };
            let begins = |declared: &Arc<Watched>| drop(fleet.declared.set(Arc::clone(declared)));
            if let Err(error) = go_on(kept, Arc::clone(&fleet.health), &fleet.stopper, quiet, &begins, &mut sees).await
            {
                message(Message::from(error).after("warning: the reconciler does not run: "));
            }
        })
    }

    /// The request that is under way ends, and no other begins.
    pub(super) fn end(&self) {
        self.stopper.stop();
    }
}

impl Beside for Fleet {
    fn document(&self) -> Option<Document> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        // How old the pictures are now, and not when it was decided.
        if let Some(declared) = self.declared.get() {
            seen.head.lines.extend(declared.lines());
            seen.head.warnings.extend(declared.doubts());
        }
        Some(seen)
    }

    fn metrics(&self) -> String {
        self.health.metrics()
    }
}
