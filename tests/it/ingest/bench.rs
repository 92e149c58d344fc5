//! Logs of the last hours, a store that takes them in, and somebody who reads it knowing only the manifest.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

use alblog::time::{HOUR, Iso, MINUTE};
use alblog::{LogKey, LogKind};
use albstats::inside::{Snapshot, Table};
use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::logs::gzip;
use crate::s3::S3Server;
use crate::support::{Answer, Workspace, finish};

/// Rows of an object.
const ROWS: usize = 3;

pub(crate) struct Bench<'a> {
    pub(crate) folder: Workspace,
    server: Option<&'a S3Server>,
    next: Cell<usize>,
}

/// Microseconds since the epoch.
pub(crate) fn now() -> i64 {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(passed.as_micros()).unwrap()
}

impl<'a> Bench<'a> {
    pub(crate) fn in_folder() -> Self {
        let folder = Workspace::new();
        fs::create_dir_all(folder.path("logs")).unwrap();
        Self { folder, server: None, next: Cell::new(0) }
    }

    pub(crate) fn in_bucket(server: &'a S3Server) -> Self {
        server.create("logs").create("lake");
        Self { folder: Workspace::new(), server: Some(server), next: Cell::new(0) }
    }

    pub(crate) fn from(&self) -> String {
        if self.server.is_some() { "s3://logs" } else { "logs" }.to_owned()
    }

    /// Puts an object for each of these: so many hours ago its interval ended. Their names.
    pub(crate) fn put_hours(&self, hours: &[i64]) -> Vec<String> {
        let put = |hours: &i64| {
            let name = self.name(*hours);
            self.write(&name, &urls(&name).iter().map(String::as_str).collect::<Vec<_>>());
            name
        };
        hours.iter().map(put).collect()
    }

    /// The name of a new object.
    pub(crate) fn name(&self, hours: i64) -> String {
        let number = self.next.replace(self.next.get() + 1);
        let end = now() - hours * HOUR;
        let key = LogKey {
            kind: LogKind::Access,
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            elb_name: ["shop", "blog"][number % 2].to_owned(),
            elb_id: "50dc6c495c0c9188".to_owned(),
            interval_end: end - end.rem_euclid(5 * MINUTE),
            node_ip: "203.0.113.4".to_owned(),
            random: format!("r{number}"),
            gzip: true,
        };
        key.to_string()
    }

    /// Where an object lies below the bucket or folder.
    pub(crate) fn key(name: &str) -> String {
        format!("{}/{name}", LogKey::parse(name).unwrap().folder())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path("logs").join(Self::key(name))
    }

    /// Puts an object of requests to these.
    pub(crate) fn write(&self, name: &str, urls: &[&str]) {
        let time = Iso(LogKey::parse(name).unwrap().interval_end - 2 * MINUTE);
        let line = |url: &&str| {
            format!(
                "https {time} app/shop/1 10.0.0.1:443 10.0.0.1:80 0.1 0.1 0.1 200 200 1 2 \"GET {url} HTTP/1.1\" \"-\" - - arn \
                 \"Root=1\"\n"
            )
        };
        self.write_text(name, &urls.iter().map(line).collect::<String>());
    }

    /// Puts an object, at once and whole.
    pub(crate) fn write_text(&self, name: &str, text: &str) {
        let content = gzip(text);
        if let Some(server) = self.server {
            server.put("logs", &Self::key(name), content);
            return;
        }
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let unfinished = self.folder.path(".unfinished");
        fs::write(&unfinished, content).unwrap();
        fs::rename(unfinished, path).unwrap();
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let from = self.from();
        let args = [&["ingest", "--from", &from, "--to", "live"], more].concat();
        match self.server {
            Some(server) => server.command(&self.folder, args),
            None => self.folder.command(args),
        }
    }

    pub(crate) fn once(&self, more: &[&str]) -> Answer {
        finish(self.command(&[&["--once"], more].concat()), b"")
    }

    pub(crate) fn status(&self, more: &[&str]) -> Answer {
        let from = self.from();
        let args = [&["ingest", "status", "--from", &from, "--to", "live"], more].concat();
        match self.server {
            Some(server) => server.run(&self.folder, args),
            None => self.folder.run(args),
        }
    }

    /// URLs of all rows in the store, sorted.
    #[track_caller]
    pub(crate) fn held(&self) -> Vec<String> {
        let mut rows: Vec<String> = self.held_by_object().into_values().flatten().collect();
        rows.sort();
        rows
    }

