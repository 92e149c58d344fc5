//! An S3 server for black-box tests: a bucket is a map, the protocol and its signatures are those of `s3s`.
//!
//! It listens on the loopback interface, stops when it is dropped, remembers every request (`requests`) and fails as it is
//! told to (`faults`). Signatures are verified; who signs with other keys than those of `env` is refused.

mod faults;
mod front;
mod protocol;
mod requests;
mod smoke;
mod store;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;

pub(crate) use faults::{Effect, Rule};
pub(crate) use requests::{Operation, Recorded};

use crate::loopback::Loopback;
use crate::support::{Answer, Workspace, finish};
use front::Front;

const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A running server, empty at first.
pub(crate) struct S3Server {
    front: Arc<Front>,
    server: Loopback,
}

impl S3Server {
    pub(crate) fn start() -> Self {
        let front = Arc::new(Front::new());
        let shared = Arc::clone(&front);
        let server = Loopback::connections(move |stream| front::connection(stream, Arc::clone(&shared)));
        Self { front, server }
    }

    /// Creates a bucket; putting something into it does, too.
    pub(crate) fn create(&self, bucket: &str) -> &Self {
        self.front.buckets.create(bucket);
        self
    }

    /// Puts an object into a bucket, without a request.
    pub(crate) fn put(&self, bucket: &str, key: &str, content: impl AsRef<[u8]>) -> &Self {
        self.front.buckets.put(bucket, key, Bytes::copy_from_slice(content.as_ref()));
        self
    }

    /// Puts all files below a folder into a bucket, under a prefix.
    pub(crate) fn put_folder(&self, bucket: &str, prefix: &str, folder: &Path) -> &Self {
        for entry in walkdir::WalkDir::new(folder) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                self.put(bucket, &format!("{prefix}{name}"), std::fs::read(entry.path()).unwrap());
            }
        }
        self
    }

    pub(crate) fn remove(&self, bucket: &str, key: &str) -> &Self {
        self.front.buckets.remove(bucket, key);
        self
    }

    /// Keys of everything in a bucket, sorted.
    pub(crate) fn keys(&self, bucket: &str) -> Vec<String> {
        self.front.buckets.keys(bucket)
    }

    #[track_caller]
    pub(crate) fn read(&self, bucket: &str, key: &str) -> Bytes {
        self.front.buckets.read(bucket, key).unwrap_or_else(|| panic!("no such object: {bucket}/{key}"))
    }

    /// Uploads in parts that were begun, and neither completed nor aborted.
    pub(crate) fn open_uploads(&self) -> usize {
        self.front.buckets.open_uploads()
    }

    /// From now on the bucket says that it is in this region, and refuses requests signed for another.
    pub(crate) fn move_to(&self, bucket: &str, region: &str) -> &Self {
        self.front.regions.lock().unwrap().insert(bucket.to_owned(), region.to_owned());
        self
    }

    /// Adds a rule. The first rule that a request matches decides what happens to it.
    pub(crate) fn when(&self, rule: Rule, effect: Effect) -> &Self {
        self.front.faults.add(rule, effect);
        self
    }

    /// Forgets all rules.
    pub(crate) fn heal(&self) -> &Self {
        self.front.faults.clear();
        self
    }

    /// Every request so far, in the order they arrived.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.front.log.lock().unwrap().clone()
    }

    /// How many requests of a kind there were.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.requests().iter().filter(|request| request.operation == operation).count()
    }

    /// Keys that were asked for with GET, as often as they were, sorted.
    pub(crate) fn got(&self) -> Vec<String> {
        let gets = self.requests().into_iter().filter(|request| request.operation == Operation::Get);
        let mut keys: Vec<String> = gets.map(|request| request.key).collect();
        keys.sort();
        keys
    }

    /// Forgets all requests. Answers that are under way are not recorded any more.
    pub(crate) fn forget_requests(&self) -> &Self {
        self.front.log.lock().unwrap().clear();
        self
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// What a program needs in its environment to use this server and nothing else.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let mut env = self.server.env(ACCESS_KEY, SECRET_KEY);
        let nothing = |name| (name, "/dev/null".to_owned());
        env.extend(["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].map(nothing));
        env
    }

    /// The program, to be run in this folder against this server.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, workspace: &Workspace, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = workspace.command(args);
        command.envs(self.env());
        command
    }

    /// Runs the program in this folder against this server.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, workspace: &Workspace, args: impl IntoIterator<Item = A>) -> Answer {
        finish(self.command(workspace, args), b"")
    }
}
