//! SQL as text, whichever engine answers it: tokens, values of parameters, and tables restricted to some of their rows.
//!
//! Knows the dialect that Trino (Athena) and DataFusion share, and neither engine.

mod bind;
mod condition;
mod folding;
mod holder;
mod restrict;
mod scalar;
pub(crate) mod tokens;

pub use bind::{Bound, bind, parameters, with_literals};
pub use condition::{Condition, times};
pub use folding::{FoldKey, Folding, OTHERS, ROW_HASH};
pub use holder::{HOLDER_OF, holder_columns, names_holders};
pub use restrict::{View, restrict, tables};
pub use scalar::{Scalar, name, text};