    /// The same by the names of their objects: whatever is written meanwhile.
    #[track_caller]
    pub(crate) fn held_by_object(&self) -> BTreeMap<String, Vec<String>> {
        let folder = self.folder.path("live");
        if !Snapshot::is_store(&folder) {
            return BTreeMap::new();
        }
        let snapshot = Snapshot::open(&folder).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut rows = BTreeMap::<String, Vec<String>>::new();
        for batch in &snapshot.batches {
            let mut named = BTreeSet::new();
            for file in &batch.files {
                let content =
                    async { snapshot.store().get(&Path::from(file.path.as_str())).await.unwrap().bytes().await };
                // The store's own runtime reads on a thread of its own.
                let content = runtime.block_on(content).unwrap();
                assert_eq!(content.len() as u64, file.size, "{}", file.path);
                if file.table == Table::RejectedLines {
                    continue;
                }
                for batch in ParquetRecordBatchReaderBuilder::try_new(content).unwrap().build().unwrap() {
                    let batch = batch.unwrap();
                    let text = |name: &str| cast(batch.column_by_name(name).unwrap(), &DataType::Utf8View).unwrap();
                    let objects = text("log_object");
                    let objects = objects.as_string_view().iter().map(|object| key_name(object.unwrap()));
                    if file.table == Table::LogObjects {
                        for object in objects {
                            assert!(rows.insert(object.clone(), Vec::new()).is_none(), "{object} is there twice");
                            named.insert(object);
                        }
                        continue;
                    }
                    let urls = text("request_url");
                    for (object, url) in objects.zip(urls.as_string_view().iter()) {
                        rows.entry(format!("rows of {object}")).or_default().push(url.unwrap_or_default().to_owned());
                    }
                }
            }
            for object in named {
                let found = rows.remove(&format!("rows of {object}")).unwrap_or_default();
                rows.insert(object, found);
            }
        }
        assert!(rows.keys().all(|object| !object.starts_with("rows of ")), "rows of objects that no record names");
        rows
    }

    /// URLs of all rows in the export, sorted.
    pub(crate) fn exported(&self) -> Vec<String> {
        let mut rows: Vec<String> = self.exported_by_object().into_values().flatten().collect();
        rows.sort();
        rows
    }

    pub(crate) fn exported_by_object(&self) -> BTreeMap<String, Vec<String>> {
        const SQL: &str = "SELECT log_object, request_url FROM requests";
        let mut rows = BTreeMap::<String, Vec<String>>::new();
        if !self.folder.path("lake/_albstats.json").exists() {
            return rows;
        }
        // A slot that is written again while it is read is read again: an export promises no more.
        let mut answer = self.folder.csv("lake", SQL);
        for _ in 0..20 {
            if answer.code == 0 {
                break;
            }
            thread::sleep(Duration::from_millis(100));
            answer = self.folder.csv("lake", SQL);
        }
        let answer = answer.done();
        for row in answer.rows() {
            let (object, url) = row.split_once(',').unwrap();
            rows.entry(key_name(object)).or_default().push(url.to_owned());
        }
        rows
    }
}

fn key_name(location: &str) -> String {
    location.rsplit('/').next().unwrap().to_owned()
}

/// URLs of all rows of objects, sorted.
pub(crate) fn rows_of(names: &[String]) -> Vec<String> {
    let mut rows: Vec<String> = names.iter().flat_map(|name| urls(name)).collect();
    rows.sort();
    rows
}

/// What an object's rows ask for.
pub(crate) fn urls(name: &str) -> Vec<String> {
    (0..ROWS).map(|row| format!("https://h/{}/{row}?secret", name.rsplit('_').next().unwrap())).collect()
}

/// A process that takes logs in, until it is dropped. What it says is kept.
pub(crate) struct Running {
    child: Option<Child>,
    said: Arc<Mutex<String>>,
    listens: Option<thread::JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stderr, said) = (child.stderr.take().unwrap(), Arc::new(Mutex::new(String::new())));
        let listens = thread::spawn({
            let said = Arc::clone(&said);
            move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    said.lock().unwrap().push_str(&(line + "\n"));
                }
            }
        });
        Self { child: Some(child), said, listens: Some(listens) }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The address it listens on, once it does.
    pub(crate) fn listens_on(&self) -> String {
        eventually("it listens", || self.said().contains("listening on http://"));
        self.said().split("http://").nth(1).unwrap().split(['\n', '"']).next().unwrap().to_owned()
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Kills it at once.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn terminate(mut self) -> Answer {
        let mut child = self.child.take().unwrap();
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        let status = child.wait().unwrap();
        self.listens.take().unwrap().join().unwrap();
        Answer { code: status.code().unwrap_or(-1), stdout: String::new(), stderr: self.said() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until something holds; for half a minute at most.
#[track_caller]
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
