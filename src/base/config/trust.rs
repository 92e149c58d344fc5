//! Whose configuration is taken: a file that nobody named is taken only if nobody else could have written it.

use std::fmt;
use std::path::Path;

use super::environment::Environment;

/// Why a file that was found is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distrust {
    /// It belongs to another user, who is not root.
    Owner(u32),
    /// Others can write it.
    Writable,
    /// Others can put another in its place.
    Folder,
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(user) => write!(f, "it belongs to another user ({user})"),
            Self::Writable => f.write_str("other users can write it"),
            Self::Folder => f.write_str("other users can write its folder"),
        }
    }
}

/// What makes a file, or what a link points to, somebody else's; a file that cannot be looked at is for those who read it.
#[cfg(unix)]
pub(super) fn distrust(path: &Path, environment: &Environment) -> Option<Distrust> {
    use std::os::unix::fs::MetadataExt;

    const STICKY: u32 = 0o1000;
    let path = &path.canonicalize().ok()?;
    let file = path.metadata().ok()?;
    let folder = path.parent()?.metadata().ok()?;
    let is_ours = |owner| owner == 0 || Some(owner) == user() || is_before_sudo(owner, environment);
    // Many systems give each user a group of the same number, which may write all that the user may.
    let is_open =
        |mode: u32, user: u32, group: u32| mode & 0o002 != 0 || mode & 0o020 != 0 && group != user && group != 0;
    if !is_ours(file.uid()) {
        return Some(Distrust::Owner(file.uid()));
    }
    if is_open(file.mode(), file.uid(), file.gid()) {
        return Some(Distrust::Writable);
    }
    // In a folder such as /tmp, others can add files and leave those of others alone.
    let is_sticky = folder.mode() & STICKY != 0;
    (is_open(folder.mode(), folder.uid(), folder.gid()) && !is_sticky).then_some(Distrust::Folder)
}

/// Who runs the program, as the owner of a file that it makes: the standard library cannot say it otherwise.
#[cfg(unix)]
fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    Some(tempfile::tempfile().ok()?.metadata().ok()?.uid())
}

/// Whoever becomes root by sudo is still the same person.
#[cfg(unix)]
fn is_before_sudo(owner: u32, environment: &Environment) -> bool {
    user() == Some(0) && environment.get("SUDO_UID").and_then(|user| user.parse().ok()) == Some(owner)
}

#[cfg(not(unix))]
pub(super) fn distrust(_: &Path, _: &Environment) -> Option<Distrust> {
    None
}

/// Whether the two lie in one file system, as far as can be told.
#[cfg(unix)]
pub(super) fn on_one_device(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    device(one) == device(other)
}

#[cfg(not(unix))]
pub(super) fn on_one_device(_: &Path, _: &Path) -> bool {
    true
}
