//! What content is called that is no log, and its lines.

use alblog::SkipReason;

/// Something else than lines of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// What it is, and what to do: `a tar archive: unpack it`.
    pub what: String,
    /// If it is known not to be the log of an Application Load Balancer in another shape: what is said of those.
    pub skipped: Option<SkipReason>,
}

impl Other {
    /// May be a log in another shape.
    pub(super) fn maybe_log(what: impl Into<String>) -> Self {
        Self { what: what.into(), skipped: None }
    }

    /// Surely none.
    pub(super) fn no_log(reason: SkipReason) -> Self {
        let what = match reason {
            SkipReason::Nlb => "lines of a Network Load Balancer".to_owned(),
            SkipReason::Classic => "lines of a Classic Load Balancer".to_owned(),
            other => other.to_string(),
        };
        Self { what, skipped: Some(reason) }
    }
}

/// Lines that are not empty, without a byte order mark.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bare = |line: &'_ [u8]| -> usize { if line.starts_with(&[0xef, 0xbb, 0xbf]) { 3 } else { 0 } };
    text.split(|&byte| byte == b'\n')
        .map(move |line| line[bare(line)..].trim_ascii_end())
        .filter(|line| !line.is_empty())
}
