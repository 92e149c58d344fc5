//! Ctrl-C, and SIGTERM: what is under way is given up and cleaned up, and then the program dies of the signal, so that a loop
//! of a shell ends with it. An exit code would say that this one file could not be read.

use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

use anyhow::{Error, anyhow};

/// The signal that ended the run; 0 for none.
static CAUGHT: AtomicI32 = AtomicI32::new(0);

/// Waits until somebody wants the run to end. What is said then.
pub(in crate::cli) async fn interrupted() -> Error {
    CAUGHT.store(signalled().await, Relaxed);
    anyhow!("interrupted")
}

/// Dies of the signal that ended the run, if one did. Everything is cleaned up by now.
pub(in crate::cli) fn die_if_interrupted() {
    #[cfg(unix)]
    if let signal @ 1.. = CAUGHT.load(Relaxed) {
        // If it cannot, the exit code says that the run failed.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
}

/// The number of the signal.
#[cfg(unix)]
async fn signalled() -> i32 {
    use tokio::signal::unix::{SignalKind, signal};

    let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
    let waits = kinds.into_iter().filter_map(|kind| Some((kind, signal(kind).ok()?)));
    let waits = waits.map(|(kind, mut signal)| {
        Box::pin(async move {
            signal.recv().await;
            kind.as_raw_value()
        })
    });
    let waits: Vec<_> = waits.collect();
    if waits.is_empty() {
        // No handler could be set: the default ends the program.
        return std::future::pending().await;
    }
    futures::future::select_all(waits).await.0
}

#[cfg(not(unix))]
async fn signalled() -> i32 {
    let _ = tokio::signal::ctrl_c().await;
    0
}
