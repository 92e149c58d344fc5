//! Formats in the notation of the other function: `date_format(time, 'yyyy-MM-dd')` answers `yyyy-MM-dd`.

use crate::base::message::Message;
use crate::base::shown::Shown;

/// What is to be said of a format.
pub(super) fn told(function: &str, format: &str) -> Option<Message> {
    match function {
        "date_format" if !format.contains('%') && format.chars().any(char::is_alphabetic) => {
            let message =
                format!("date_format(time, '{}') answers that text itself: its formats are MySQL's", Shown(format));
            Some(Message::new(message).hint("date_format(time, '%Y-%m-%d'), or format_datetime(time, 'yyyy-MM-dd')"))
        }
        "format_datetime" if is_mysqls(format) => {
            let message =
                format!("format_datetime(time, '{}') writes each % as it is: its formats are Joda's", Shown(format));
            Some(Message::new(message).hint("format_datetime(time, 'yyyy-MM-dd'), or date_format(time, '%Y-%m-%d')"))
        }
        _ => None,
    }
}

/// Whether a percent sign stands before a letter, outside of apostrophes.
fn is_mysqls(format: &str) -> bool {
    let outside: String = format.split('\'').step_by(2).collect::<Vec<_>>().join("'");
    outside.as_bytes().array_windows().any(|[sign, letter]| *sign == b'%' && letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn only_a_format_of_the_other_notation_is_told() {
        for (function, format) in [
            ("date_format", "yyyy-MM-dd"),
            ("date_format", "HH:mm"),
            ("format_datetime", "%Y-%m-%d"),
            ("format_datetime", "yyyy %H"),
        ] {
            assert!(told(function, format).is_some(), "{function} {format}");
        }
        for (function, format) in [
            ("date_format", "%Y-%m-%d"),
            ("date_format", "-"),
            ("format_datetime", "yyyy-MM-dd"),
            ("format_datetime", "mm '%Y'"),
            ("format_datetime", "ss%"),
            ("date_trunc", "yyyy"),
        ] {
            assert!(told(function, format).is_none(), "{function} {format}");
        }
    }
}
