//! `--listen`: where probes are answered.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// An address, or a port of this machine alone.
pub(in crate::cli) fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse().map(|port: u16| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    port.or_else(|_| text.parse()).map_err(|_| "expected a port such as 9464, or 0.0.0.0:9464".to_owned())
}
