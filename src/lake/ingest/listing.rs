//! Listing again and again: what is recent, each hour also what may be late, and now and then everything.

use std::sync::Arc;
use std::time::Duration;

use alblog::time::{DAY, HOUR};
use tokio::sync::{Notify, mpsc};

use super::input::Input;
use super::places::{Places, everything, recent};
use crate::base::clock::now;
use crate::lake::live::plan::Event;

/// Everything that is kept is listed so often.
const SWEEP: i64 = DAY;
/// What came late by more than usual lies in the folder of the day before: of the last so many hours, all is listed so often.
const LATE: i64 = 26 * HOUR;
const LOOK: i64 = HOUR;

/// Lists what is recent, what may be late and everything, each in its time, and tells what it sees.
pub(super) async fn list_again_and_again(
    places: Arc<Places>,
    inputs: mpsc::Sender<Input>,
    sweep: Arc<Notify>,
    poll: Duration,
    keep: i64,
) {
    let (mut last_sweep, mut last_look) = (None::<i64>, None::<i64>);
    // The clock may have been set: then everything is listed again.
    let has_passed = |last: Option<i64>, time: i64| last.is_none_or(|last| !(last..last + time).contains(&now()));
    while !inputs.is_closed() {
        let (is_due, looks_back) = (has_passed(last_sweep, SWEEP), has_passed(last_look, LOOK));
        let ends = match (is_due, looks_back) {
            (true, _) => everything(now(), keep),
            (false, true) => now() - LATE.min(keep)..recent(now()).end,
            (false, false) => recent(now()),
        };
        let page = |objects| {
            let inputs = inputs.clone();
            async move {
                let _ = inputs.send(Input::Event(Event::Found { objects, receipt: None })).await;
            }
        };
        let seen = places.list(ends, page).await;
        if seen.unlisted.is_empty() {
            last_sweep = if is_due { Some(now()) } else { last_sweep };
            last_look = if is_due || looks_back { Some(now()) } else { last_look };
        }
        if inputs.send(Input::Listed { seen, everything: is_due }).await.is_err() {
            return;
        }
        tokio::select! {
            () = sweep.notified() => last_sweep = None,
            () = tokio::time::sleep(poll) => {}
        }
    }
}
