//! SQL as text, whichever engine answers it: values for parameters, tokens, restricting tables to a window.
//!
//! Knows the dialect that Trino (Athena) and DataFusion share, and neither engine.

mod scalar;

pub use scalar::Scalar;
