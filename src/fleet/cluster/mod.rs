//! A cluster itself, read through its API server: what `kubectl get -o json` would print, now and from now on.
//!
//! Responsible for who we are to it, for lists and watches of the kinds that are named as data, and for how old the picture is
//! that comes of them; writes one Lease and Events, if that is wanted. What the objects mean is `fleet/kubernetes`' business, which gets the same JSON as from a file.
//! Nothing else knows of the client's library.
//!
//! `connect` → `list` once, or `follow` again and again → `picture`.

mod compact;
mod connect;
mod events;
mod failure;
mod follow;
mod kinds;
mod lease;
mod list;
mod picture;
mod shared;
mod watcher;

pub use connect::Source;
pub use events::{Event, EventWriter, Regarding, Series, Told, Write};
pub use kinds::{DECLARATIONS, Kind, RUNNING};
pub use lease::Lease;
pub use picture::{Counts, Picture};
pub use watcher::{Watcher, read};
