//! TLS by files. The certificates of `tests/serve/` are for tests alone, and for a hundred years.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::server::{Server, logs, raw};
use crate::ingest::bench::{Running, eventually};
use crate::support::{Workspace, repository};

fn install(folder: &Workspace, name: &str) {
    for (from, to) in [(format!("{name}.key.pem"), "key.pem"), (format!("{name}.pem"), "cert.pem")] {
        std::fs::copy(repository("tests/serve").join(from), folder.path(to)).unwrap();
        let file = std::fs::File::options().write(true).open(folder.path(to)).unwrap();
        file.set_modified(std::time::SystemTime::now()).unwrap();
    }
}

/// Asks as somebody who trusts this certificate alone; none if it is not shown.
fn ask(address: &str, name: &str) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(repository("tests/serve").join(format!("{name}.pem"))).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer.contains("200 OK").then_some(answer)
}

#[test]
fn certificates_are_shown_and_taken_over_when_they_change() {
    let folder = logs();
    install(&folder, "one");
    let args = ["serve", "--listen", "0", "--from", "logs", "--certificate", "cert.pem", "--key", "key.pem"];
    let running = Running::start(folder.command(args));
    eventually("it listens", || running.said().contains("listening on https://"));
    let address = running.said().split("https://").nth(1).unwrap().lines().next().unwrap().to_owned();
    let server = Server { folder, running: Some(running), address };
    assert!(ask(&server.address, "one").is_some() && ask(&server.address, "two").is_none());
    // Who does not speak TLS is no client, and keeps nobody from anything.
    assert_eq!(raw(&server, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").status, 0);
    install(&server.folder, "two");
    eventually("the other one is shown", || ask(&server.address, "two").is_some());
    assert!(ask(&server.address, "one").is_none());
    server.folder.write("cert.pem", "nonsense");
    eventually("it is said", || server.said().contains("what was read before goes on to count"));
    assert!(ask(&server.address, "two").is_some());
}

#[test]
fn a_key_belongs_to_its_certificate() {
    let folder = logs();
    install(&folder, "one");
    let serve = |certificate: &str, key: &str| {
        folder.run(["serve", "--listen", "0", "--from", "logs", "--certificate", certificate, "--key", key]).exits(2)
    };
    let other = repository("tests/serve/two.key.pem");
    serve("cert.pem", other.to_str().unwrap()).says("do not belong together");
    serve("nothing.pem", "key.pem").says("cannot read certificates of nothing.pem");
    serve("key.pem", "key.pem").says("key.pem holds no certificate");
    serve("cert.pem", "cert.pem").says("cannot read the key of cert.pem");
}
