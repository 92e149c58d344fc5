//! A time limit for silence. A total limit would end the download of any object that is decoded slowly enough; silence
//! while somebody waits is what shows that a connection is dead. The client then tries again, from where it was.

use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, StreamBody};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    ReqwestConnector,
};
use tokio::time::{error::Elapsed, timeout};

/// Makes clients that give up on a server that says nothing for this long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Impatient(pub(super) Duration);

impl HttpConnector for Impatient {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Service { client, silence: self.0 }))
    }
}

#[derive(Debug)]
struct Service {
    client: HttpClient,
    silence: Duration,
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let silence = self.silence;
        // What is sent takes time, too: a second for each 256 KiB is slower than any line worth using.
        let sending = Duration::from_secs(request.body().content_length() as u64 >> 18);
        let response = timeout(silence + sending, self.client.execute(request)).await.map_err(stalled)??;
        let (head, body) = response.into_parts();
        // The clock runs only while somebody waits for the next piece.
        let pieces = stream::unfold(Some(body), move |body| async move {
            let mut body = body?;
            match timeout(silence, body.frame()).await {
                Ok(Some(piece)) => Some((piece, Some(body))),
                Ok(None) => None,
                Err(elapsed) => Some((Err(stalled(elapsed)), None)),
            }
        });
        // A client may ask again after the end, as it does of an answer without a body.
        let pieces = pieces.fuse();
        Ok(HttpResponse::from_parts(head, HttpResponseBody::new(StreamBody::new(pieces))))
    }
}

fn stalled(elapsed: Elapsed) -> HttpError {
    HttpError::new(HttpErrorKind::Timeout, elapsed)
}
