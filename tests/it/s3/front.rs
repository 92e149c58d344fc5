//! Between the connections and the protocol: records requests, knows regions, and lets things go wrong.

use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpResponse};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::faults::{Effect, Faults};
use super::protocol::Protocol;
use super::requests::{Operation, Recorded};
use super::store::Buckets;
use super::{ACCESS_KEY, SECRET_KEY};
use crate::loopback::REGION;

/// What connections share.
pub(super) struct Front {
    pub(super) buckets: Buckets,
    pub(super) faults: Faults,
    pub(super) log: Mutex<Vec<Recorded>>,
    /// Regions of buckets that were moved.
    pub(super) regions: Mutex<BTreeMap<String, String>>,
    service: S3Service,
}

impl Front {
    pub(super) fn new() -> Self {
        let buckets = Buckets::default();
        let mut service = S3ServiceBuilder::new(Protocol(buckets.clone()));
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let (faults, log, regions) = (Faults::default(), Mutex::default(), Mutex::default());
        Self { buckets, faults, log, regions, service: service.build() }
    }

    async fn answer(&self, request: Request<Incoming>, reset: &AtomicBool) -> io::Result<HttpResponse> {
        let (head, body) = request.into_parts();
        let recorded = Recorded::new(&head);
        let number = {
            let mut log = self.log.lock().unwrap();
            log.push(recorded.clone());
            log.len() - 1
        };
        // A refusal that does not wait for the body may not arrive.
        let body = BodyExt::collect(body).await.map_err(io::Error::other)?.to_bytes();
        let request = Request::from_parts(head, Body::from(body));
        let response = match self.faults.of(&recorded) {
            Some(Effect::Refuse { status, code, message }) => refusal(status, code, message),
            Some(Effect::Answer(text)) => answered(text),
            Some(Effect::Reset) => {
                reset.store(true, Ordering::Relaxed);
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Some(Effect::DoneThenReset) => {
                self.served(request, &recorded).await?;
                reset.store(true, Ordering::Relaxed);
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            Some(Effect::Silence) => pending().await,
            Some(Effect::Delay(time)) => {
                sleep(time).await;
                self.served(request, &recorded).await?
            }
            Some(Effect::StallAfter(length)) => {
                let end = stream::pending().boxed();
                shortened(self.served(request, &recorded).await?, length, end).await?
            }
            Some(Effect::CutAfter(length)) => {
                // What comes before the end is on its way by then.
                let end = stream::once(async {
                    sleep(Duration::from_millis(50)).await;
                    Err(io::ErrorKind::ConnectionAborted.into())
                });
                shortened(self.served(request, &recorded).await?, length, end.boxed()).await?
            }
            Some(Effect::Meanwhile(change)) => {
                let response = self.served(request, &recorded).await?;
                change(&self.buckets);
                response
            }
            None => self.served(request, &recorded).await?,
        };
        // The log may have been cleared while the answer was made.
        if let Some(recorded) = self.log.lock().unwrap().get_mut(number) {
            recorded.status = response.status().as_u16();
        }
        Ok(response)
    }

    /// The answer, if nothing goes wrong.
    async fn served(&self, request: Request<Body>, recorded: &Recorded) -> io::Result<HttpResponse> {
        let moved = self.regions.lock().unwrap().get(&recorded.bucket).cloned();
        let elsewhere = moved.as_ref().filter(|region| recorded.region.as_ref().is_some_and(|given| given != *region));
        let mut response = match elsewhere {
            Some(_) => refusal(400, "AuthorizationHeaderMalformed", "The region is wrong"),
            None => self.service.call(request).await.map_err(|error| io::Error::other(format!("{error:?}")))?,
        };
        // A refusal says it, too, unless there is no such bucket.
        if recorded.operation == Operation::HeadBucket && self.buckets.exists(&recorded.bucket) {
            let region = HeaderValue::from_str(moved.as_deref().unwrap_or(REGION)).unwrap();
            response.headers_mut().insert("x-amz-bucket-region", region);
        }
        Ok(response)
    }
}

/// Answers the requests of one connection.
pub(super) async fn connection(stream: TcpStream, front: Arc<Front>) {
    let reset = AtomicBool::new(false);
    let service = service_fn(|request| Box::pin(front.answer(request, &reset)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Clients go away when they like.
    let _ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    if reset.load(Ordering::Relaxed) {
        stream.set_zero_linger().unwrap();
    }
}

fn refusal(status: u16, code: &str, message: &str) -> HttpResponse {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Response::builder().status(status).header(header::CONTENT_TYPE, "application/xml").body(Body::from(xml)).unwrap()
}

fn answered(text: &'static str) -> HttpResponse {
    Response::builder().header(header::CONTENT_TYPE, "application/xml").body(Body::from(text.to_owned())).unwrap()
}

/// The first bytes of an answer that announces all of them, and then another end.
async fn shortened(
    response: HttpResponse,
    length: usize,
    end: BoxStream<'static, io::Result<Bytes>>,
) -> io::Result<HttpResponse> {
    let (mut head, body) = response.into_parts();
    let body = BodyExt::collect(body).await.map_err(io::Error::other)?.to_bytes();
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let start = body.slice(..length.min(body.len()));
    let pieces = stream::once(async { Ok(start) }).chain(end).map_ok(Frame::data);
    Ok(Response::from_parts(head, Body::http_body_unsync(StreamBody::new(pieces))))
}
