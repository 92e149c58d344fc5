//! Points in time in files: `2026-11-20T14:05:00.000000Z`, microseconds since the epoch in memory.

use alblog::time::{Iso, parse};
use serde::{Deserialize, Deserializer, Serializer, de};

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(super) fn serialize<S: Serializer>(time: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Iso(*time))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(text.as_bytes()).ok_or_else(|| de::Error::custom(format!("not a time: {text}")))
}
