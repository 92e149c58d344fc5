//! TLS by files: a certificate chain and its key, PEM, read again when they change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::base::shown::Shown;

/// When both files were last written.
type Written = (Option<SystemTime>, Option<SystemTime>);

/// What a server shows of itself.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<(Written, Arc<ServerConfig>)>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When they cannot be read, or do not belong together.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Self> {
        let current = (written(&certificate, &key), read(&certificate, &key)?);
        Ok(Self { certificate, key, current: RwLock::new(current) })
    }

    /// Reads the files again if one has changed. Whether it had.
    ///
    /// # Errors
    /// As [`Self::open`]; what was known goes on to be shown.
    pub fn refresh(&self) -> Result<bool> {
        let written = written(&self.certificate, &self.key);
        if self.current.read().unwrap_or_else(PoisonError::into_inner).0 == written {
            return Ok(false);
        }
        let config = read(&self.certificate, &self.key);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        // What is wrong is said once: both files are seldom written at the same moment.
        current.0 = written;
        current.1 = config?;
        Ok(true)
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).1))
    }
}

fn written(certificate: &Path, key: &Path) -> Written {
    let written = |path: &Path| path.metadata().ok()?.modified().ok();
    (written(certificate), written(key))
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>> {
    let shown = Shown(certificate.display());
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.with_context(|| format!("cannot read certificates of {shown}"))?;
    if chain.is_empty() {
        bail!("{shown} holds no certificate");
    }
    let secret = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("cannot read the key of {}", Shown(key.display())))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret);
    let mut config = config.with_context(|| format!("{shown} and {} do not belong together", Shown(key.display())))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
