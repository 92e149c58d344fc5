//! What a window would read, by what the names of objects say.
//!
//! Responsible for counting listed objects per load balancer and for showing the counts. Opens nothing and asks nobody:
//! objects arrive listed (`storage`), and where the answer goes is the caller's business.

mod cells;
mod cost;
mod rows;
mod screen;
mod summary;
mod table;

pub use rows::{batch, schema};
pub use screen::{Heading, screen};
pub use summary::{LoadBalancer, Owner, Summary, span};
