//! Moments in a file: `2026-11-20T14:05:00Z`.

use alblog::time::{SECOND, parse};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::clock::typed;

/// A moment, to the second; microseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// The second that this moment, in microseconds since the epoch, is in.
    pub fn new(micros: i64) -> Self {
        Self(micros.div_euclid(SECOND) * SECOND)
    }

    /// Microseconds since the epoch.
    pub fn micros(self) -> i64 {
        self.0
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&typed(self.0))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let micros = parse(text.as_bytes());
        micros.map(Self::new).ok_or_else(|| D::Error::custom(format!("not a time: {text}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_again_to_the_second() {
        let time = Moment::new(1_795_616_700_123_456);
        let text = serde_json::to_string(&time).unwrap();
        assert_eq!(text, "\"2026-11-25T14:25:00Z\"");
        assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), time);
        assert!(serde_json::from_str::<Moment>("\"yesterday\"").is_err());
    }
}
