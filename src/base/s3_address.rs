//! Addresses in S3, `s3://bucket/key`: read, printed and joined in one way. Pure text.

use std::fmt;
use std::str::FromStr;

/// How they begin.
const SCHEME: &str = "s3://";

/// A bucket and a prefix without slashes at its ends: `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Address {
    /// The bucket's name.
    pub bucket: String,
    /// What keys begin with; empty for the whole bucket.
    pub prefix: String,
}

impl S3Address {
    /// A key, or a pattern of keys, below it: `prefix/name`.
    pub fn below(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    /// What keys below a folder of this name begin with: `prefix/name/`.
    pub fn folder(&self, name: &str) -> String {
        self.below(name) + "/"
    }

    /// The folder of this name: `s3://bucket/prefix/name/`.
    pub fn url_of(&self, name: &str) -> String {
        url(&self.bucket, &self.folder(name))
    }
}

/// The address of exactly this key, or of all keys that begin so: `s3://bucket/key`, `s3://bucket/`.
pub fn url(bucket: &str, key: &str) -> String {
    format!("{SCHEME}{bucket}/{key}")
}

/// A bucket and a prefix as people write them: `s3://bucket/prefix`, and `s3://bucket` without one.
pub fn address(bucket: &str, prefix: &str) -> String {
    if prefix.is_empty() { format!("{SCHEME}{bucket}") } else { url(bucket, prefix) }
}

/// Bucket and key (or prefix) of an address, as they stand there; `None` if it is not in S3.
pub fn split(address: &str) -> Option<(&str, &str)> {
    let path = address.strip_prefix(SCHEME)?;
    Some(path.split_once('/').unwrap_or((path, "")))
}

/// Whether AWS would let a bucket be called so: 3 to 63 letters, digits, dots and hyphens, a letter or digit at both ends, no
/// two dots together, and no IPv4 address. Capitals and underscores are allowed, and up to 255 bytes, for buckets of
/// us-east-1 from before 2018 still have them.
pub fn is_bucket_name(name: &str) -> bool {
    let is_outer = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let is_old = name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == b'_');
    (3..=if is_old { 255 } else { 63 }).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
        && is_outer(name.as_bytes().first())
        && is_outer(name.as_bytes().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

/// Text that is no address in S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected s3://bucket/prefix")]
pub struct NoS3Address;

impl FromStr for S3Address {
    type Err = NoS3Address;

    fn from_str(text: &str) -> Result<Self, NoS3Address> {
        let (bucket, prefix) = split(text).ok_or(NoS3Address)?;
        // What Athena's projection puts a value in place of stands in the same text.
        if !is_bucket_name(bucket) || prefix.contains("${") || prefix.contains(char::is_control) {
            return Err(NoS3Address);
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl fmt::Display for S3Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&address(&self.bucket, &self.prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_people_type() {
        let folder = |text: &str| text.parse::<S3Address>().map(|address| address.url_of("requests"));
        assert_eq!(folder("s3://lake/v1").as_deref(), Ok("s3://lake/v1/requests/"));
        assert_eq!(folder("s3://lake/a/b//").as_deref(), Ok("s3://lake/a/b/requests/"));
        assert_eq!(folder("s3://lake").as_deref(), Ok("s3://lake/requests/"));
        for text in ["", "lake/v1", "s3://", "s3:///v1", "https://lake/v1", "s3://la ke/", "s3://lake/${day}"] {
            assert_eq!(folder(text), Err(NoS3Address), "{text}");
        }
        assert_eq!("s3://lake/v1/".parse::<S3Address>().unwrap().to_string(), "s3://lake/v1");
    }

    #[test]
    fn names_that_no_bucket_has_are_refused() {
        for name in ["acme-alb-logs", "a.b", "0ab", "Old_Logs", &"a".repeat(63), &"A".repeat(255)] {
            assert!(is_bucket_name(name), "{name}");
        }
        let long = ["a".repeat(64), "A".repeat(256)];
        for name in [
            "",
            "ab",
            "a b",
            "-ab",
            "ab-",
            ".ab",
            "a..b",
            "192.0.2.1",
            "a\nb",
            "a\u{202e}b",
            "a*b",
            "a${b}",
            "a/b",
            "\u{e4}bc",
            &long[0],
            &long[1],
        ] {
            assert!(!is_bucket_name(name), "{name:?}");
        }
    }

    #[test]
    fn what_is_split_is_put_together_again() {
        assert_eq!(split("s3://logs/eks//a/"), Some(("logs", "eks//a/")));
        assert_eq!(split("s3://logs"), Some(("logs", "")));
        assert_eq!(split("/logs"), None);
        assert_eq!((url("logs", "eks/"), url("logs", "")), ("s3://logs/eks/".into(), "s3://logs/".into()));
        assert_eq!((address("logs", "eks"), address("logs", "")), ("s3://logs/eks".into(), "s3://logs".into()));
    }
}
