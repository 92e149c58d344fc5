//! Connections and requests: who may ask what, and where it goes.

mod connections;
mod guard;
mod router;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::service::Service;

/// Answers requests until `stop` becomes true, then those that are under way.
pub async fn serve(service: Arc<Service>, listener: TcpListener, stop: watch::Receiver<bool>) {
    let router = router::router(Arc::clone(&service));
    connections::accept(listener, router, service.settings().grace, stop).await;
}
