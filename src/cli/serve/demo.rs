//! `serve --demo`: logs that are made up, and go on arriving while the server is there.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;

use anyhow::{Context, Result};

use super::super::common::message;
use crate::serve::Demo;

/// Makes up the logs of the last hours.
pub(super) fn begin(quiet: bool) -> Result<Demo> {
    let demo = Demo::new()?;
    if !quiet {
        message(
            "logs of the last three hours are made up; more arrive every five minutes, with an incident now and then",
        );
    }
    Ok(demo)
}

/// Logs that go on arriving until this is dropped.
pub(super) struct Arriving {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Arriving {
    pub(super) fn start(demo: Demo) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("demo".to_owned()).spawn(move || demo.go_on(&stopped));
        Ok(Self { stop, thread: Some(thread.context("cannot start a thread")?) })
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        // The folder goes with it.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
