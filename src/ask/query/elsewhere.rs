//! Names that stand in queries written for other tables of these logs, for Athena's above all, and what is written here.

/// Columns of other tables, and the columns that hold the same here.
const COLUMNS: [(&str, &[&str]); 10] = [
    ("client_ip_port", &["client_ip", "client_port"]),
    ("client", &["client_ip", "client_port"]),
    ("elb_name", &["elb"]),
    ("hour", &["time"]),
    ("lambda_error_reason", &["error_reason"]),
    ("month", &["day"]),
    ("request", &["request_verb", "request_url", "request_proto"]),
    ("target_ip_port", &["target_ip", "target_port"]),
    ("timestamp", &["time"]),
    ("year", &["day"]),
];

/// What people look for, what it is made of here, and the column that it is made from.
const MADE: [(&str, &str, &str); 9] = [
    ("host", "url_extract_host(request_url)", "request_url"),
    ("path", "url_extract_path(request_url)", "request_url"),
    ("query", "url_extract_query(request_url)", "request_url"),
    ("method", "request_verb", "request_verb"),
    ("verb", "request_verb", "request_verb"),
    ("url", "request_url", "request_url"),
    ("status", "elb_status_code", "elb_status_code"),
    ("target_group", "split_part(target_group_arn, '/', 2)", "target_group_arn"),
    (
        "total_time",
        "request_processing_time + target_processing_time + response_processing_time",
        "target_processing_time",
    ),
];

/// Functions of Trino that are not here, and what does the same.
const FUNCTIONS: [(&str, &str); 8] = [
    ("histogram", "SELECT x, count(*) FROM … GROUP BY x counts every value; --dialect athena knows histogram"),
    ("map_agg", "SELECT x, max(y) FROM … GROUP BY x; --dialect athena knows map_agg"),
    ("approx_most_frequent", "SELECT x, count(*) FROM … GROUP BY x ORDER BY 2 DESC LIMIT 10"),
    ("numeric_histogram", "SELECT floor(x), count(*) FROM … GROUP BY 1"),
    ("checksum", "SELECT count(*), sum(x) … tells most differences"),
    ("reduce", "--dialect athena knows it, and other functions that take a function x -> …"),
    ("approx_set", "approx_distinct(x) counts"),
    ("quantile", "approx_percentile(x, 0.99)"),
];

/// What to write instead of a column of another table, if all of it is among the columns known at that place.
pub(super) fn column(name: &str, known: &[&str]) -> Option<String> {
    let made = MADE.iter().find(|(other, _, of)| other.eq_ignore_ascii_case(name) && known.contains(of));
    if let Some((_, made, _)) = made {
        return Some(format!("here that is {made}"));
    }
    let (_, here) = COLUMNS.iter().find(|(other, _)| other.eq_ignore_ascii_case(name))?;
    if !here.iter().all(|column| known.contains(column)) {
        return None;
    }
    Some(match here {
        ["day"] => "here that is in day, text such as '2026-11-20'".to_owned(),
        [column] => format!("here that is {column}"),
        [first @ .., last] => format!("here that is {} and {last}", first.join(", ")),
        [] => return None,
    })
}

/// What to write instead of a function of Trino.
pub(super) fn function(name: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, instead)| *instead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_columns_that_are_there_are_named() {
        let known = ["day", "request_verb", "request_url", "request_proto"];
        let request = "here that is request_verb, request_url and request_proto";
        assert_eq!(column("Request", &known).as_deref(), Some(request));
        assert_eq!(column("request", &known[..2]), None);
        assert_eq!(column("year", &known).as_deref(), Some("here that is in day, text such as '2026-11-20'"));
        assert_eq!(column("years", &known), None);
    }

    #[test]
    fn every_column_that_is_named_exists() {
        let known: Vec<&str> =
            alblog::LogKind::Access.columns().iter().map(|column| column.name).chain(["day"]).collect();
        for (other, here) in COLUMNS {
            assert!(here.iter().all(|column| known.contains(column)), "{here:?}");
            assert!(!known.contains(&other), "{other}");
        }
    }
}
