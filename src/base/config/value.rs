//! How a setting's value is read from text: the same in the file, in the environment and on the command line.

use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroUsize;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

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

impl Value for bool {
    const EXPECTED: &str = "true or false";

    fn read(text: &str) -> Option<Self> {
        match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

impl Value for usize {
    const EXPECTED: &str = "a whole number, 0 or more";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// More threads than anybody has cores: a machine may refuse to start more, which ends the program.
const MOST_THREADS: usize = 1024;

/// A number of threads.
impl Value for NonZeroUsize {
    const EXPECTED: &str = "a whole number from 1 to 1024";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|threads: &Self| threads.get() <= MOST_THREADS)
    }
}

/// A number of threads, as a flag gives it.
pub fn threads(text: &str) -> Result<NonZeroUsize, Unreadable> {
    NonZeroUsize::read(text).ok_or_else(Unreadable::as_a::<NonZeroUsize>)
}

impl Value for String {
    const EXPECTED: &str = "text";

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

/// A [`Value`] in the file, where a number or a boolean may stand without quotes.
pub(super) struct InFile<T>(T);

impl<T> InFile<T> {
    pub(super) fn get(self) -> T {
        self.0
    }
}

impl<'de, T: Value> Deserialize<'de> for InFile<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor(PhantomData)).map(Self)
    }
}

struct TextVisitor<T>(PhantomData<T>);

impl<T: Value> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::read(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::read(&number.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        T::read(&value.to_string()).ok_or_else(|| E::invalid_value(Unexpected::Bool(value), &self))
    }
}
