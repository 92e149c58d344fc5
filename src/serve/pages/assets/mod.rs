//! The two files that all pages need, each under a name that changes with what it holds, so that browsers keep it for ever.

use std::hash::Hasher;
use std::sync::LazyLock;

use twox_hash::XxHash64;

use crate::output::html::{SCRIPT, STYLE};

/// A file that pages need.
#[derive(Debug)]
pub(in crate::serve) struct Asset {
    pub(in crate::serve) bytes: &'static [u8],
    pub(in crate::serve) content_type: &'static str,
}

/// The same with its address.
#[derive(Debug)]
pub(super) struct Named {
    /// `/assets/pages-0123456789abcdef.css`
    pub(super) path: String,
    text: String,
    content_type: &'static str,
}

static STYLES: LazyLock<Named> =
    LazyLock::new(|| Named::new("css", "text/css; charset=utf-8", &[STYLE, include_str!("pages.css")]));

static SCRIPTS: LazyLock<Named> = LazyLock::new(|| {
    let own = [include_str!("times.js"), include_str!("live.js"), include_str!("sql.js"), include_str!("pages.js")];
    Named::new("js", "text/javascript; charset=utf-8", &[&[SCRIPT], &own[..]].concat())
});

pub(super) fn style() -> &'static Named {
    &STYLES
}

pub(super) fn script() -> &'static Named {
    &SCRIPTS
}

/// The file of a path.
pub(in crate::serve) fn asset(path: &str) -> Option<Asset> {
    let file = [style(), script()].into_iter().find(|file| file.path == path)?;
    Some(Asset { bytes: file.text.as_bytes(), content_type: file.content_type })
}

impl Named {
    fn new(extension: &str, content_type: &'static str, pieces: &[&str]) -> Self {
        let text = pieces.concat();
        let mut hasher = XxHash64::default();
        hasher.write(text.as_bytes());
        Self { path: format!("/assets/pages-{:016x}.{extension}", hasher.finish()), text, content_type }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_what_they_hold() {
        for file in [style(), script()] {
            assert_eq!(asset(&file.path).unwrap().bytes, file.text.as_bytes());
        }
        assert!(asset("/assets/pages-0000000000000000.css").is_none());
        assert!(asset("/assets/../Cargo.toml").is_none());
    }

    /// What is small stays readable: no library came in unnoticed.
    #[test]
    fn files_are_small() {
        assert!(script().text.len() < 20 << 10, "{}", script().text.len());
        assert!(style().text.len() < 25 << 10, "{}", style().text.len());
    }

    /// Text of logs goes to pages as text alone.
    #[test]
    fn no_script_writes_markup_or_runs_text() {
        for word in [
            "innerHTML",
            "outerHTML =",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "Function(",
            "http:",
            "https:",
        ] {
            assert!(!script().text.contains(word), "{word}");
        }
    }
}
