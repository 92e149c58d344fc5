//! `[serve]`: where `albstats serve` listens, what it serves, and what questions may take.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::Result;
use toml::Spanned;

use super::document::{Entry, ServeTable};
use super::environment::Environment;
use super::file::File;
use super::lengths::AtLeast;
use super::setting::Setting;
use super::size::ByteSize;
use super::source::{Sources, beside, hint};
use super::timespan::TimeSpan;
use super::value::{InFile, Unreadable, Value};

/// Where a server listens unless somebody says otherwise: nobody but this machine reaches it there.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4480);

/// What is configured for a server, flags aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeConfig {
    pub listen: Setting<SocketAddr>,
    /// Names of the sources that are served; none for all.
    pub sources: Option<Setting<Vec<String>>>,
    /// Names by which browsers may call the server, beside those of its machine.
    pub hosts: Setting<Vec<String>>,
    /// The file of tokens.
    pub tokens: Option<Setting<PathBuf>>,
    /// How long a browser that showed a token need not show it again.
    pub session: Setting<TimeSpan>,
    /// Certificates and their key, PEM.
    pub certificate: Option<Setting<PathBuf>>,
    pub key: Option<Setting<PathBuf>>,
    /// Questions that are answered at the same time.
    pub slots: Setting<NonZeroUsize>,
    /// Questions that may wait for that.
    pub queue: Setting<usize>,
    /// From the arrival of a question to the end of its answer.
    pub timeout: Setting<TimeSpan>,
    /// Rows of an answer to a statement.
    pub max_rows: Setting<usize>,
    /// Bytes of an answer to a statement.
    pub max_answer: Setting<ByteSize>,
    /// Memory for answers that are kept.
    pub answers: Setting<ByteSize>,
    /// What is under way may go on for so long when the server ends.
    pub grace: Setting<TimeSpan>,
    /// Look for new logs so often.
    pub poll: Setting<TimeSpan>,
    /// A live store keeps what is not in the export for so long.
    pub keep: Setting<TimeSpan>,
    /// And so many bytes at most.
    pub max_store: Setting<ByteSize>,
    /// An hour is handed over to the export so long after its end.
    pub settle: Setting<TimeSpan>,
    /// Whether complete hours are handed over to the source's export.
    pub hand_over: Setting<bool>,
    /// What new live stores leave out.
    pub redact: Option<Setting<Vec<String>>>,
    /// The folder in which the server keeps what it has to know after a restart; none where no folder for it is known.
    pub state: Option<Setting<PathBuf>>,
    /// Where people find the pages, for links in what alerts tell: `https://logs.example.com`.
    pub url: Option<Setting<String>>,
}

/// Checks the table and takes it over.
pub(super) fn serve(
    table: ServeTable,
    sources: &Sources,
    file: &File,
    environment: &Environment,
) -> Result<ServeConfig> {
    if let Some(names) = &table.sources
        && let Some(unknown) = names.get_ref().iter().find(|name| !sources.contains_key(*name))
    {
        return Err(file.error(&names.span(), "no such source", hint(unknown, sources).as_deref()));
    }
    if let Some(hosts) = &table.hosts
        && hosts.get_ref().iter().any(|host| !is_host(host))
    {
        let expected = "expected names such as logs.example.com, without a port";
        return Err(file.error(&hosts.span(), expected, None));
    }
    if let (Some(alone), None) | (None, Some(alone)) = (&table.certificate, &table.key) {
        return Err(file.error(&alone.span(), "TLS takes a certificate and its key", Some("certificate = …, key = …")));
    }
    let path = |path: Option<Spanned<String>>| {
        path.map(|path| file.setting(path).map(|path| PathBuf::from(beside(file.folder(), &path))))
    };
    Ok(ServeConfig {
        listen: or(table.listen, LISTEN, file),
        sources: table.sources.map(|names| file.setting(names)),
        hosts: table.hosts.map_or_else(|| Setting::default(Vec::new()), |hosts| file.setting(hosts)),
        tokens: path(table.tokens),
        session: as_span(table.session, TimeSpan::minutes(12 * 60), file),
        certificate: path(table.certificate),
        key: path(table.key),
        slots: or(table.slots, NonZeroUsize::new(4).unwrap_or(NonZeroUsize::MIN), file),
        queue: or(table.queue, 64, file),
        timeout: as_span(table.timeout, TimeSpan::minutes(1), file),
        max_rows: or(table.max_rows, 1_000_000, file),
        max_answer: or(table.max_answer, ByteSize::mebibytes(256), file),
        answers: or(table.answers, ByteSize::mebibytes(32), file),
        grace: or(table.grace, TimeSpan::micros(10_000_000), file),
        poll: as_span(table.poll, TimeSpan::micros(30_000_000), file),
        keep: as_span(table.keep, TimeSpan::minutes(48 * 60), file),
        max_store: table.max_store.map_or_else(
            || Setting::default(ByteSize::gibibytes(20)),
            |size| file.setting(size).map(|size| size.get().size()),
        ),
        settle: or(table.settle, TimeSpan::minutes(60), file),
        hand_over: or(table.hand_over, false, file),
        redact: table.redact.map(|redact| file.setting(redact)),
        state: path(table.state).or_else(|| {
            let folder = environment.user_folder("XDG_STATE_HOME", ".local/state")?;
            Some(Setting::default(folder))
        }),
        url: table.url.map(|url| file.setting(url)),
    })
}

fn or<T: Value>(entry: Entry<T>, default: T, file: &File) -> Setting<T> {
    entry.map_or_else(|| Setting::default(default), |value| file.setting(value).map(InFile::get))
}

/// The same for lengths of time that must not be too short.
fn as_span<const MILLIS: u64>(entry: Entry<AtLeast<MILLIS>>, default: TimeSpan, file: &File) -> Setting<TimeSpan> {
    entry.map_or_else(|| Setting::default(default), |value| file.setting(value).map(|length| length.get().span()))
}

/// A name that a browser may call a server by.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}

/// An address, or a port of this machine alone.
impl Value for SocketAddr {
    const EXPECTED: &str = "a port such as 9464, or 0.0.0.0:9464";

    fn read(text: &str) -> Option<Self> {
        let port = text.parse().ok().map(|port: u16| Self::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
        port.or_else(|| text.parse().ok())
    }
}

/// An address to listen to, as a flag gives it.
pub fn address(text: &str) -> Result<SocketAddr, Unreadable> {
    SocketAddr::read(text).ok_or_else(Unreadable::as_a::<SocketAddr>)
}
