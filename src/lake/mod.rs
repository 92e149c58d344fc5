//! What is kept: exports, copies of objects, and what is known of the objects there are.

pub mod export;
pub mod fetch;
pub mod objects;
