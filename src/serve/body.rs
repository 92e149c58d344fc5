//! Bodies of requests, within bounds: whoever sends one slowly, or too much of it, keeps no connection for it.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::refusal::Refusal;

/// A body has come by then.
const COMES: Duration = Duration::from_secs(10);

/// A body of at most so many bytes.
///
/// # Errors
/// When it is longer, or does not come in time.
pub(super) async fn read(body: Body, most: usize) -> Result<Bytes, Refusal> {
    read_within(COMES, body, most).await
}

async fn read_within(time: Duration, body: Body, most: usize) -> Result<Bytes, Refusal> {
    let too_large = || {
        let message = format_args!("a body has at most {most} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    };
    // What says how long it is need not come first.
    if body.size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
        return Err(too_large());
    }
    let read = tokio::time::timeout(time, Limited::new(body, most).collect()).await;
    let read = read.map_err(|_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "slow_body", "the body did not come"))?;
    let refusal = |error: Box<dyn std::error::Error + Send + Sync>| {
        if error.is::<LengthLimitError>() {
            too_large()
        } else {
            Refusal::new(StatusCode::BAD_REQUEST, "bad_request", "the body did not come whole")
        }
    };
    Ok(read.map_err(refusal)?.to_bytes())
}

#[cfg(test)]
mod tests {
    use std::io;

    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn bodies_are_bounded_in_length_and_time() {
        assert_eq!(read(Body::from("text"), 4).await.unwrap(), "text");
        assert_eq!(read(Body::from("texts"), 4).await.unwrap_err().code, "body_too_large");
        let broken = Body::from_stream(stream::iter([Err::<Bytes, _>(io::Error::other("reset"))]));
        assert_eq!(read(broken, 4).await.unwrap_err().code, "bad_request");
        let never = Body::from_stream(stream::pending::<io::Result<Bytes>>());
        assert_eq!(read_within(Duration::from_millis(1), never, 4).await.unwrap_err().code, "slow_body");
    }
}
