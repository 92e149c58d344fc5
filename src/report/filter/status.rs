//! `--status`: one code, a class of them, or a range.

use std::str::FromStr;

use anyhow::{Error, bail};

use super::Values;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// Status codes from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusRange {
    pub from: u16,
    pub to: u16,
}

impl StatusRange {
    pub(super) fn condition(self, column: &str, values: &mut Values) -> String {
        if self.from == self.to {
            return format!("{column} = {}", values.int(self.from));
        }
        let (from, to) = (values.int(self.from), values.int(self.to));
        format!("{column} BETWEEN {from} AND {to}")
    }
}

impl FromStr for StatusRange {
    type Err = Error;

    /// `502`, `5xx`, `500-504`.
    fn from_str(typed: &str) -> Result<Self, Error> {
        // Codes have three digits: 460 and 561 are the load balancer's own, 000 a request that was reset.
        let code = |text: &str| -> Option<u16> {
            let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
            // Other numbers of three digits are the status of nothing.
            is_code.then(|| text.parse().ok())?.filter(|code| *code == 0 || (100..600).contains(code))
        };
        let text = typed.trim().to_ascii_lowercase();
        let range = match (text.strip_suffix("xx"), text.split_once('-')) {
            (Some(class), _) => {
                code(&format!("{class}00")).map(|from| Self { from, to: if from == 0 { 0 } else { from + 99 } })
            }
            (None, Some((from, to))) => code(from.trim()).zip(code(to.trim())).map(|(from, to)| Self { from, to }),
            (None, None) => code(&text).map(|code| Self { from: code, to: code }),
        };
        match range {
            Some(Self { from, to }) if from > to => {
                bail!(
                    Message::new(format_args!("--status {typed}: the range is empty", typed = Shown(typed)))
                        .hint(format_args!("--status {to:03}-{from:03}"))
                )
            }
            Some(range) => Ok(range),
            None => {
                bail!(
                    Message::new(format_args!("--status {typed}: not a status code", typed = Shown(typed)))
                        .hint("502, 5xx, 500-504, or several with commas between")
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_classes_and_ranges() {
        for (text, from, to) in [
            ("502", 502, 502),
            ("5xx", 500, 599),
            ("4XX", 400, 499),
            (" 500-504 ", 500, 504),
            ("500 - 500", 500, 500),
            ("000", 0, 0),
            ("0xx", 0, 0),
            ("100-599", 100, 599),
        ] {
            assert_eq!(text.parse::<StatusRange>().unwrap(), StatusRange { from, to }, "{text}");
        }
        for text in [
            "",
            "5",
            "5x",
            "xx",
            "50xx",
            "5xx-599",
            "5000",
            "-502",
            "502-",
            "+50",
            "50O",
            "½xx",
            "502-504-506",
            "600",
            "6xx",
            "099",
            "500-999",
        ] {
            let message = text.parse::<StatusRange>().unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("--status {text}: not a status code\nhint: 502")),
                "{text}: {message}"
            );
        }
        let message = "504-500".parse::<StatusRange>().unwrap_err().to_string();
        assert_eq!(message, "--status 504-500: the range is empty\nhint: --status 500-504");
    }
}
