//! A bucket: found in its region, opened with the credentials of its source, and asked.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use aws_config::SdkConfig;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::client::{Certificate, HttpConnector, HttpRequest};
use object_store::list::{PaginatedListOptions, PaginatedListResult, PaginatedListStore};
use object_store::path::Path;
use object_store::{
    BackoffConfig, ClientOptions, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};

use super::endpoint::{self, Endpoint, Variant};
use super::listing_answers::ListingAnswers;
use super::message::explain;
use super::opaque::unescape;
use super::stall::Impatient;
use crate::base::aws::{self, Credentials, Identity};
use crate::base::causes::root;
use crate::base::message::Message;
use crate::base::s3_address;
use crate::base::shown::in_a_line;

/// A server that says nothing for this long, while it is waited for, is taken for gone.
const SILENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// Throttling passes in seconds; a minute without one answer does not.
const RETRY: RetryConfig = RetryConfig {
    backoff: BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(15), base: 2. },
    max_retries: 10,
    retry_timeout: Duration::from_mins(3),
};
/// Where a bucket's region is asked for if no region is known. Any of the partition's does.
const ANY_REGION: &str = "us-east-1";

/// An S3 bucket that can be read.
#[derive(Debug)]
pub struct Bucket {
    pub name: String,
    pub region: String,
    store: Arc<AmazonS3>,
    /// The same bucket, with escaped keys: see [`ListingAnswers`].
    lister: AmazonS3,
    config: SdkConfig,
    identity: Identity,
}

/// One page of keys.
#[derive(Debug)]
pub struct KeyPage {
    /// Objects, in the order of their keys.
    pub objects: Vec<Stored>,
    /// What their keys begin with, up to the delimiter and with it: what lies behind it was not listed.
    pub folders: Vec<String>,
    /// What asks for the next page, if there is one.
    pub next: Option<String>,
}

/// An object as a listing has it.
#[derive(Debug)]
pub struct Stored {
    /// Its key, whatever is in it.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Last modification, microseconds since the epoch.
    pub modified: i64,
    /// S3's mark of its content.
    pub etag: Option<String>,
}

/// Which content of an object: what a listing said of it.
#[derive(Debug, Clone)]
pub struct Version {
    pub etag: Option<String>,
    /// Bytes of all of it.
    pub size: u64,
}

impl Version {
    /// Refuses an answer that says of itself that it is another content: a proxy's page, or half of the object. What begins
    /// with such a thing must neither be gone on with nor be kept.
    fn check(&self, etag: Option<&str>, size: Option<u64>) -> Result<(), Message> {
        let bare = |etag: &str| etag.trim_start_matches("W/").trim_matches('"').to_owned();
        let refused = match (&self.etag, etag, size) {
            (_, _, Some(size)) if size != self.size => format!("it has {size} bytes, and {} were listed", self.size),
            (Some(listed), Some(etag), _) if bare(listed) != bare(etag) => "it has another ETag".to_owned(),
            _ => return Ok(()),
        };
        Err(Message::new(format_args!("what was answered is not the object that was listed: {refused}"))
            .hint("run again; a proxy may have answered"))
    }
}

impl Bucket {
    /// Finds out the bucket's region and gets credentials for it.
    ///
    /// # Errors
    /// When there are no credentials, or no such bucket; the message says what to do.
    pub async fn open(name: &str, identity: &Identity) -> Result<Self> {
        let config = aws::load(identity).await?;
        let credentials = Credentials::get(&config, identity).await?;
        let options = client_options(config_endpoint(&config).as_deref())?;
        let region = match &identity.region {
            Some(region) => region.clone(),
            None => region_of(name, &config, &options).await?,
        };
        let Endpoint { url, virtual_hosted } = match config_endpoint(&config) {
            Some(url) => Endpoint { url, virtual_hosted: false },
            None => endpoint::of_bucket(name, &region, variant(&config)),
        };
        let builder = AmazonS3Builder::new()
            .with_bucket_name(name)
            .with_region(&region)
            .with_endpoint(url)
            .with_virtual_hosted_style_request(virtual_hosted)
            .with_allow_http(true)
            .with_credentials(Arc::new(credentials))
            .with_client_options(options)
            .with_retry(RETRY)
            .with_conditional_put(S3ConditionalPut::ETagMatch);
        let asking = Impatient(SILENCE);
        let lister = builder.clone().with_http_connector(ListingAnswers { asking, is_opaque: true }).build()?;
        let store = Arc::new(builder.with_http_connector(ListingAnswers { asking, is_opaque: false }).build()?);
        Ok(Self { name: name.to_owned(), region, store, lister, config, identity: identity.clone() })
    }

