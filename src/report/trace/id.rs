//! The id that was typed: a trace id or a connection's, in any of the ways in which people copy them. Pure.
//!
//! A trace id is `1-<8 hex: seconds since the epoch>-<24 hex>`, in a header such as
//! `Self=1-…;Root=1-…;Parent=…`:
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html>.
//! OpenTelemetry writes the same as 32 hex digits. A connection's is `TID_` and hex digits, 32 as a rule.

use alblog::time::SECOND;
use anyhow::{Result, bail};

use crate::base::message::Message;
use crate::base::shown::Shown;

/// Hex digits of a trace id's random part.
const RANDOM: usize = 24;
/// Of fewer digits than this, too many ids would be meant.
const FEWEST: usize = 8;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Id {
    /// `1-6b02589c-3f0e6a5d2c1b4a7988e6f012`, or its beginning.
    Trace(String),
    /// `TID_79459cb1aabdacdb`.
    Connection(String),
}

impl Id {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it is neither; then examples are given.
    pub(super) fn parse(typed: &str) -> Result<Self> {
        let text = typed.trim().trim_matches(['"', '\'']);
        match Self::connection(text).or_else(|| Self::trace(text)) {
            Some(id) => Ok(id),
            None => bail!(
                Message::new(format_args!(
                    "neither a trace id nor a connection's: {}",
                    Shown(text.chars().take(100).collect::<String>())
                ))
                .hint("1-6b02589c-3f0e6a5d2c1b4a7988e6f012, as in Root=1-…, or TID_558e26a7adede44b9fdb98006014afcf")
            ),
        }
    }

    fn connection(text: &str) -> Option<Self> {
        let begin = text.get(..4).filter(|begin| begin.eq_ignore_ascii_case("TID_"))?;
        let digits = text.get(begin.len()..).filter(|digits| !digits.is_empty() && is_hex(digits))?;
        // As AWS writes it.
        Some(Self::Connection(format!("TID_{}", digits.to_ascii_lowercase())))
    }

    fn trace(text: &str) -> Option<Self> {
        let part = |name: &str| {
            let parts = text.split(';').map(str::trim);
            parts.filter_map(|part| part.split_once('=')).find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        };
        let header = text.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("X-Amzn-Trace-Id"));
        if let Some((_, value)) = header {
            return Self::trace(value.trim());
        }
        // The root is the same on every way station, `Self` is not.
        let id = part("Root").or_else(|| part("Self")).map_or(text, |(_, value)| value.trim());
        if id.len() == 32 && is_hex(id) {
            return Some(Self::Trace(format!("1-{}-{}", &id[..8], &id[8..]).to_ascii_lowercase()));
        }
        let mut parts = id.split('-');
        let (Some("1"), Some(seconds), Some(random), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let is_one =
            seconds.len() == 8 && is_hex(seconds) && (FEWEST..=RANDOM).contains(&random.len()) && is_hex(random);
        is_one.then(|| Self::Trace(id.to_ascii_lowercase()))
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Trace(id) | Self::Connection(id) => id,
        }
    }

    /// When the request came to whoever made the id up, microseconds since the epoch; a connection's does not tell.
    pub(super) fn time(&self) -> Option<i64> {
        let Self::Trace(id) = self else { return None };
        let seconds = i64::from_str_radix(id.get(2..10)?, 16).ok()?;
        // Before load balancers wrote trace ids it is no time.
        Some(seconds * SECOND).filter(|time| *time >= FIRST)
    }
}

/// 2016-11-01: access logs have trace ids since.
const FIRST: i64 = 1_477_958_400 * SECOND;

/// When the request of this trace id came, microseconds since the epoch; `None` for a connection's id and for what is none.
pub fn time_of(id: &str) -> Option<i64> {
    Id::parse(id).ok()?.time()
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "1-6b02589c-3f0e6a5d2c1b4a7988e6f012";

    #[test]
    fn an_id_is_found_in_whatever_it_was_copied_with() {
        for typed in [
            ROOT,
            " Root=1-6b02589c-3f0e6a5d2c1b4a7988e6f012",
            "\"Root=1-6B02589C-3F0E6A5D2C1B4A7988E6F012\"",
            "Self=1-6b02589d-000000000000000000000001;Root=1-6b02589c-3f0e6a5d2c1b4a7988e6f012;CalledFrom=app",
            "X-Amzn-Trace-Id: Root=1-6b02589c-3f0e6a5d2c1b4a7988e6f012;Parent=53995c3f42cd8ad8;Sampled=1",
            "x-amzn-trace-id:Self=1-6b02589c-3f0e6a5d2c1b4a7988e6f012",
            "6b02589c3f0e6a5d2c1b4a7988e6f012",
        ] {
            assert_eq!(Id::parse(typed).unwrap(), Id::Trace(ROOT.to_owned()), "{typed}");
        }
        assert_eq!(Id::parse("1-6b02589c-3f0e6a5d").unwrap().text(), "1-6b02589c-3f0e6a5d", "cut off");
        for typed in ["TID_79459CB1aabdacdb", "'tid_79459cb1aabdacdb'"] {
            assert_eq!(Id::parse(typed).unwrap(), Id::Connection("TID_79459cb1aabdacdb".to_owned()), "{typed}");
        }
    }

    #[test]
    fn what_is_no_id_is_refused_with_examples() {
        for typed in [
            "",
            "1",
            "Root=",
            "1-6b02589c",
            "1-6b02589c-3f0e6a",
            "2-6b02589c-3f0e6a5d2c1b4a7988e6f012",
            "TID_",
            "TID_x",
            "1-6b02589c-3f0e6a5d2c1b4a7988e6f012-1",
            "1-6b02589c-3f0e6a5d2c1b4a7988e6f0121",
            "Root=;Self=",
            "é-é",
            "TIDé",
        ] {
            let message = Id::parse(typed).unwrap_err().to_string();
            assert!(message.starts_with("neither a trace id nor a connection's: "), "{typed}: {message}");
            assert!(message.contains("hint: 1-6b02589c-"), "{message}");
        }
        assert!(Id::parse(&"x".repeat(5000)).unwrap_err().to_string().len() < 400);
    }

    #[test]
    fn a_trace_id_holds_its_time() {
        assert_eq!(time_of("Root=1-6b02589c-3f0e6a5d2c1b4a7988e6f012"), Some(0x6b02_589c * SECOND));
        assert_eq!(time_of("1-00000001-3f0e6a5d2c1b4a7988e6f012"), None, "made up by who does not count seconds");
        assert_eq!(time_of("TID_79459cb1aabdacdb"), None);
        assert_eq!(time_of("nonsense"), None);
    }
}
