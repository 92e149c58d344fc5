//! Taking a source's logs in, for as long as the server is there. What goes wrong is said and tried again; the source is
//! answered about meanwhile, from what there is.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use super::super::common::intake::{Intake, Keeping, redaction_of, told_of};
use super::super::common::message;
use crate::base::config::Config;
use crate::base::message::Message;
use crate::lake::export::Redaction;
use crate::lake::ingest::{Counts, Said, ingest};

/// From one try to the next of what could not be opened.
const RETRY: Duration = Duration::from_secs(30);

/// A source that is taken in.
pub(super) struct Feed {
    source: String,
    /// Folder of the live store.
    pub(super) store: PathBuf,
    intake: Intake,
    keeping: Keeping,
    /// What a new store leaves out.
    redaction: Redaction,
    pub(super) counts: Arc<Counts>,
    /// Why nothing is taken in.
    problem: Mutex<Option<Message>>,
    ends: AtomicBool,
    end: Notify,
}

impl Feed {
    pub(super) fn new(
        source: &str,
        store: PathBuf,
        intake: Intake,
        keeping: Keeping,
        redaction: Redaction,
    ) -> Arc<Self> {
        Arc::new(Self {
            source: source.to_owned(),
            intake: Intake { to: Some(store.clone()), ..intake },
            store,
            counts: Arc::new(Counts::new(keeping.poll.get())),
            keeping,
            redaction,
            problem: Mutex::default(),
            ends: AtomicBool::new(false),
            end: Notify::new(),
        })
    }

    /// Begins, on a thread of its own.
    ///
    /// # Errors
    /// When there can be no thread.
    pub(super) fn start(self: &Arc<Self>, config: &Config, runtime: &Arc<Runtime>) -> Result<JoinHandle<()>> {
        let (feed, config, runtime) = (Arc::clone(self), config.clone(), Arc::clone(runtime));
        let thread = std::thread::Builder::new().name("ingestion".to_owned());
        thread.spawn(move || feed.go_on(&config, &runtime)).context("cannot start a thread")
    }

    /// Asks for the end: what is under way is committed.
    pub(super) fn end(&self) {
        self.ends.store(true, SeqCst);
        self.end.notify_one();
    }

    /// From when on the store has all that there is; none while that cannot be told. Microseconds since the epoch.
    pub(super) fn whole_since(&self) -> Option<i64> {
        let keep = i64::try_from(self.keeping.keep.get().as_micros()).ok()?;
        self.counts.whole_since(keep).filter(|_| self.problem().is_none())
    }

    /// Why nothing is taken in, if it is not.
    pub(super) fn problem(&self) -> Option<Message> {
        self.problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn go_on(&self, config: &Config, runtime: &Runtime) {
        while !self.ends.load(SeqCst) {
            let Err(error) = self.take_in(config, runtime) else { return };
            let problem = Message::from(error);
            self.say("warning: ", problem.clone());
            *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
            let _ = runtime.block_on(async { tokio::time::timeout(RETRY, self.end.notified()).await });
        }
    }

    /// Takes in until it is to end.
    fn take_in(&self, config: &Config, runtime: &Runtime) -> Result<()> {
        let redaction = redaction_of(&self.store, self.redaction.clone())?;
        let spec = self.intake.open(config, runtime, &redaction, false)?.ingest(&self.keeping, config);
        runtime.block_on(ingest(&spec, &self.counts, &self.end, &mut |said| self.tell(said)))?;
        Ok(())
    }

    fn tell(&self, said: Said) {
        match said {
            Said::Opened(mended) => {
                *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = None;
                for line in told_of(&mended) {
                    self.say("notice: ", line);
                }
            }
            Said::Wrong(why) | Said::Damaged(why) => self.say("warning: ", why),
            Said::Over(what) => self.say("", Message::new(what)),
            Said::TakenIn { .. } | Said::HandedOver { .. } => {}
        }
    }

    fn say(&self, how: &str, what: Message) {
        message(what.after(format_args!("{how}{}: ", self.source)));
    }
}
