//! Objects whose keys are no paths: `a//b` and `a/../b` are asked for as they are, which URLs of other clients are not.

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::Refusal;

use crate::base::message::Message;

/// What an answer says of the object that it is.
pub struct Answered {
    pub etag: Option<String>,
    /// Bytes of the whole object, if that is said.
    pub size: Option<u64>,
}

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
) -> Result<(Answered, BoxStream<'static, Result<Bytes, Message>>), Message> {
    // An endpoint of one's own seldom has names for buckets.
    let path_style = config.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
    let settings = aws_sdk_s3::config::Builder::from(config).force_path_style(path_style);
    let client = Client::from_conf(settings.region(aws_config::Region::new(region.to_owned())).build());
    // In HTTP the last byte is part of a range.
    let last = end.map(|end| end.saturating_sub(1).to_string());
    let range = (from > 0 || last.is_some()).then(|| format!("bytes={from}-{}", last.unwrap_or_default()));
    let request = client.get_object().bucket(bucket).key(key);
    let answer = request.set_if_match(etag.map(ToOwned::to_owned)).set_range(range).send().await;
    let answer = answer.map_err(|error| Refusal::of("s3:GetObject", &error).message())?;
    // `bytes 0-99/1234`; of all of it, the length says it.
    let of_range = |range: &str| range.rsplit_once('/').and_then(|(_, size)| size.parse().ok());
    let size = match &answer.content_range {
        Some(range) => of_range(range),
        None => answer.content_length.and_then(|length| u64::try_from(length).ok()),
    };
    let answered = Answered { etag: answer.e_tag.clone(), size };
    let pieces =
        stream::try_unfold(
            answer.body,
            |mut body| async move { Ok(body.try_next().await?.map(|piece| (piece, body))) },
        );
    let pieces = pieces.map_err(|error: aws_smithy_types::byte_stream::error::Error| Message::new(error));
    Ok((answered, pieces.boxed()))
}
