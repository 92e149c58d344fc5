//! A place in S3: `s3://bucket/prefix`.

use std::fmt;
use std::str::FromStr;

/// A bucket and a prefix without slashes at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Location {
    /// The bucket's name.
    pub bucket: String,
    /// What keys begin with; empty for the whole bucket.
    pub prefix: String,
}

impl S3Location {
    /// What keys below a folder of this name begin with: `prefix/name/`.
    pub fn folder(&self, name: &str) -> String {
        if self.prefix.is_empty() { format!("{name}/") } else { format!("{}/{name}/", self.prefix) }
    }

    /// The folder of this name: `s3://bucket/prefix/name/`.
    pub fn url_of(&self, name: &str) -> String {
        format!("s3://{}/{}", self.bucket, self.folder(name))
    }
}

/// Text that names no place in S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected s3://bucket/prefix")]
pub struct NotInS3;

impl FromStr for S3Location {
    type Err = NotInS3;

    fn from_str(text: &str) -> Result<Self, NotInS3> {
        let rest = text.strip_prefix("s3://").ok_or(NotInS3)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_bucket = bucket.len() >= 3 && bucket.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b));
        // What projection puts a value in place of stands in the same text.
        if !is_bucket || prefix.contains("${") || prefix.contains(char::is_control) {
            return Err(NotInS3);
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl fmt::Display for S3Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "s3://{}{slash}{}", self.bucket, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_people_type() {
        let folder = |text: &str| text.parse::<S3Location>().map(|place| place.url_of("requests"));
        assert_eq!(folder("s3://lake/v1").as_deref(), Ok("s3://lake/v1/requests/"));
        assert_eq!(folder("s3://lake/a/b//").as_deref(), Ok("s3://lake/a/b/requests/"));
        assert_eq!(folder("s3://lake").as_deref(), Ok("s3://lake/requests/"));
        for text in ["", "lake/v1", "s3://", "s3:///v1", "https://lake/v1", "s3://la ke/", "s3://lake/${day}"] {
            assert_eq!(folder(text), Err(NotInS3), "{text}");
        }
        assert_eq!("s3://lake/v1/".parse::<S3Location>().unwrap().to_string(), "s3://lake/v1");
    }
}