    /// One page of a listing, whatever is in its keys: at most 1,000 that start with the prefix; those that have the
    /// delimiter after it are put together.
    ///
    /// # Errors
    /// When it may not be listed; the message says what is missing.
    pub async fn keys(&self, prefix: &str, delimiter: Option<&'static str>, page: Option<String>) -> Result<KeyPage> {
        let delimiter = delimiter.map(Cow::Borrowed);
        let asked = page.clone();
        let options = PaginatedListOptions { delimiter, page_token: page, ..PaginatedListOptions::default() };
        let listed = self.lister.list_paginated((!prefix.is_empty()).then_some(prefix), options).await;
        let listed =
            listed.map_err(|error| anyhow!(explain(&error, "s3:ListBucket", &self.url(prefix), &self.identity)))?;
        if asked.is_some() && listed.page_token == asked {
            bail!("S3 answers the same page of {} again and again", self.url(prefix));
        }
        let stored = |object: ObjectMeta| Stored {
            key: unescape(object.location.as_ref()),
            size: object.size,
            modified: object.last_modified.timestamp_micros(),
            etag: object.e_tag,
        };
        Ok(KeyPage {
            objects: listed.result.objects.into_iter().map(stored).collect(),
            folders: listed.result.common_prefixes.iter().map(|folder| unescape(folder.as_ref())).collect(),
            next: listed.page_token,
        })
    }

