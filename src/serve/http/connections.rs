//! The accept loop: so many connections at the same time, each with bounds on how long it may keep us waiting.
//!
//! HTTP/1.1 only. Where all places are taken, the connection that has been idle for longest makes room, so that whoever opens
//! connections and says nothing keeps nobody from an answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use axum::body::Body;
use axum::{Extension, Router};
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::admission::Peer;
use super::tls::Tls;
use super::unstalled::Unstalled;

/// So many connections at the same time.
const CONNECTIONS: usize = 512;
/// A request's head has come by then, or never will; so long may a connection be idle, too.
const HEAD: Duration = Duration::from_secs(10);
/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 << 10;
/// Fields of a request's head.
const FIELDS: usize = 64;
/// After a connection could not be taken, as when there are too many open files: at once it could not be taken either.
const PAUSE: Duration = Duration::from_millis(200);

/// A connection that is open.
struct Open {
    /// Requests that it is waiting for us to answer, to the last byte.
    busy: Arc<AtomicUsize>,
    task: AbortHandle,
}

/// Takes connections until `stop` becomes true; what is under way then may go on for `grace`.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    tls: Option<Arc<Tls>>,
    grace: Duration,
    mut stop: watch::Receiver<bool>,
) {
    let mut tasks = JoinSet::new();
    let mut open: VecDeque<Open> = VecDeque::new();
    let stopped = stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        while tasks.try_join_next().is_some() {}
        open.retain(|connection| !connection.task.is_finished());
        if open.len() >= CONNECTIONS {
            let Some(idle) = open.iter().position(|connection| connection.busy.load(SeqCst) == 0) else { continue };
            open.remove(idle).inspect(|connection| connection.task.abort());
        }
        let busy = Arc::new(AtomicUsize::new(0));
        let router = router.clone().layer(Extension(Peer(peer.ip().to_canonical())));
        let acceptor = tls.as_ref().map(|tls| tls.acceptor());
        let (counts, stops) = (Arc::clone(&busy), stopped.clone());
        let task = tasks.spawn(async move {
            // Answers are small and wanted now.
            let _ = stream.set_nodelay(true);
            let stream = Unstalled::new(stream);
            match acceptor {
                None => converse(stream, router, counts, stops).await,
                Some(acceptor) => {
                    // Who does not speak TLS, or not in time, is no client.
                    if let Ok(Ok(stream)) = tokio::time::timeout(HEAD, acceptor.accept(stream)).await {
                        converse(stream, router, counts, stops).await;
                    }
                }
            }
        });
        open.push_back(Open { busy, task });
    }
    drop(listener);
    let _ = tokio::time::timeout(grace, async { while tasks.join_next().await.is_some() {} }).await;
}

/// Answers the requests of one connection.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    router: Router,
    busy: Arc<AtomicUsize>,
    mut stop: watch::Receiver<bool>,
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        let under_way = UnderWay::new(&busy);
        let answer = router.call(request);
        async move { answer.await.map(|response| held(response, under_way)) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES).max_headers(FIELDS);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        // Clients go away when they like.
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// A request under way is one until the last byte of its answer.
fn held(response: Response<Body>, under_way: UnderWay) -> Response<Body> {
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &under_way;
            frame
        }))
    })
}

/// Counts a request for as long as it lives.
struct UnderWay(Arc<AtomicUsize>);

impl UnderWay {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
