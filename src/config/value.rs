//! How a setting's value is read from text: the same in the file, in the environment and on the command line.

/// A value that can be written as text.
pub(super) trait Value: Sized {
    /// What is accepted, to follow "expected …".
    const EXPECTED: &str;

    /// The value, if `text` is one.
    fn read(text: &str) -> Option<Self>;
}

/// Text that is not the value it should be; says what would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct Unreadable {
    expected: &'static str,
}

impl Unreadable {
    pub(super) fn as_a<T: Value>() -> Self {
        Self { expected: T::EXPECTED }
    }
}
