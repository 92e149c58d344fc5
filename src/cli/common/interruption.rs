//! Ctrl-C, and SIGTERM: what is under way is given up and cleaned up, and then the program dies of the signal, so that a loop
//! of a shell ends with it. An exit code would say that this one file could not be read.
//!
//! One thread listens from the start. Whatever can end well by itself waits for [`asked_to_end`] or [`interrupted`]; while
//! nothing does, or nothing comes to it, and from the second signal on, the thread ends the program.
//!
//! A shell [survives](survive) Ctrl-C: it ends what is under way and nothing else. SIGTERM ends a shell, too.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow};
use tokio::sync::watch;

use super::message;
use crate::output::remove_unfinished;

/// The signal that the program is to die of once it has cleaned up; 0 for none.
static DIES_OF: AtomicI32 = AtomicI32::new(0);
/// The first signal that came; 0 for none.
static CAUGHT: LazyLock<watch::Sender<i32>> = LazyLock::new(|| watch::Sender::new(0));
/// So many places end well by themselves when a signal comes.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Whether Ctrl-C ends what is under way and not the program.
static SURVIVES: AtomicBool = AtomicBool::new(false);
/// Whether one of them was told.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Who waits again and again may do something else in between, for no longer than this.
const BETWEEN: Duration = Duration::from_millis(100);
/// Who waits for a signal and has not taken it by then is kept from it.
const PATIENCE: Duration = Duration::from_millis(800);
/// How often it is looked whether it was taken.
const STEP: Duration = Duration::from_millis(5);

/// The number of Ctrl-C's signal.
const INTERRUPT: i32 = 2;

/// From now on, Ctrl-C ends what is under way and not the program.
pub(in crate::cli) fn survive() {
    SURVIVES.store(true, SeqCst);
}

/// What was interrupted has ended: the next thing may begin.
pub(in crate::cli) fn go_on() {
    CAUGHT.send_replace(0);
    TAKEN.store(false, SeqCst);
}

/// Whether a signal came after which even a shell ends.
pub(in crate::cli) fn must_end() -> bool {
    DIES_OF.load(SeqCst) != 0
}

fn is_survived(signal: i32) -> bool {
    signal == INTERRUPT && SURVIVES.load(SeqCst)
}

/// Counts who waits for a signal, for as long as it lives.
struct Waiting;

impl Waiting {
    fn new() -> Self {
        WAITING.fetch_add(1, SeqCst);
        Self
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, SeqCst);
    }
}

/// Listens from now on.
///
/// # Errors
/// When there can be no thread or no handler: then signals do what they do by default.
pub(in crate::cli) fn listen() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _context = runtime.enter();
        Signals::new()?
    };
    let listening = move || {
        runtime.block_on(async {
            loop {
                let signal = signals.next().await;
                let is_first = CAUGHT.send_replace(signal) == 0;
                let is_cared_for = is_taken(if is_first { PATIENCE } else { Duration::ZERO });
                if is_survived(signal) {
                    if !is_cared_for && WAITING.load(SeqCst) == 0 {
                        // Nothing was under way.
                        let _ = CAUGHT.send_if_modified(|caught| std::mem::replace(caught, 0) == signal);
                    }
                } else if !is_first || !is_cared_for {
                    remove_unfinished();
                    message(format_args!("error: interrupted"));
                    die_of(signal);
                }
            }
        });
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listening)?;
    Ok(())
}

/// Whether somebody takes the signal in this time. Who waits for it may be kept from it by something that takes long and does
/// not ask, such as an expression of constants that the engine works out before a run.
fn is_taken(patience: Duration) -> bool {
    let begin = Instant::now();
    loop {
        let is_waited_for = WAITING.load(SeqCst) > 0 || begin.elapsed() < BETWEEN;
        if TAKEN.load(SeqCst) || !is_waited_for || begin.elapsed() >= patience {
            return TAKEN.load(SeqCst);
        }
        std::thread::sleep(STEP);
    }
}

/// Waits until somebody wants the run to end, which is then up to the caller. The signal's number.
pub(in crate::cli) async fn asked_to_end() -> i32 {
    let _waiting = Waiting::new();
    let mut caught = CAUGHT.subscribe();
    // It cannot be closed: what sends is static.
    let _ = caught.wait_for(|signal| *signal != 0).await;
    TAKEN.store(true, SeqCst);
    *caught.borrow()
}

/// Waits until somebody wants the run to end, of which the program is to die. What is said then.
pub(in crate::cli) async fn interrupted() -> Error {
    let signal = asked_to_end().await;
    if !is_survived(signal) {
        DIES_OF.store(signal, SeqCst);
    }
    anyhow!("interrupted")
}

/// Dies of the signal that ended the run, if one did. Everything is cleaned up by now.
pub(in crate::cli) fn die_if_interrupted() {
    if let signal @ 1.. = DIES_OF.load(SeqCst) {
        die_of(signal);
    }
}

/// Returns only if it cannot: then the exit code says that the run failed.
#[cfg(unix)]
fn die_of(signal: i32) {
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}

#[cfg(not(unix))]
fn die_of(_: i32) {
    std::process::exit(i32::from(crate::base::outcome::FAILED));
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// The number of the next one.
    async fn next(&mut self) -> i32 {
        use tokio::signal::unix::SignalKind;

        tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt().as_raw_value(),
            _ = self.terminate.recv() => SignalKind::terminate().as_raw_value(),
        }
    }
}

#[cfg(not(unix))]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(not(unix))]
impl Signals {
    fn new() -> Result<Self> {
        Ok(Self(tokio::signal::windows::ctrl_c()?))
    }

    async fn next(&mut self) -> i32 {
        self.0.recv().await;
        2
    }
}
