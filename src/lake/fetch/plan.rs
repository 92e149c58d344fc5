//! What is to be copied where: names in, names out. Looks at the folder, writes nothing.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use alblog::key::AWS_LOGS;

use crate::base::message::Message;
use crate::read::scan::Problem;
use crate::read::storage::{Copies, Location, LogObject, without_copies};

/// An object, and where its copy is to lie.
#[derive(Debug)]
pub struct Copy {
    pub object: LogObject,
    /// Below the folder; no part of it leads out.
    pub target: PathBuf,
}

/// What is to be copied.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order they were listed.
    pub copies: Vec<Copy>,
    /// Objects whose copies are there already.
    pub there: u64,
    /// Objects without a name by AWS: nobody knows of which time they are.
    pub foreign: u64,
    /// Objects that lie in the folder itself.
    pub own: u64,
    /// Objects left out because another one has the same name by AWS.
    pub twice: Copies,
    /// Objects that cannot be copied.
    pub problems: BTreeSet<Problem>,
}

impl Plan {
    /// Finds the place of every object. Those in folders keep their paths below `AWSLogs/`, or else below the longest
    /// of `roots` that they lie in. What is there twice is copied once, unless both are wanted: never what lies in the folder
    /// already, be it a copy.
    pub fn new(mut objects: Vec<LogObject>, roots: &[PathBuf], to: &Path, duplicates: bool) -> Self {
        let mut plan = Self::default();
        if let Ok(own) = to.canonicalize() {
            let all = objects.len();
            objects.retain(|object| !lies_in(object, &own));
            plan.own = (all - objects.len()) as u64;
        }
        if !duplicates {
            plan.twice = without_copies(&mut objects);
        }
        let mut taken: HashMap<PathBuf, (u64, String)> = HashMap::new();
        for object in objects {
            if object.key.is_none() {
                plan.foreign += 1;
                continue;
            }
            let Some(target) = target(&object.location, roots) else {
                plan.refuse(&object, "its name leads out of the folder; it is left out");
                continue;
            };
            match taken.entry(target.clone()) {
                Entry::Occupied(other) if other.get().0 == object.size => {
                    plan.there += 1;
                    continue;
                }
                Entry::Occupied(other) => {
                    let other = &other.get().1;
                    let taken = Message::new(format_args!("its place is taken: {other} has the same name"));
                    plan.refuse(&object, taken.hint("another --to"));
                    continue;
                }
                Entry::Vacant(free) => free.insert((object.size, object.location.to_string())),
            };
            // A link is replaced by the copy, whatever it points to.
            let there = to.join(&target).symlink_metadata();
            if there.is_ok_and(|there| there.is_file() && there.len() == object.size) {
                plan.there += 1;
            } else {
                plan.copies.push(Copy { object, target });
            }
        }
        plan
    }

    fn refuse(&mut self, object: &LogObject, message: impl Into<Message>) {
        let message = message.into();
        self.problems.insert(Problem { object: object.location.to_string(), message });
    }

    /// How many bytes are to be copied.
    pub fn bytes(&self) -> u64 {
        self.copies.iter().map(|copy| copy.object.size).sum()
    }

    /// How many of them come from S3.
    pub fn remote_bytes(&self) -> u64 {
        self.copies.iter().filter(|copy| copy.object.is_remote()).map(|copy| copy.object.size).sum()
    }
}

/// Whether it lies in this folder: copies are not copied again.
fn lies_in(object: &LogObject, folder: &Path) -> bool {
    let Location::Path(path) = &object.location else { return false };
    path.canonicalize().is_ok_and(|path| path.starts_with(folder))
}

fn target(location: &Location, roots: &[PathBuf]) -> Option<PathBuf> {
    match location {
        // `a//b` lies in no folder of that name; a copy of the bucket has it as `a/b`.
        Location::S3 { key, .. } => below(&key.split('/').filter(|part| !part.is_empty()).collect::<PathBuf>()),
        Location::Path(path) => below(&local(path, roots)),
        Location::Pipe(_) | Location::Stdin => None,
    }
}

/// The part of a file's path that is kept.
fn local(path: &Path, roots: &[PathBuf]) -> PathBuf {
    let parts: Vec<Component> = path.components().collect();
    if let Some(start) = parts.iter().rposition(|part| part.as_os_str() == AWS_LOGS) {
        return parts[start..].iter().collect();
    }
    let below_root = roots.iter().filter_map(|root| path.strip_prefix(root).ok());
    let kept = below_root.min_by_key(|kept| kept.components().count()).unwrap_or(path);
    if kept.components().count() > 0 {
        kept.to_owned()
    } else {
        path.file_name().map(PathBuf::from).unwrap_or_default()
    }
}

/// The path, if every part of it is a name: nothing absolute, no `..`, nothing that another system reads otherwise.
fn below(path: &Path) -> Option<PathBuf> {
    let mut parts = path.to_str()?.split(['/', std::path::MAIN_SEPARATOR]).peekable();
    parts.peek()?;
    let is_name = |part: &str| {
        let mut components = Path::new(part).components();
        let name = matches!(components.next(), Some(Component::Normal(name)) if name == part);
        name && components.next().is_none() && !part.contains(['\\', '\0'])
    };
    parts.map(|part| is_name(part).then_some(part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_kept_below_the_folder_or_refused() {
        for path in ["a", "AWSLogs/1/x.log.gz", "a b/ü", "..a/b..", ".hidden/x"] {
            assert_eq!(below(Path::new(path)).as_deref(), Some(Path::new(path)));
        }
        for path in
            ["", "/etc/passwd", "../x", "a/../../x", "a/./b", "a//b", "a/", ".", "..", "a/..", r"a\..\b", "a\0b"]
        {
            assert_eq!(below(Path::new(path)), None, "{path}");
        }
    }

    #[test]
    fn files_keep_what_lies_below_aws_logs_or_the_folder_that_was_named() {
        let roots = ["logs".into(), "logs/eks".into(), "/var".into()];
        for (path, kept) in [
            ("logs/eks/AWSLogs/1/x.gz", "AWSLogs/1/x.gz"),
            ("/mnt/AWSLogs/old/AWSLogs/1/x.gz", "AWSLogs/1/x.gz"),
            ("logs/2026/x.gz", "2026/x.gz"),
            ("logs/eks/y/x.gz", "y/x.gz"),
            ("/var/x.gz", "x.gz"),
        ] {
            assert_eq!(local(Path::new(path), &roots), Path::new(kept), "{path}");
        }
        assert_eq!(local(Path::new("a/x.gz"), &["a/x.gz".into()]), Path::new("x.gz"));
        assert_eq!(below(&local(Path::new("/tmp/x.gz"), &[])), None);
    }
}
