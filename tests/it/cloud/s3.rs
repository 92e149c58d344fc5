//! Buckets: objects that are listed and read, and how they are set up.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use super::{ACCOUNT, Answer, REGION, World, escaped, path, refusal, respond};

/// Who writes logs in the usual region: the service, and the account of older days.
const WRITERS: [&str; 3] =
    ["logdelivery.elasticloadbalancing.amazonaws.com", "156460612806", "arn:aws:iam::156460612806:root"];

#[derive(Clone)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    /// The account it belongs to.
    pub(crate) owner: String,
    /// JSON; it decides whether load balancers may write.
    pub(crate) policy: Option<String>,
    /// `AES256`, `aws:kms`, …
    pub(crate) encryption: Option<&'static str>,
    /// Other settings as XML, by the name that asks for them: `lifecycle`, `ownershipControls`, …
    pub(crate) settings: BTreeMap<&'static str, String>,
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
}

impl Default for Bucket {
    /// In the usual region, set up as new buckets are, and open to every load balancer.
    fn default() -> Self {
        let blocks = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
        let blocks = blocks.map(|block| format!("<{block}>true</{block}>")).concat();
        let ownership = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>";
        Self {
            region: REGION.to_owned(),
            owner: ACCOUNT.to_owned(),
            policy: Some(policy(&[allow("*")])),
            encryption: Some("AES256"),
            settings: BTreeMap::from([
                ("ownershipControls", ownership.to_owned()),
                (
                    "publicAccessBlock",
                    format!("<PublicAccessBlockConfiguration>{blocks}</PublicAccessBlockConfiguration>"),
                ),
            ]),
            objects: BTreeMap::new(),
        }
    }
}

/// A policy of these statements.
pub(crate) fn policy(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A statement that lets load balancers write to a resource.
pub(crate) fn allow(resource: &str) -> Value {
    json!({ "Sid": "Logs", "Effect": "Allow", "Principal": { "Service": WRITERS[0] }, "Action": "s3:PutObject", "Resource": resource })
}

impl Bucket {
    /// Whether the load balancers of an account may write below a prefix: whether a test object is let in.
    pub(super) fn accepts(&self, account: &str, prefix: &str) -> bool {
        let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        let key = format!("{folder}AWSLogs/{account}/ELBAccessLogTestFile");
        let policy: Value = self.policy.as_ref().map_or(Value::Null, |policy| serde_json::from_str(policy).unwrap());
        let mut allowed = false;
        for statement in policy["Statement"].as_array().into_iter().flatten() {
            match (applies(statement, &key), statement["Effect"].as_str().unwrap()) {
                (true, "Deny") => return false,
                (true, _) => allowed = true,
                (false, _) => {}
            }
        }
        allowed && !self.encryption.is_some_and(|algorithm| algorithm.starts_with("aws:kms"))
    }
}

/// Whether a statement is about a log that is written. Knows only what tests write.
fn applies(statement: &Value, key: &str) -> bool {
    let list = |value: &Value| match value {
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().to_owned()).collect(),
        one => one.as_str().map(ToOwned::to_owned).into_iter().collect::<Vec<_>>(),
    };
    let principal = &statement["Principal"];
    let named = [list(&principal["Service"]), list(&principal["AWS"])].concat();
    let who = principal == "*" || named.iter().any(|name| name == "*" || WRITERS.contains(&name.as_str()));
    let acts = list(&statement["Action"]).iter().any(|action| ["*", "s3:*", "s3:PutObject"].contains(&action.as_str()));
    let stands = list(&statement["Resource"]).iter().any(|resource| {
        // The statement stands in the bucket's own policy.
        let below = resource
            .split_once(":::")
            .map_or(resource.as_str(), |(_, rest)| rest.split_once('/').map_or("", |(_, key)| key));
        fits(below, key)
    });
    let none = serde_json::Map::new();
    let conditions = statement["Condition"].as_object().unwrap_or(&none);
    let fulfilled =
        conditions.iter().flat_map(|(operator, keys)| keys.as_object().unwrap().iter().map(move |it| (operator, it)));
    let mut fulfilled = fulfilled.map(|(operator, (key, value))| match (operator.as_str(), key.as_str()) {
        ("Bool", "aws:SecureTransport" | "aws:PrincipalIsAWSService") => value == "true",
        ("StringNotEquals", "aws:PrincipalArn")
        | ("ArnLike", "aws:SourceArn")
        | ("StringEqualsIfExists", "aws:SourceAccount") => true,
        unknown => panic!("the small AWS does not know {unknown:?}"),
    });
    who && acts && stands && fulfilled.all(|fulfilled| fulfilled)
}

