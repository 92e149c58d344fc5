//! What was named, for as long as somebody wants to know: files are read anew each time, clusters are watched.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use async_trait::async_trait;
use futures::future::{join_all, select_all};

use super::named::{Named, Place};
use super::{cannot, kubernetes_of, parsed, problems, text};
use crate::base::clock::{now, to_the_second};
use crate::base::message::Message;
use crate::fleet::cluster::{Counts, DECLARATIONS, Source, Watcher};
use crate::fleet::kubernetes::{Clusters, Intent, Kubernetes};
use crate::fleet::reconcile::{Declared, Look, Standing};
use crate::output::human;

/// So often it is looked whether a picture has grown too old.
const OFTEN: Duration = Duration::from_secs(10);

/// What was named.
#[derive(Debug, Default)]
pub(in crate::cli) struct Watched {
    files: Vec<Kept>,
    live: Vec<Live>,
    /// What is declared by now, if that was asked for since intents were read.
    since: Mutex<Option<Since>>,
}

/// What was declared a moment after intents were read: many writes are asked about before anything changes again.
#[derive(Debug)]
struct Since {
    /// How far each cluster had come.
    at: Vec<Mark>,
    /// By ARN; or why it cannot be read.
    intents: Result<BTreeMap<String, Intent>, String>,
}

/// How far a picture has come: its changes, and whether it is in doubt.
type Mark = (u64, bool);

/// What was named and is no cluster itself.
#[derive(Debug)]
struct Kept {
    named: Named,
    /// What standard input held, which is there once.
    text: Option<String>,
}

/// A cluster that is watched.
#[derive(Debug)]
struct Live {
    named: Named,
    watcher: Watcher,
    /// The change up to which somebody was told.
    heard: AtomicU64,
    /// The change up to which intents were read.
    used: AtomicU64,
    /// Whether the picture was in doubt then.
    doubted: AtomicBool,
}

impl Watched {
    /// Begins to watch; must be called within a runtime.
    ///
    /// # Errors
    /// When nothing says where a cluster is or who we are, or standard input cannot be read.
    pub(in crate::cli) async fn begin(typed: &[String]) -> Result<Self> {
        let mut watched = Self::default();
        for named in Named::all(typed)? {
            match &named.place {
                Place::Live(source) => {
                    let begun = Watcher::start(source.clone(), DECLARATIONS).await;
                    let begun = begun.with_context(|| cannot(&named.typed))?;
                    watched.live.push(Live::new(named, begun));
                }
                Place::Stdin => {
                    let text = Some(text(&named.place)?);
                    watched.files.push(Kept { named, text });
                }
                Place::File(_) => watched.files.push(Kept { named, text: None }),
            }
        }
        Ok(watched)
    }

    /// Waits until clusters were read for the first time, or cannot be.
    pub(in crate::cli) async fn settled(&self) {
        join_all(self.live.iter().map(|live| live.watcher.settled())).await;
    }

    /// What cannot be read of clusters, and what has to be allowed.
    pub(in crate::cli) fn problems(&self) -> Vec<Message> {
        let of = |live: &Live| live.watcher.look(|picture| problems(picture, &live.named.typed));
        self.live.iter().flat_map(of).collect()
    }

    /// `Kubernetes live as of 2026-11-29 16:40:03 UTC`, `4 kinds`, `7 absent`, `1 denied`: a line for each cluster.
    pub(in crate::cli) fn lines(&self) -> Vec<Vec<String>> {
        self.standings().into_iter().map(line).collect()
    }

    /// Why nothing is written to the load balancers of a cluster.
    pub(in crate::cli) fn doubts(&self) -> Vec<String> {
        let of = |live: &Live| Some(format!("{}: {}", live.named.typed, live.doubt()?));
        self.live.iter().filter_map(of).collect()
    }

    /// The clusters that are watched, by number.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.live.iter().filter_map(|live| match &live.named.place {
            Place::Live(source) => Some(source),
            Place::File(_) | Place::Stdin => None,
        })
    }

    fn since(&self) -> MutexGuard<'_, Option<Since>> {
        // Nobody panics while holding it; if one did, it would be read anew.
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is declared now, and the cluster that each was said to be of.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(in crate::cli) fn read(&self) -> Result<Vec<(Option<String>, Kubernetes)>> {
        let mut read = Vec::new();
        for Kept { named, text: kept } in &self.files {
            let kubernetes = match kept {
                Some(kept) => parsed(&named.place, kept)?,
                None => parsed(&named.place, &text(&named.place)?)?,
            };
            read.push((named.cluster.clone(), kubernetes));
        }
        for (number, live) in self.live.iter().enumerate() {
            let (is_known, kubernetes) = live.read()?;
            let kubernetes = kubernetes.watched_as(number);
            // Which cluster it is nobody can tell from nothing.
            if is_known || live.named.cluster.is_some() {
                read.push((live.named.cluster.clone(), kubernetes));
            }
        }
        Ok(read)
    }
}

