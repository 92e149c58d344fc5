//! What a row of a report can be (`--by`): the one list of names, of the words people read for them, and of the flags
//! that narrow a report to one row. Queries write the same names in `choice(…)` and `CASE :by`; a test holds them to the
//! list.

/// Something that rows can be grouped by.
#[derive(Debug, PartialEq, Eq)]
struct Dimension {
    /// As `--by` takes it.
    name: &'static str,
    /// As people say it.
    words: &'static str,
    /// The flag that chooses the rows of one, if there is such a flag.
    flag: Option<&'static str>,
}

const fn dimension(name: &'static str, words: &'static str, flag: Option<&'static str>) -> Dimension {
    Dimension { name, words, flag }
}

const DIMENSIONS: [Dimension; 21] = [
    dimension("target_group", "target group", Some("--target-group")),
    dimension("elb", "load balancer", Some("--elb")),
    dimension("host", "host", Some("--host")),
    dimension("status", "status", Some("--status")),
    dimension("client", "client", Some("--client")),
    dimension("target", "target", Some("--target")),
    dimension("rule", "rule", None),
    dimension("method", "method", Some("--method")),
    // What a report calls a path is a route or a beginning: no value of `--path`.
    dimension("path", "path", None),
    dimension("type", "type", None),
    dimension("cipher", "cipher", None),
    dimension("reason", "reason", None),
    dimension("user_agent", "user agent", None),
    // Logs do not say in which zone a target is; an inventory may. Else: subnets are of one zone, and have 20 bits in common
    // as a rule.
    dimension("zone", "zone (/20)", None),
    // Of the pods that had the addresses then.
    dimension("pod", "pod", None),
    dimension("workload", "workload", None),
    dimension("version", "version", None),
    dimension("family", "family", None),
    dimension("agent", "agent", None),
    dimension("kind", "kind", None),
    dimension("all", "all", None),
];

fn find(name: &str) -> Option<&'static Dimension> {
    DIMENSIONS.iter().find(|dimension| dimension.name == name)
}

/// `target group`; what a user's own query calls by another name is called by that.
pub(super) fn words(name: &str) -> String {
    find(name).map_or_else(|| name.replace('_', " "), |dimension| dimension.words.to_owned())
}

/// `TARGET GROUP`, above a column.
pub(super) fn heading(name: &str) -> String {
    words(name).to_uppercase()
}

/// `--target-group`
pub(super) fn flag(name: &str) -> Option<&'static str> {
    find(name)?.flag
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::library;
    use crate::report::query_file::{ParameterKind, QueryFile};

    /// What each is of a row of `requests`. Not here: what every report makes of the row in its own way.
    const EXPRESSIONS: [(&str, &str); 15] = [
        ("target_group", "target_group_arn"),
        ("elb", "elb"),
        ("host", "lower(url_extract_host(request_url))"),
        ("status", "CAST(elb_status_code AS varchar)"),
        ("client", "client_ip"),
        ("target", "target_ip || ':' || CAST(target_port AS varchar)"),
        ("rule", "CAST(matched_rule_priority AS varchar)"),
        ("method", "request_verb"),
        ("type", "type"),
        ("cipher", "ssl_cipher"),
        ("reason", "classification_reason"),
        ("user_agent", "user_agent"),
        ("pod", "target_pod"),
        ("workload", "target_workload"),
        ("version", "target_workload || ' ' || target_version"),
    ];
    const OF_THEIR_REPORT: [&str; 6] = ["path", "family", "agent", "kind", "all", "zone"];

    fn choices(file: &QueryFile) -> Vec<String> {
        match file.parameter("by").map(|by| by.kind.clone()) {
            Some(ParameterKind::Choice(choices)) => choices,
            _ => Vec::new(),
        }
    }

    /// What stands for a dimension in the CASE that makes the column `name` or `within`; without what stands for none.
    fn arms(sql: &str, name: &str) -> Vec<String> {
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let when = format!(":by = '{name}' THEN ");
        let arms = sql.split(&when).skip(1).filter_map(|rest| {
            let end = [" WHEN ", " END", " ELSE "].iter().filter_map(|word| rest.find(word)).min()?;
            Some(rest[..end].to_owned())
        });
        let value = |arm: String| match arm.strip_prefix("coalesce(").and_then(|rest| rest.rsplit_once(", '(")) {
            Some((value, _)) => value.to_owned(),
            None => arm,
        };
        arms.map(value).collect()
    }

    #[test]
    fn reports_mean_the_same_by_the_same_name() {
        let mut checked = 0;
        for file in library::all().unwrap() {
            for (name, expression) in EXPRESSIONS {
                // The first CASE says what a row is; later ones what stands beside it.
                let Some(arm) = arms(&file.sql, name).into_iter().next() else { continue };
                let sql = file.sql.split_whitespace().collect::<Vec<_>>().join(" ");
                let is_prepared = sql.contains(&format!("{expression} AS {arm}"));
                let is_network = name == "client" && arm == "network";
                assert!(arm == expression || is_prepared || is_network, "{}: {name} is {arm}", file.name);
                checked += 1;
            }
        }
        assert!(checked > 40, "{checked}");
    }

    #[test]
    fn every_choice_is_in_the_list_and_in_its_query() {
        let mut used = BTreeSet::new();
        for file in library::all().unwrap() {
            for choice in choices(&file) {
                assert!(find(&choice).is_some(), "{}: {choice}", file.name);
                let is_default = file.parameter("by").unwrap().default.as_deref() == Some(choice.as_str());
                assert!(is_default || file.sql.contains(&format!(":by = '{choice}'")), "{}: {choice}", file.name);
                used.insert(choice);
            }
        }
        let listed: BTreeSet<String> = DIMENSIONS.iter().map(|it| it.name.to_owned()).collect();
        assert_eq!(used, listed);
        let described: BTreeSet<&str> = EXPRESSIONS.iter().map(|(name, _)| *name).chain(OF_THEIR_REPORT).collect();
        assert_eq!(described.len(), DIMENSIONS.len());
    }

    #[test]
    fn other_names_are_words_of_their_own() {
        assert_eq!((words("elb"), heading("user_agent")), ("load balancer".to_owned(), "USER AGENT".to_owned()));
        assert_eq!((words("tls_version"), flag("tls_version")), ("tls version".to_owned(), None));
        assert_eq!(flag("target_group"), Some("--target-group"));
    }
}
