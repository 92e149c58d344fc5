//! What was asked: a request as the log keeps it, and which operation of S3 it is.

use http::request::Parts;
use http::{HeaderName, Method, header};

use crate::loopback::{decoded, pairs, signed_region};

/// Operations of S3, as far as tests tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    List,
    Get,
    Put,
    Head,
    HeadBucket,
    Delete,
    BeginUpload,
    PutPart,
    CompleteUpload,
    AbortUpload,
    Other,
}

/// A request, and how it was answered.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    pub(crate) bucket: String,
    /// Empty if the bucket is meant.
    pub(crate) key: String,
    /// Names and values, decoded.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) range: Option<String>,
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    /// The region it was signed for; `None` if it was not signed.
    pub(crate) region: Option<String>,
    /// 0 while there is no answer, and if there was none.
    pub(crate) status: u16,
}

impl Recorded {
    pub(super) fn new(request: &Parts) -> Self {
        let path = request.uri.path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let query = pairs(request.uri.query().unwrap_or_default());
        let header = |name: HeaderName| request.headers.get(name)?.to_str().ok().map(ToOwned::to_owned);
        Self {
            operation: operation(&request.method, key, &query),
            method: request.method.clone(),
            bucket: decoded(bucket),
            key: decoded(key),
            query,
            range: header(header::RANGE),
            if_match: header(header::IF_MATCH),
            if_none_match: header(header::IF_NONE_MATCH),
            region: header(header::AUTHORIZATION).and_then(|it| signed_region(&it).map(ToOwned::to_owned)),
            status: 0,
        }
    }

    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// What it is about: the key, or the prefix of a listing.
    pub(crate) fn about(&self) -> &str {
        if self.operation == Operation::List { self.parameter("prefix").unwrap_or_default() } else { &self.key }
    }
}

fn operation(method: &Method, key: &str, query: &[(String, String)]) -> Operation {
    let has = |name: &str| query.iter().any(|(given, _)| given == name);
    match (method.as_str(), key.is_empty()) {
        ("GET", true) if has("list-type") => Operation::List,
        ("GET", false) => Operation::Get,
        ("HEAD", true) => Operation::HeadBucket,
        ("HEAD", false) => Operation::Head,
        ("PUT", false) if has("uploadId") => Operation::PutPart,
        ("PUT", false) => Operation::Put,
        ("POST", false) if has("uploads") => Operation::BeginUpload,
        ("POST", false) if has("uploadId") => Operation::CompleteUpload,
        ("DELETE", false) if has("uploadId") => Operation::AbortUpload,
        ("DELETE", false) => Operation::Delete,
        ("POST", true) if has("delete") => Operation::Delete,
        _ => Operation::Other,
    }
}
