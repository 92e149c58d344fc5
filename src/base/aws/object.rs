//! Objects whose keys are no paths: `a//b` and `a/../b` are asked for as they are, which URLs of other clients are not.

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::Refusal;

use crate::base::message::Message;

/// Downloads an object of any key from a position on, to its end or up to another position, if it still has this `ETag`.
///
/// # Errors
/// When it cannot be read, or is another by now; so may every piece.
pub async fn object(
    config: &SdkConfig,
    region: &str,
    (bucket, key): (&str, &str),
    etag: Option<&str>,
    (from, end): (u64, Option<u64>),
) -> Result<BoxStream<'static, Result<Bytes, Message>>, Message> {
    // An endpoint of one's own seldom has names for buckets.
    let path_style = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    let settings = aws_sdk_s3::config::Builder::from(config).force_path_style(path_style);
    let client = Client::from_conf(settings.region(aws_config::Region::new(region.to_owned())).build());
    // In HTTP the last byte is part of a range.
    let last = end.map(|end| end.saturating_sub(1).to_string());
    let range = (from > 0 || last.is_some()).then(|| format!("bytes={from}-{}", last.unwrap_or_default()));
    let request = client.get_object().bucket(bucket).key(key);
    let answer = request.set_if_match(etag.map(ToOwned::to_owned)).set_range(range).send().await;
    let body = answer.map_err(|error| Refusal::of("s3:GetObject", &error).message())?.body;
    let pieces =
        stream::try_unfold(body, |mut body| async move { Ok(body.try_next().await?.map(|piece| (piece, body))) });
    Ok(pieces.map_err(|error: aws_smithy_types::byte_stream::error::Error| Message::new(error)).boxed())
}
