//! What an export leaves out of its rows because it is nobody's business.
//!
//! Responsible for the values; whether an export redacts is settled when it is created. What is looked at is chosen
//! from the column tables where they say enough, so that a column that AWS adds is not forgotten.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use alblog::LogKind;
use alblog::columns::Source;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray, new_null_array};
use arrow::error::ArrowError;
use serde::{Deserialize, Serialize};

use crate::base::tables::Table;

/// Something that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Redacted {
    /// Everything from the first `?` of a URL.
    QueryStrings,
    /// The host's part of a client's address: /24 and /48 stay.
    ClientIp,
    /// What identifies a client's certificate: subject, serial number and validity.
    ClientCertificates,
}

impl Redacted {
    /// All of them, in the order they are listed to people.
    pub const ALL: [Self; 3] = [Self::QueryStrings, Self::ClientIp, Self::ClientCertificates];
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QueryStrings => "query-strings",
            Self::ClientIp => "client-ip",
            Self::ClientCertificates => "client-certificates",
        })
    }
}

/// The text does not name something that can be redacted.
#[derive(Debug, thiserror::Error)]
#[error("nothing to redact is called {0:?} (known: query-strings, client-ip, client-certificates)")]
pub struct UnknownRedaction(String);

impl FromStr for Redacted {
    type Err = UnknownRedaction;

    fn from_str(text: &str) -> Result<Self, UnknownRedaction> {
        Self::ALL.into_iter().find(|one| one.to_string() == text).ok_or_else(|| UnknownRedaction(text.to_owned()))
    }
}

/// What an export leaves out. The order in which it was asked for does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redaction(BTreeSet<Redacted>);

impl Redaction {
    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows without what is to be left out. Columns may be any selection of the table's.
    pub fn apply(&self, table: Table, rows: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if self.is_empty() {
            return Ok(rows);
        }
        let schema = rows.schema();
        let columns = schema.fields().iter().zip(rows.columns()).map(|(field, column)| {
            let treatment = self.treatment(table, field.name());
            treatment.map_or_else(|| Arc::clone(column), |treatment| treatment.of(column))
        });
        RecordBatch::try_new(Arc::clone(&schema), columns.collect())
    }

    fn treatment(&self, table: Table, column: &str) -> Option<Treatment> {
        let has = |what| self.0.contains(&what);
        match column {
            // Whatever there is to hide may stand in them, in any shape.
            "extra_fields" => Some(Treatment::Null),
            "line" if table == Table::RejectedLines => Some(Treatment::Null),
            "client_ip" if has(Redacted::ClientIp) => Some(Treatment::Network),
            name if name.starts_with("leaf_client_cert_") && has(Redacted::ClientCertificates) => Some(Treatment::Null),
            name if has(Redacted::QueryStrings) && holds_url(table.kind()?, name) => Some(Treatment::CutQuery),
            _ => None,
        }
    }
}

/// Whether a URL may stand in a column: those of redirects and rewrites, and all three parts of the request. A malformed
/// request without spaces is all verb, and one with spaces in its URL may end in what looks like a version.
fn holds_url(kind: LogKind, name: &str) -> bool {
    let of_request = |column: &alblog::Column| matches!(column.source, Source::Request(..));
    matches!(name, "redirect_url" | "transformed_uri")
        || kind.columns().iter().any(|column| column.name == name && of_request(column))
}

/// Prints the names with commas between.
impl fmt::Display for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(","))
    }
}

/// Reads names with commas between; none for the empty text.
impl FromStr for Redaction {
    type Err = UnknownRedaction;

    fn from_str(text: &str) -> Result<Self, UnknownRedaction> {
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::parse).collect()
    }
}

impl FromIterator<Redacted> for Redaction {
    fn from_iter<I: IntoIterator<Item = Redacted>>(what: I) -> Self {
        Self(what.into_iter().collect())
    }
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy)]
enum Treatment {
    Null,
    CutQuery,
    Network,
}

impl Treatment {
    fn of(self, column: &ArrayRef) -> ArrayRef {
        let text = column.as_string_view_opt();
        match (self, text) {
            (Self::CutQuery, Some(text)) => {
                Arc::new(text.iter().map(|value| value.map(without_query)).collect::<StringViewArray>())
            }
            (Self::Network, Some(text)) => {
                Arc::new(text.iter().map(|value| value.and_then(network)).collect::<StringViewArray>())
            }
            // What is not text is nothing that can be cut: nothing is safe.
            (Self::Null, _) | (_, None) => new_null_array(column.data_type(), column.len()),
        }
    }
}

fn without_query(url: &str) -> &str {
    url.split_once('?').map_or(url, |(before, _)| before)
}

/// The address with its host's part zero; `None` if it is none.
fn network(address: &str) -> Option<String> {
    let network = match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8))),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80))),
    };
    Some(network.to_string())
}

#[cfg(test)]
mod tests {
    use alblog::{Decoder, ObjectContext};
    use proptest::prelude::*;

    use super::*;

    fn all() -> Redaction {
        Redacted::ALL.into_iter().collect()
    }

