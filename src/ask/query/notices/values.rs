//! Values that AWS never writes into a column.

use alblog::{LogKind, ValueType};

use super::Compared;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// HTTP's methods, which are compared as they are written.
const METHODS: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// What is to be said of a column that is compared with a text.
pub(super) fn told(column: &Compared, value: &str) -> Option<Message> {
    let shown = Shown(value.chars().take(60).collect::<String>()).to_string();
    let said = |message: String, hint: String| Some(Message::new(message).hint(hint));
    match column.name.as_str() {
        "elb" if !value.contains('/') && !value.is_empty() => said(
            format!("elb is app/NAME/ID in these logs, which '{shown}' is not"),
            format!("split_part(elb, '/', 2) = '{shown}'"),
        ),
        "request_verb" => {
            let method = METHODS.into_iter().find(|method| *method != value && method.eq_ignore_ascii_case(value))?;
            said(
                format!("methods are compared as they are written, and '{shown}' is not '{method}'"),
                format!("request_verb = '{method}'"),
            )
        }
        "region" if value.chars().any(char::is_uppercase) => said(
            format!("names of regions are in small letters, and '{shown}' is not"),
            format!("region = '{}'", shown.to_lowercase()),
        ),
        "object_day" if !is_of(value, "0000/00/00") => said(
            format!("day is text such as '2026/11/20', which '{shown}' is not"),
            "day = '2026/11/20', with two digits for the month and two for the day".to_owned(),
        ),
        "object_year" if !is_of(value, "0000") => {
            said(format!("year is text of four digits, which '{shown}' is not"), "year = '2026'".to_owned())
        }
        "object_month" if !is_of(value, "00") => {
            said(format!("month is text of two digits, which '{shown}' is not"), "month = '11'".to_owned())
        }
        "object_day_of_month" if !is_of(value, "00") => said(
            format!("beside year or month, day is the day of the month, which '{shown}' is not"),
            "day = '20'".to_owned(),
        ),
        name if column.is_written
            && is_integer(name)
            && value.parse::<i64>().map(|n| n.to_string()) != Ok(value.to_owned()) =>
        {
            said(
                format!("{name} is an integer, and no integer is written '{shown}'"),
                match value.trim().parse::<i64>() {
                    Ok(number) => format!("{name} = {number}"),
                    Err(_) => format!("{name} BETWEEN 500 AND 599"),
                },
            )
        }
        _ => None,
    }
}

/// Whether a text has digits where the form has them, and otherwise what the form has.
fn is_of(value: &str, form: &str) -> bool {
    let fits = |(value, form): (char, char)| if form == '0' { value.is_ascii_digit() } else { value == form };
    value.chars().count() == form.len() && value.chars().zip(form.chars()).all(fits)
}

fn is_integer(name: &str) -> bool {
    let mut columns =
        LogKind::ALL.iter().flat_map(|kind| kind.columns()).filter(|column| column.name == name).peekable();
    columns.peek().is_some() && columns.all(|column| matches!(column.value, ValueType::Int | ValueType::BigInt))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_told(name: &str, is_written: bool, value: &str) -> bool {
        told(&Compared { name: name.to_owned(), is_written }, value).is_some()
    }

    #[test]
    fn only_what_can_never_be_there_is_told() {
        for (name, is_written, value) in [
            ("elb", false, "shop"),
            ("request_verb", false, "get"),
            ("region", false, "EU-WEST-1"),
            ("object_day", false, "2026-11-1"),
            ("object_day", false, "2026/11/1"),
            ("object_month", false, "November"),
            ("elb_status_code", true, "502 "),
            ("elb_status_code", true, "0502"),
            ("elb_status_code", true, "5xx"),
        ] {
            assert!(is_told(name, is_written, value), "{name} {value}");
        }
        for (name, is_written, value) in [
            ("elb", false, "app/shop/50dc6c495c0c9188"),
            ("elb", false, "net/x/1"),
            ("request_verb", false, "GET"),
            ("request_verb", false, "PROPFIND"),
            ("request_verb", false, "-"),
            ("region", false, "eu-west-1"),
            ("object_day", false, "2026/11/01"),
            ("elb_status_code", true, "502"),
            ("elb_status_code", true, "-1"),
            ("elb_status_code", false, "5xx"),
            ("user_agent", false, "curl"),
        ] {
            assert!(!is_told(name, is_written, value), "{name} {value}");
        }
    }
}
