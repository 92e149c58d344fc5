//! The value of a parameter.

/// A value that is bound to a parameter `:name` of a statement, never pasted into it.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// NULL.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A condition.
    Bool(bool),
}