    #[test]
    fn names_are_read_and_printed_in_any_order() {
        let redaction: Redaction = "client-ip, query-strings".parse().expect("known names");
        assert_eq!(redaction.to_string(), "query-strings,client-ip");
        assert_eq!(serde_json::to_string(&redaction).expect("names"), r#"["query-strings","client-ip"]"#);
        assert_eq!(serde_json::from_str::<Redaction>(r#"["client-ip","query-strings"]"#).expect("names"), redaction);
        assert_eq!("".parse::<Redaction>().expect("nothing"), Redaction::default());
        let error = "client-ips".parse::<Redaction>().expect_err("no such name").to_string();
        for what in Redacted::ALL {
            assert!(error.contains(&what.to_string()), "{error}");
            assert_eq!(what.to_string().parse::<Redacted>().expect("its own name"), what);
        }
        assert!(serde_json::from_str::<Redaction>(r#"["zzz"]"#).is_err());
    }

    #[test]
    fn networks() {
        let cases = [
            ("203.0.113.7", Some("203.0.113.0")),
            ("2001:db8:1:2:3::4", Some("2001:db8:1::")),
            ("::1", Some("::")),
            ("::ffff:203.0.113.7", Some("203.0.113.0")),
            ("203.0.113", None),
            ("fe80::1%eth0", None),
            ("", None),
        ];
        for (address, expected) in cases {
            assert_eq!(network(address).as_deref(), expected, "{address}");
        }
    }

    /// Every column that is not named here stays as it was, whatever is redacted.
    #[test]
    fn columns_that_are_redacted() {
        let mut found = Vec::new();
        for table in Table::ALL {
            let names = table.columns().into_iter().map(|column| column.name);
            found.extend(names.filter(|name| all().treatment(table, name).is_some()));
        }
        let expected = [
            "client_ip request_verb request_url request_proto redirect_url transformed_uri extra_fields",
            "client_ip leaf_client_cert_subject leaf_client_cert_validity leaf_client_cert_serial_number extra_fields",
            "extra_fields line",
        ];
        assert_eq!(found.join(" "), expected.join(" "));
        for table in Table::ALL {
            for column in table.columns().into_iter().filter(|c| all().treatment(table, c.name).is_some()) {
                assert!(column.nullable, "{}", column.name);
            }
        }
    }

    fn decode(kind: LogKind, line: &str) -> RecordBatch {
        let mut decoder = Decoder::builder(kind).build();
        decoder.start_object(ObjectContext::default());
        decoder.decode(line.as_bytes());
        decoder.finish();
        decoder.flush().expect("a row")
    }

    /// The same again for one value, letter by letter.
    fn reference(name: &str, value: &str) -> Option<String> {
        match name {
            "extra_fields" => None,
            "client_ip" if value.contains(':') => {
                let address: Ipv6Addr = value.parse().ok()?;
                let [a, b, c, ..] = address.segments();
                Some(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_string())
            }
            "client_ip" => {
                let parts: Vec<u8> = value.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
                let [a, b, c, _] = parts[..] else { return None };
                Some(format!("{a}.{b}.{c}.0"))
            }
            "request_verb" | "request_url" | "request_proto" | "redirect_url" | "transformed_uri" => {
                Some(value.chars().take_while(|&letter| letter != '?').collect())
            }
            _ => Some(value.to_owned()),
        }
    }

    fn address() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<[u8; 4]>().prop_map(|bytes| Ipv4Addr::from(bytes).to_string()),
            any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits | 1 << 127).to_string()),
            Just("nonsense".to_owned()),
        ]
    }

    proptest! {
        #[test]
        fn rows_are_redacted_as_the_reference_says(
            client in address(),
            request in "[a-zA-Z?/ =&é]{0,30}",
            redirect in "[a-z?/]{1,20}",
        ) {
            let line = format!(
                "https 2026-11-20T10:00:00.5Z app/a/1 {client}:443 10.0.0.1:80 0.1 0.1 0.1 200 200 1 2 \"{request}\" \"x?y\" - - \
                 arn \"Root=1\" \"d\" \"a\" 1 2026-11-20T10:00:00.4Z \"forward\" \"{redirect}\" \"-\" \"-\" \"-\" \"-\" \"-\" \
                 TID_1 \"h\" \"{redirect}\" \"s\" 10.0.0.2 - - new?field"
            );
            let rows = decode(LogKind::Access, &line);
            let redacted = all().apply(Table::Requests, rows.clone()).expect("the same schema");
            prop_assert_eq!(redacted.schema(), rows.schema());
            for ((field, before), after) in rows.schema().fields().iter().zip(rows.columns()).zip(redacted.columns()) {
                let Some(text) = before.as_string_view_opt() else {
                    prop_assert_eq!(before, after);
                    continue;
                };
                let expected = text.iter().next().flatten().and_then(|value| reference(field.name(), value));
                let found = after.as_string_view().iter().next().flatten().map(str::to_owned);
                prop_assert_eq!(found, expected, "{}", field.name());
            }
            prop_assert_eq!(Redaction::default().apply(Table::Requests, rows.clone()).expect("as it was"), rows);
        }
    }
}