fn line(standing: Standing) -> Vec<String> {
    let Standing { name, seen, counts: Counts { read, absent, denied, failing } } = standing;
    let seen = seen.map_or_else(|| "not read yet".to_owned(), |seen| format!("as of {} UTC", to_the_second(seen)));
    let kinds = |count: usize, word: &str| (count > 0).then(|| format!("{count} {word}"));
    let mut parts = vec![format!("Kubernetes {name} {seen}"), human::plural(read as u64, "kind")];
    parts.extend([kinds(absent, "absent"), kinds(denied, "denied"), kinds(failing, "failing")].into_iter().flatten());
    parts
}

/// What is declared about everything that was seen.
pub(in crate::cli) fn intents(
    read: Vec<(Option<String>, Kubernetes)>,
    look: &Look,
) -> Result<BTreeMap<String, Intent>> {
    Ok(look.intents(&clusters(read, look)?))
}

fn clusters(read: Vec<(Option<String>, Kubernetes)>, look: &Look) -> Result<Clusters> {
    let fleet: Vec<_> = look.load_balancers().cloned().collect();
    Clusters::of(read, &fleet)
}

#[async_trait]
impl Declared for Watched {
    fn clusters(&self, look: &Look) -> Result<Clusters> {
        // What changes from here on is told of, even if it is read just so.
        self.live.iter().for_each(Live::mark);
        *self.since() = None;
        clusters(self.read()?, look)
    }

    async fn changed(&self) {
        if self.live.is_empty() {
            std::future::pending::<()>().await;
        }
        select_all(self.live.iter().map(|live| Box::pin(live.changed()))).await;
    }

    fn objection(&self, look: &Look, before: &BTreeMap<String, Intent>, arn: &str) -> Option<String> {
        if !self.live.iter().any(Live::is_outdated) {
            return None;
        }
        // What comes while it is read counts as new.
        let at: Vec<Mark> = self.live.iter().map(Live::now).collect();
        let mut since = self.since();
        let known = since.take().filter(|known| known.at == at);
        let known = since.insert(known.unwrap_or_else(|| {
            let read = self.read().and_then(|read| intents(read, look));
            Since { at, intents: read.map_err(|error| format!("{error:#}")) }
        }));
        match &known.intents {
            Ok(now) if now.get(arn) == before.get(arn) => None,
            Ok(_) => Some("what Kubernetes declares about it is not what it was decided by".to_owned()),
            Err(error) => Some(format!("what Kubernetes declares cannot be read: {error}")),
        }
    }

    fn standings(&self) -> Vec<Standing> {
        let of = |live: &Live| {
            let (seen, counts) = live.watcher.look(|picture| (picture.seen(), picture.counts()));
            Standing { name: live.named.typed.clone(), seen, counts }
        };
        self.live.iter().map(of).collect()
    }
}

impl Live {
    fn new(named: Named, watcher: Watcher) -> Self {
        Self { named, watcher, heard: AtomicU64::new(0), used: AtomicU64::new(0), doubted: AtomicBool::new(false) }
    }

    fn doubt(&self) -> Option<String> {
        self.watcher.look(|picture| picture.doubt(now()))
    }

    /// What is declared, and whether anything of the cluster was read at all.
    fn read(&self) -> Result<(bool, Kubernetes)> {
        let (is_known, json, doubt, hidden) = self.watcher.look(|picture| {
            let hidden: Vec<_> = picture.hidden().collect();
            (picture.seen().is_some(), picture.json(), picture.doubt(now()), hidden)
        });
        Ok((is_known, kubernetes_of(&json, doubt, hidden)?))
    }

    /// Notes that intents are read by what is known now.
    fn mark(&self) {
        let (count, doubted) = self.now();
        self.heard.store(count, Ordering::Relaxed);
        self.used.store(count, Ordering::Relaxed);
        self.doubted.store(doubted, Ordering::Relaxed);
    }

    /// How far the picture has come by now.
    fn now(&self) -> Mark {
        (*self.watcher.changes().borrow(), self.doubt().is_some())
    }

    /// Whether more is known than when intents were read, or less.
    fn is_outdated(&self) -> bool {
        self.now() != (self.used.load(Ordering::Relaxed), self.doubted.load(Ordering::Relaxed))
    }

    fn doubt_has_changed(&self) -> bool {
        self.doubt().is_some() != self.doubted.load(Ordering::Relaxed)
    }

    async fn changed(&self) {
        let mut changes = self.watcher.changes();
        loop {
            let heard = self.heard.load(Ordering::Relaxed);
            let told = tokio::time::timeout(OFTEN, changes.wait_for(|count| *count != heard)).await;
            if let Ok(count) = told {
                let count = count.map_or(heard, |count| *count);
                self.heard.store(count, Ordering::Relaxed);
                return;
            }
            if self.doubt_has_changed() {
                return;
            }
        }
    }
}
