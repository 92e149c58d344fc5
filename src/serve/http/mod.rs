//! Connections and requests: who may ask what, and where it goes.
//!
//! A request comes through `connections` (TLS, bounds), `log`, `guard` (what no honest client sends), `admission` (who asks) and
//! `router`.

mod admission;
mod compressed;
mod connections;
mod guard;
mod log;
mod login;
mod router;
mod tls;
mod unstalled;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::access::Access;
use super::service::Service;

pub use log::LogForm;
pub use tls::Tls;

/// Who may ask, and what shows that we are who we say.
pub struct Door {
    pub access: Arc<Access>,
    pub tls: Option<Arc<Tls>>,
}

/// Answers requests until `stop` becomes true, then those that are under way.
pub async fn serve(service: Arc<Service>, listener: TcpListener, door: Door, stop: watch::Receiver<bool>) {
    let grace = service.settings().grace;
    let log = log::Log::start(service.settings().log);
    let router = router::router(service, door.access, log, door.tls.is_some());
    connections::accept(listener, router, door.tls, grace, stop).await;
}
