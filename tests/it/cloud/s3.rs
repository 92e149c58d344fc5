//! Buckets: objects that are listed and read, and how they are set up.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use http::request::Parts;

use super::{Answer, REGION, World, escaped, path, refusal, respond};

#[derive(Clone)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    /// Whether load balancers may write here, as their account and prefix.
    pub(crate) writers: Option<BTreeSet<(String, String)>>,
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
}

impl Default for Bucket {
    /// In the usual region, and open to every load balancer.
    fn default() -> Self {
        Self { region: REGION.to_owned(), writers: None, objects: BTreeMap::new() }
    }
}

impl Bucket {
    /// Whether the load balancers of an account may write below a prefix.
    pub(super) fn accepts(&self, account: &str, prefix: &str) -> bool {
        self.writers.as_ref().is_none_or(|writers| writers.contains(&(account.to_owned(), prefix.to_owned())))
    }
}

pub(super) fn answer(world: &mut World, parts: &Parts, _body: &[u8]) -> Answer {
    let (whole, query) = path(parts);
    let (name, key) = whole.trim_start_matches('/').split_once('/').unwrap_or((whole.trim_start_matches('/'), ""));
    let action = match (&parts.method, key) {
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
    let mut response = match action {
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
    let (mut folders, mut contents, mut last, mut count) = (BTreeSet::new(), String::new(), "", 0);
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
                contents += &format!(
                    "<Contents><Key>{}</Key><LastModified>2026-11-20T14:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>\
                     <Size>{}</Size></Contents>",
                    escaped(key),
                    content.len()
                );
            }
        }
    }
    let next =
        if more { format!("<NextContinuationToken>{}</NextContinuationToken>", escaped(last)) } else { String::new() };
    let folders: String = folders.into_iter().collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>{name}</Name><Prefix>{}</Prefix>\
         <IsTruncated>{more}</IsTruncated>{next}{contents}{folders}</ListBucketResult>",
        escaped(prefix)
    )
}
