//! `--account` and `--region`: whose load balancers. `--method`: how it was asked.

use anyhow::{Result, bail};

use super::Values;
use super::pattern::like;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// Digits of an account's number.
const ACCOUNT: usize = 12;

pub(super) fn account(typed: &str, values: &mut Values) -> Result<String> {
    let text = typed.trim();
    if text.len() != ACCOUNT || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!(
            Message::new(format_args!("--account {typed}: not the number of an account", typed = Shown(typed)))
                .hint("12 digits, such as 111122223333")
        );
    }
    Ok(format!("account = {}", values.text(text)))
}

pub(super) fn region(typed: &str, values: &mut Values) -> Result<String> {
    let text = typed.trim();
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-*".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_part) {
        bail!(
            Message::new(format_args!("--region {typed}: not a region", typed = Shown(typed)))
                .hint("a region, such as eu-west-1, or a pattern: eu-*")
        );
    }
    Ok(like("region", text, values))
}

/// Methods are case-sensitive, and all that are in use are written in capitals.
pub(super) fn method(typed: &str, values: &mut Values) -> Result<String> {
    let text = typed.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphabetic() || b"-_".contains(&byte)) {
        bail!(
            Message::new(format_args!("--method {typed}: not a method", typed = Shown(typed)))
                .hint("a method, such as GET or POST")
        );
    }
    Ok(format!("request_verb = {}", values.text(text.to_ascii_uppercase())))
}

#[cfg(test)]
mod tests {
    use super::super::{Filter, Table};
    use super::*;
    use crate::fleet::inventory::target_groups::TargetGroups;

    fn of(filter: &Filter, table: Table) -> Result<Vec<String>> {
        let conditions = filter.conditions(table, &TargetGroups::default())?;
        let values = conditions.iter().flat_map(|condition| condition.values.clone()).collect();
        conditions.iter().map(|condition| crate::ask::sql::with_literals(&condition.sql, &values)).collect()
    }

    #[test]
    fn whose_load_balancers() {
        let filter = Filter {
            accounts: vec!["111122223333".to_owned()],
            regions: vec!["eu-west-1".to_owned(), "us-*".to_owned()],
            ..Filter::default()
        };
        for table in [Table::Requests, Table::Connections, Table::HealthChecks, Table::LogObjects] {
            let expected = ["account = '111122223333'", r"(region = 'eu-west-1' OR region LIKE 'us-%' ESCAPE '\')"];
            assert_eq!(of(&filter, table).unwrap(), expected, "{table:?}");
        }
    }

    #[test]
    fn how_it_was_asked() {
        let filter = Filter { methods: vec!["post".to_owned(), "M-SEARCH".to_owned()], ..Filter::default() };
        assert_eq!(of(&filter, Table::Requests).unwrap(), ["(request_verb = 'POST' OR request_verb = 'M-SEARCH')"]);
        assert!(of(&filter, Table::Connections).is_err());
    }

    #[test]
    fn everything_else_is_refused() {
        let refused = |filter: Filter| of(&filter, Table::Requests).unwrap_err().to_string();
        for text in ["", "1", "prod", "11112222333x", "\u{661}11122223333"] {
            let filter = Filter { accounts: vec![text.to_owned()], ..Filter::default() };
            assert!(refused(filter).starts_with(&format!("--account {}: not", Shown(text))), "{text}");
        }
        for text in ["", "EU west", "eu-west-1'"] {
            let filter = Filter { regions: vec![text.to_owned()], ..Filter::default() };
            assert!(refused(filter).starts_with(&format!("--region {}: not", Shown(text))), "{text}");
        }
        for text in ["", "GET /", "5xx"] {
            let filter = Filter { methods: vec![text.to_owned()], ..Filter::default() };
            assert!(refused(filter).starts_with(&format!("--method {}: not", Shown(text))), "{text}");
        }
    }
}