    /// An object as a listing would have it; none if it is not there.
    ///
    /// # Errors
    /// When it may not be looked at; the message says what is missing.
    pub async fn find(&self, key: &str) -> Result<Option<Stored>> {
        let path = match Path::parse(key) {
            Ok(path) if path.as_ref() == key => path,
            _ => return Ok(self.keys(key, None, None).await?.objects.into_iter().find(|object| object.key == key)),
        };
        match self.store.head(&path).await {
            Ok(found) => Ok(Some(Stored {
                key: key.to_owned(),
                size: found.size,
                modified: found.last_modified.timestamp_micros(),
                etag: found.e_tag,
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(anyhow!(explain(&error, "s3:GetObject", &self.url(key), &self.identity))),
        }
    }

    /// One page of a listing: at most 1,000 keys that start with the prefix, or the folders below it too if it is listed
    /// by `/`. `page` is the previous page's token.
    ///
    /// # Errors
    /// When it may not be listed; the message says what is missing.
    pub async fn page(&self, prefix: &str, by_folder: bool, page: Option<String>) -> Result<PaginatedListResult> {
        let delimiter = by_folder.then_some(Cow::Borrowed("/"));
        let options = PaginatedListOptions { delimiter, page_token: page, ..PaginatedListOptions::default() };
        let listed = self.store.list_paginated((!prefix.is_empty()).then_some(prefix), options).await;
        listed.map_err(|error| anyhow!(explain(&error, "s3:ListBucket", &self.url(prefix), &self.identity)))
    }

    /// At most 1,000 keys that start with the prefix and come after another key.
    ///
    /// # Errors
    /// When it may not be listed; the message says what is missing.
    pub async fn keys_after(&self, prefix: &str, after: &str) -> Result<Vec<String>> {
        let options = PaginatedListOptions { offset: Some(after.to_owned()), ..PaginatedListOptions::default() };
        let listed = self.store.list_paginated(Some(prefix), options).await;
        let listed =
            listed.map_err(|error| anyhow!(explain(&error, "s3:ListBucket", &self.url(prefix), &self.identity)))?;
        Ok(listed.result.objects.into_iter().map(|object| object.location.to_string()).collect())
    }

    /// Downloads an object from a position on, to its end or up to another position, as it was when it was listed.
    ///
    /// # Errors
    /// When it cannot be read, is another by now, or something else answers in its place; so may every piece.
    pub async fn get(
        self: &Arc<Self>,
        key: &str,
        listed: &Version,
        from: u64,
        end: Option<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, Message>>, Message> {
        let path = match Path::parse(key) {
            Ok(path) if path.as_ref() == key => path,
            _ => {
                let (answered, body) =
                    aws::object(&self.config, &self.region, (&self.name, key), listed.etag.as_deref(), (from, end))
                        .await?;
                return listed.check(answered.etag.as_deref(), answered.size).map(|()| body);
            }
        };
        let range = match end {
            Some(end) => Some(GetRange::Bounded(from..end)),
            None => (from > 0).then_some(GetRange::Offset(from)),
        };
        let options = GetOptions { if_match: listed.etag.clone(), range, ..GetOptions::default() };
        let (bucket, url) = (Arc::clone(self), self.url(key));
        let explained = move |error| explain(&error, "s3:GetObject", &url, &bucket.identity);
        match self.store.get_opts(&path, options).await {
            Ok(result) => {
                listed.check(result.meta.e_tag.as_deref(), Some(result.meta.size))?;
                Ok(result.into_stream().map_err(explained).boxed())
            }
            Err(error) => Err(explained(error)),
        }
    }

    /// The bucket as `object_store` sees it.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store) as Arc<dyn ObjectStore>
    }

    /// Where it is, if not at AWS.
    pub fn endpoint(&self) -> Option<String> {
        config_endpoint(&self.config)
    }

    /// As whom it is read.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// `s3://bucket/key`
    pub fn url(&self, key: &str) -> String {
        s3_address::url(&self.name, key)
    }
}

/// `AWS_ENDPOINT_URL_S3`, or what the configuration says for all services.
fn config_endpoint(config: &SdkConfig) -> Option<String> {
    let of_service = std::env::var("AWS_ENDPOINT_URL_S3").ok().filter(|url| !url.is_empty());
    of_service.or_else(|| config.endpoint_url().map(ToOwned::to_owned))
}

fn variant(config: &SdkConfig) -> Variant {
    Variant { fips: config.use_fips().unwrap_or(false), dual_stack: config.use_dual_stack().unwrap_or(false) }
}

/// A total timeout would end slow downloads: silence is what is limited, by [`Impatient`].
fn client_options(endpoint: Option<&str>) -> Result<ClientOptions> {
    let mut options = ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT)
        .with_allow_http(endpoint.is_some_and(|url| url.starts_with("http://")))
        .with_user_agent(http::HeaderValue::from_static(concat!("albstats/", env!("CARGO_PKG_VERSION"))));
    if let Some(bundle) = aws::ca_bundle()? {
        for certificate in Certificate::from_pem_bundle(&bundle)? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
}

/// Asks S3 in which region a bucket is: the answer carries it even when it is a refusal.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
async fn region_of(bucket: &str, config: &SdkConfig, options: &ClientOptions) -> Result<String> {
    let known = config.region().map_or(ANY_REGION, |region| region.as_ref());
    let base = match config_endpoint(config) {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("https://{}", endpoint::host(known, variant(config))),
    };
    let request: HttpRequest = http::Request::head(format!("{base}/{bucket}")).body(String::new().into())?;
    let answer = Impatient(SILENCE).connect(options)?.execute(request).await;
    let answer = answer.map_err(|error| {
        anyhow!(
            Message::new(format_args!("cannot reach S3 at {base}: {}", in_a_line(&root(&error))))
                .hint("check the network, the proxy and AWS_ENDPOINT_URL")
        )
    })?;
    let region = answer.headers().get("x-amz-bucket-region").and_then(|region| region.to_str().ok());
    match region {
        Some(region) => Ok(region.to_owned()),
        None if answer.status() == http::StatusCode::NOT_FOUND => Err(anyhow!("no such bucket: {bucket}")),
        None => Ok(known.to_owned()),
    }
}
