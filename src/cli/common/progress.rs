//! A progress bar on standard error, for people only.

use std::io::IsTerminal;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ask::query::Source;
use crate::output::BeforePaging;

/// Work that is done sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(700);

/// Draws how far a run is until it is dropped.
pub(in crate::cli) struct Drawing {
    bar: ProgressBar,
    ticker: tokio::task::JoinHandle<()>,
}

impl Drawing {
    /// Starts to draw, if somebody is there to see it. Needs a tokio runtime.
    pub(in crate::cli) fn start(source: &Source, wanted: bool) -> Option<Self> {
        // How much of an export a query needs is not known before it has been read.
        let run = source.raw.as_ref()?;
        let total = run.objects.iter().map(|object| object.size).sum();
        let run = Arc::clone(run);
        Self::of(total, wanted, move || {
            let rows = crate::output::human::count(run.progress.rows.load(Relaxed));
            (run.progress.bytes.load(Relaxed), format!("{rows} rows"))
        })
    }

    /// The same for other work: so many bytes in all, of which so many are done, and what else there is to say.
    pub(in crate::cli) fn of(
        total: u64,
        wanted: bool,
        done: impl Fn() -> (u64, String) + Send + 'static,
    ) -> Option<Self> {
        if !wanted || !std::io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let template = "{bar:30} {binary_bytes} of {binary_total_bytes}, {msg}, {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        let drawn = bar.clone();
        let ticker = tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            loop {
                let (bytes, message) = done();
                drawn.set_position(bytes);
                drawn.set_message(message);
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        });
        Some(Self { bar, ticker })
    }
}

/// A drawing that several may end, whoever needs the screen first.
#[derive(Clone)]
pub(in crate::cli) struct SharedDrawing(Arc<Mutex<Option<Drawing>>>);

impl SharedDrawing {
    /// Starts to draw, if somebody is there to see it. Needs a tokio runtime.
    pub(in crate::cli) fn start(source: &Source, wanted: bool) -> Self {
        Self(Arc::new(Mutex::new(Drawing::start(source, wanted))))
    }

    /// Clears the line.
    pub(in crate::cli) fn stop(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Stops it before a pager takes the screen.
    pub(in crate::cli) fn before_paging(&self) -> BeforePaging {
        let drawing = self.clone();
        Box::new(move || drawing.stop())
    }
}

impl Drop for Drawing {
    fn drop(&mut self) {
        self.ticker.abort();
        self.bar.finish_and_clear();
    }
}
