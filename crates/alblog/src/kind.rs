//! The kinds of log an Application Load Balancer writes, and how to tell a line's kind from the line alone.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::columns::{ACCESS_COLUMNS, CONNECTION_COLUMNS, Column, HEALTH_CHECK_COLUMNS, known_fields, time_field};
use crate::structure;

/// A kind of Application Load Balancer log.
///
/// All three may lie in one folder; their object names differ ([`crate::LogKey`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogKind {
    /// One line per request: 17 fields in 2016, twice as many ten years later.
    Access,
    /// One line per client connection or failed handshake.
    Connection,
    /// One line per health check of a target.
    HealthCheck,
}

impl LogKind {
    /// Every kind, in the order they are listed to people.
    pub const ALL: [Self; 3] = [Self::Access, Self::Connection, Self::HealthCheck];

    /// How the names of its objects begin, before the account.
    #[must_use]
    pub const fn name_prefix(self) -> &'static str {
        match self {
            Self::Access => "",
            Self::Connection => "conn_log_",
            Self::HealthCheck => "health_check_log_",
        }
    }

    /// The object that AWS puts below `AWSLogs/<account>/` when this kind of log is switched on: text, no log.
    #[must_use]
    pub const fn test_object(self) -> &'static str {
        match self {
            Self::Access => "ELBAccessLogTestFile",
            Self::Connection => "ELBConnectionLogTestFile",
            Self::HealthCheck => "ELBHealthCheckLogTestFile",
        }
    }

    /// The columns of a row of this kind, in schema order.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Access => ACCESS_COLUMNS,
            Self::Connection => CONNECTION_COLUMNS,
            Self::HealthCheck => HEALTH_CHECK_COLUMNS,
        }
    }

    /// The fewest fields a line of this kind has had in any era; a line with fewer is rejected.
    #[must_use]
    pub const fn min_fields(self) -> usize {
        match self {
            Self::Access => 12,
            Self::Connection => 11,
            Self::HealthCheck => 8,
        }
    }

    /// The number of fields known today. What follows them is kept in `extra_fields`.
    #[must_use]
    pub const fn known_fields(self) -> usize {
        match self {
            Self::Access => const { known_fields(ACCESS_COLUMNS) },
            Self::Connection => const { known_fields(CONNECTION_COLUMNS) },
            Self::HealthCheck => const { known_fields(HEALTH_CHECK_COLUMNS) },
        }
    }

    /// Position (from 0) of the field that holds the row's own time.
    #[must_use]
    pub const fn time_field(self) -> usize {
        match self {
            Self::Access => const { time_field(ACCESS_COLUMNS) },
            Self::Connection => const { time_field(CONNECTION_COLUMNS) },
            Self::HealthCheck => const { time_field(HEALTH_CHECK_COLUMNS) },
        }
    }

    /// The SQL table that holds rows of this kind.
    #[must_use]
    pub fn table(self) -> &'static str {
        match self {
            Self::Access => "requests",
            Self::Connection => "connections",
            Self::HealthCheck => "health_checks",
        }
    }

    /// The kind of log a line seems to belong to, from its first fields; `None` for anything else
    /// (Network and Classic Load Balancer lines, a test object's text, other files).
    #[must_use]
    pub fn recognise(line: &[u8]) -> Option<Self> {
        let mut fields = line.split(|&b| b == b' ');
        let (first, second, third) = (fields.next()?, fields.next()?, fields.next()?);
        let is_time = |field: &[u8]| crate::time::parse(field).is_some();
        let text = |field| std::str::from_utf8(field).ok();
        if is_time(first) {
            let fourth = fields.next()?;
            let ports = [third, fourth].map(|field| text(field).and_then(|t| t.parse::<u16>().ok()));
            let is_connection = text(second)?.parse::<IpAddr>().is_ok() && ports.iter().all(Option::is_some);
            return is_connection.then_some(Self::Connection);
        }
        if !is_time(second) || !structure::is_type(first) {
            return None;
        }
        if third.first().is_some_and(u8::is_ascii_digit) && text(third)?.parse::<f64>().is_ok() {
            return Some(Self::HealthCheck);
        }
        let client = fields.next()?;
        (client.contains(&b':') && fields.count() + 4 >= Self::Access.min_fields()).then_some(Self::Access)
    }
}

impl LogKind {
    /// Whether a line holds further lines of the kind, without line ends between them.
    #[must_use]
    pub fn is_several(self, line: &[u8]) -> bool {
        structure::is_several(self, line)
    }

    /// The kind of log a line belongs to if at most so many words stand before it, and the line without them.
    #[must_use]
    pub fn recognise_after(line: &[u8], words: usize) -> Option<(&[u8], Self)> {
        structure::after_prefix(line, words)
    }
}

impl fmt::Display for LogKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Access => "access",
            Self::Connection => "connection",
            Self::HealthCheck => "health-check",
        })
    }
}

/// The text is not the name of a log kind.
#[derive(Debug, thiserror::Error)]
#[error("unknown kind of log: {0} (known: access, connection, health-check)")]
pub struct UnknownKind(String);

impl FromStr for LogKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        match text {
            "access" => Ok(Self::Access),
            "connection" => Ok(Self::Connection),
            "health-check" | "health_check" => Ok(Self::HealthCheck),
            other => Err(UnknownKind(other.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_recognised_by_their_first_fields() {
        let cases: [(&str, Option<LogKind>); 9] = [
            (
                "http 2018-07-02T22:23:00.186641Z app/lb/1 10.0.0.1:28 - 0 0 0 200 200 1 1 \"- - -\"",
                Some(LogKind::Access),
            ),
            (
                "https 2015-11-07T18:45:33.559871Z elb1 198.51.100.44:4586 10.0.0.215:80 0 0 0 200 200 0 4",
                Some(LogKind::Access),
            ),
            ("2024-11-29T13:45:24.599544Z 172.31.43.26 58206 80 - - - \"-\" - - -", Some(LogKind::Connection)),
            ("2024-11-29T13:45:24.599544Z 2001:db8::1 58206 80 - - - \"-\" - - -", Some(LogKind::Connection)),
            ("http 2025-10-31T12:44:59.875678Z 0.019584011 172.31.20.97:80 web PASS 200 -", Some(LogKind::HealthCheck)),
            ("tls 2.0 2018-12-20T02:59:40 net/lb/05 g3d 192.168.131.39:2817 10.0.0.1:80 5 2 98 246", None),
            ("2015-05-13T23:39:43.945958Z my-lb 192.168.131.39:2817 10.0.0.1:80 0 0 0 200 200 0 29", None),
            ("Enable AccessLog for ELB: app/lb/959dfdbaed241613 at 2020-11-20T09:55:52.806Z", None),
            ("", None),
        ];
        for (line, kind) in cases {
            assert_eq!(LogKind::recognise(line.as_bytes()), kind, "{line}");
        }
    }
}
