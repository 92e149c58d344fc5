//! Answers to listings, looked at before `object_store` reads them: what is none is an error, and keys are escaped if they are to be.

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};

use super::opaque::escape_keys;
use super::whole_listing::{Fault, fault};

/// Makes clients that look at listings.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListingAnswers<C> {
    /// What makes the clients that ask.
    pub(super) asking: C,
    /// Whether keys and folders are escaped.
    pub(super) is_opaque: bool,
}

impl<C: HttpConnector> HttpConnector for ListingAnswers<C> {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Service { asking: self.asking.connect(options)?, is_opaque: self.is_opaque }))
    }
}

#[derive(Debug)]
struct Service {
    asking: HttpClient,
    is_opaque: bool,
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let is_listing = request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "list-type=2"));
        let response = self.asking.execute(request).await?;
        if !is_listing || !response.status().is_success() {
            return Ok(response);
        }
        let (mut head, body) = response.into_parts();
        let mut xml = body.bytes().await?;
        match fault(&xml) {
            None if self.is_opaque => xml = Bytes::from(escape_keys(&xml)),
            None => {}
            // As if it had come with the status of an error: it is asked again.
            Some(Fault::Error) => head.status = StatusCode::SERVICE_UNAVAILABLE,
            Some(fault) => return Err(HttpError::new(HttpErrorKind::Decode, fault)),
        }
        head.headers.remove(http::header::CONTENT_LENGTH);
        Ok(HttpResponse::from_parts(head, xml.into()))
    }
}
