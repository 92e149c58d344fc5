//! How a run ended, as a value. Its only translation into an exit code is here.

/// How an operation that could be carried out ended. One that could not is an error, and exits with [`FAILED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for was done.
    Done,
    /// The condition that was asked about holds.
    ConditionHolds,
    /// Done, but something could not be read; it was named on standard error.
    Incomplete,
}

/// Exit code of a run that could not do what was asked.
pub const FAILED: u8 = 2;

impl Outcome {
    /// The exit code: 0 done, 1 the condition holds, 3 done but incomplete.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::ConditionHolds => 1,
            Self::Incomplete => 3,
        }
    }
}
