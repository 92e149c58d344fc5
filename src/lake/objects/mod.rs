//! What a window would read, by what the names of objects say.
//!
//! Responsible for counting listed objects per load balancer, for showing the counts, and for whether objects that are not
//! there are missing ([`verify`]). Opens nothing: objects arrive listed (`storage`). Only `observe` asks anybody.

mod cells;
mod cost;
mod document;
mod heading;
mod observe;
mod reasons;
mod rows;
mod summary;
mod table;
pub mod verify;

pub use document::document;
pub use heading::Heading;
pub use observe::observe;
pub use rows::{Columns, batch};
pub use summary::{Owner, Summary, span};
