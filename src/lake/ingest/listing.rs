//! Listing again and again: what is recent, and now and then everything.

use std::sync::Arc;
use std::time::Duration;

use alblog::time::DAY;
use tokio::sync::{Notify, mpsc};

use super::input::Input;
use super::places::{Places, everything, recent};
use crate::base::clock::now;
use crate::lake::live::plan::Event;

/// Everything that is kept is listed so often.
const SWEEP: i64 = DAY;

/// Lists what is recent, and now and then everything, and tells what it sees.
pub(super) async fn list_again_and_again(
    places: Arc<Places>,
    inputs: mpsc::Sender<Input>,
    sweep: Arc<Notify>,
    poll: Duration,
    keep: i64,
) {
    let mut last_sweep = None::<i64>;
    while !inputs.is_closed() {
        // The clock may have been set: then everything is listed again.
        let is_due = last_sweep.is_none_or(|last| !(last..last + SWEEP).contains(&now()));
        let ends = if is_due { everything(now(), keep) } else { recent(now()) };
        let page = |objects| {
            let inputs = inputs.clone();
            async move {
                let _ = inputs.send(Input::Event(Event::Found { objects, receipt: None })).await;
            }
        };
        let seen = places.list(ends, page).await;
        if is_due && seen.unlisted.is_empty() {
            last_sweep = Some(now());
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
