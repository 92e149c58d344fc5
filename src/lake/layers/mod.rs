//! A source in layers: exports that keep its rows, live stores that have just taken them in, and the log objects themselves. Each
//! object is read once, from the first of these that has it.
//!
//! `agree` refuses exports of other places; `settled` tells which hours need not be listed, and `catalogue` which layer an
//! object is read from: both are pure. `open` does it with what is really there. Design: `docs/sources.md`.

mod agree;
mod batches;
mod catalogue;
mod open;
mod parts;
mod settled;
#[cfg(test)]
mod tests;

pub use crate::lake::live::REMOVE_FILE;
pub use open::{Kept, Layers, LayersSpec, LetGo, open};
