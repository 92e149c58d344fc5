//! The HTTP client of the SDKs: rustls with ring, proxies from the environment, certificates of `AWS_CA_BUNDLE`.

use anyhow::{Context, Result};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use crate::base::shown::Shown;

/// A client for the SDKs.
///
/// # Errors
/// When the file that `AWS_CA_BUNDLE` names cannot be read.
pub fn client() -> Result<SharedHttpClient> {
    let mut trusted = TrustStore::default();
    if let Some(bundle) = ca_bundle()? {
        trusted = trusted.with_pem_certificate(bundle);
    }
    let tls = TlsContext::builder().with_trust_store(trusted).build()?;
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls.clone())
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    });
    Ok(client)
}

/// The certificates of the file that `AWS_CA_BUNDLE` names, as PEM.
///
/// # Errors
/// When the file cannot be read.
pub fn ca_bundle() -> Result<Option<Vec<u8>>> {
    let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) else { return Ok(None) };
    let bundle =
        std::fs::read(&path).with_context(|| format!("cannot read {} (AWS_CA_BUNDLE)", Shown(path.display())))?;
    Ok(Some(bundle))
}