/// Pieces between stars, one after another.
fn fits(pattern: &str, text: &str) -> bool {
    let pieces: Vec<&str> = pattern.split('*').collect();
    let [first, others @ ..] = &pieces[..] else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// A part of how a bucket is set up: what asks for it, its action, and what is said if it was never set.
const SETTINGS: [(&str, &str, &str); 7] = [
    ("policy", "GetBucketPolicy", "NoSuchBucketPolicy"),
    ("encryption", "GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
    ("publicAccessBlock", "GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
    ("ownershipControls", "GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
    ("lifecycle", "GetLifecycleConfiguration", "NoSuchLifecycleConfiguration"),
    ("object-lock", "GetBucketObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
    ("notification", "GetBucketNotification", ""),
];

fn setting(bucket: &Bucket, name: &str, unset: &str) -> Answer {
    let text = match name {
        "policy" => bucket.policy.clone(),
        "encryption" => bucket.encryption.map(|algorithm| {
            format!(
                "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}\
                 </SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
            )
        }),
        other => bucket.settings.get(other).cloned(),
    };
    match text {
        Some(text) => respond(200, "application/xml", text),
        None if unset.is_empty() => respond(200, "application/xml", "<NotificationConfiguration/>"),
        None => error(404, unset, "It is not set"),
    }
}

pub(super) fn answer(world: &mut World, parts: &Parts, _body: &[u8]) -> Answer {
    let (whole, query) = path(parts);
    let (name, key) = whole.trim_start_matches('/').split_once('/').unwrap_or((whole.trim_start_matches('/'), ""));
    let asked = SETTINGS.iter().find(|(name, ..)| key.is_empty() && query.iter().any(|(key, _)| key == name));
    let action = match (&parts.method, key) {
        (&Method::GET, "") if asked.is_some() => asked.unwrap().1,
        (&Method::HEAD, "") => "HeadBucket",
        (&Method::GET, "") => "ListObjectsV2",
        (&Method::HEAD, _) => "HeadObject",
        (&Method::GET, _) => "GetObject",
        _ => "unknown",
    };
    if let Some((status, code, message)) = refusal(world, action, whole.clone()) {
        return error(status, code, &message);
    }
    let Some(bucket) = world.buckets.get(name) else {
        return error(404, "NoSuchBucket", "The specified bucket does not exist");
    };
    let header = |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap());
    let elsewhere = !header("authorization").is_empty() && super::region(header("authorization")) != bucket.region;
    let expected = header("x-amz-expected-bucket-owner");
    let mut response = match action {
        "HeadBucket" if elsewhere => error(301, "PermanentRedirect", "It is in another region"),
        _ if !expected.is_empty() && expected != bucket.owner => error(403, "AccessDenied", "Access Denied"),
        _ if asked.is_some() => setting(bucket, asked.unwrap().0, asked.unwrap().2),
        "HeadBucket" => respond(200, "application/xml", ""),
        "ListObjectsV2" => respond(200, "application/xml", listing(name, bucket, &query)),
        "HeadObject" | "GetObject" => match bucket.objects.get(key) {
            Some(content) => respond(200, "binary/octet-stream", content.clone()),
            None => error(404, "NoSuchKey", "The specified key does not exist."),
        },
        _ => error(501, "NotImplemented", &format!("{} {whole}", parts.method)),
    };
    let headers = response.headers_mut();
    headers.insert("x-amz-bucket-region", bucket.region.parse().unwrap());
    headers.insert("etag", "\"e\"".parse().unwrap());
    headers.insert("last-modified", "Fri, 20 Nov 2026 14:00:00 GMT".parse().unwrap());
    response
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    respond(
        status,
        "application/xml",
        format!("<Error><Code>{code}</Code><Message>{}</Message></Error>", escaped(message)),
    )
}

/// `ListObjectsV2`, in pages of a thousand.
fn listing(name: &str, bucket: &Bucket, query: &[(String, String)]) -> String {
    let parameter = |name: &str| query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
    let (prefix, delimiter) = (parameter("prefix"), parameter("delimiter"));
    let after = parameter("start-after").max(parameter("continuation-token"));
    let most: usize = parameter("max-keys").parse().unwrap_or(1000);
    let (mut folders, mut contents, mut last, mut count) = (BTreeSet::new(), Vec::new(), "", 0);
    let mut more = false;
    for (key, content) in &bucket.objects {
        let Some(rest) = key.strip_prefix(prefix).filter(|_| key.as_str() > after) else { continue };
        if count == most {
            more = true;
            break;
        }
        last = key;
        match rest.split_once('/') {
            Some((folder, _)) if delimiter == "/" => {
                folders.insert(format!(
                    "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>",
                    escaped(&format!("{prefix}{folder}/"))
                ));
            }
            _ => {
                count += 1;
                contents.push(format!(
                    "<Contents><Key>{}</Key><LastModified>2026-11-20T14:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>\
                     <Size>{}</Size></Contents>",
                    escaped(key),
                    content.len()
                ));
            }
        }
    }
    let next =
        if more { format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(last)) } else { String::new() };
    let folders: String = folders.into_iter().collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>{name}</Name><Prefix>{}</Prefix>\
         <IsTruncated>{more}</IsTruncated>{next}{}{folders}</ListBucketResult>",
        escaped(prefix),
        contents.concat()
    )
}
