//! What is kept: exports, the live store and what takes logs into it, copies of objects, and what is known of the objects there are.

pub mod export;
pub mod fetch;
pub mod ingest;
pub mod layers;
pub mod live;
pub mod objects;
