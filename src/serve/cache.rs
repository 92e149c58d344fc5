//! Reports that were made, for whoever asks for them again before anything new came. Whoever asks for one that is being made
//! waits for it.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

use super::answers::Made;
use super::refusal::Refusal;
use crate::output::document::{Block, Document, Value};

/// A window that ends now is another one by then.
const MOVED: Duration = Duration::from_mins(1);
/// Reports that are kept.
const MOST: usize = 1000;
/// What any report takes, and a value of it, bytes.
const OF_REPORT: u64 = 4 << 10;
const OF_VALUE: u64 = 48;

/// What a report is made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) source: String,
    pub(super) words: Vec<String>,
}

impl Key {
    /// Whether the window is the same whenever it is asked for: both of its ends are days of a calendar.
    fn is_fixed(&self) -> bool {
        let is_date = |word: &str, flag: &str| {
            let typed = word.strip_prefix(flag).map(|time| time.bytes().take(5).collect::<Vec<u8>>());
            typed.is_some_and(|begin| matches!(&begin[..], [year @ .., b'-'] if year.len() == 4 && year.iter().all(u8::is_ascii_digit)))
        };
        let says = |flag: &str| self.words.iter().any(|word| is_date(word, flag));
        says("--around=") || says("--at=") || says("--since=") && says("--until=")
    }
}

/// A report with a mark that another one does not have.
#[derive(Debug)]
pub struct Kept {
    made: Made,
    etag: String,
    /// Memory that it takes, bytes, about.
    size: u64,
}

impl Kept {
    /// What is in it, in the form of an entity tag without its quotes.
    pub fn etag(&self) -> &str {
        &self.etag
    }
}

impl Deref for Kept {
    type Target = Made;

    fn deref(&self) -> &Made {
        &self.made
    }
}

#[derive(Debug)]
struct Entry {
    /// What the source held.
    mark: u64,
    asked: Instant,
    used: Instant,
    made: Arc<OnceCell<Arc<Kept>>>,
}

/// Reports by what they are made of.
#[derive(Debug)]
pub(super) struct Cache {
    /// Bytes.
    room: u64,
    /// Tells the reports of this process from those of another.
    process: u64,
    entries: Mutex<HashMap<Key, Entry>>,
}

impl Cache {
    pub(super) fn new(room: u64) -> Self {
        Self { room, process: fastrand::u64(..), entries: Mutex::default() }
    }

    /// The report of what a source holds now; made, if there is none yet.
    ///
    /// # Errors
    /// Those of making it, which are not kept.
    pub(super) async fn get<F: Future<Output = Result<Made, Refusal>>>(
        &self,
        key: Key,
        mark: u64,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<Kept>, Refusal> {
        let cell = self.cell(key, mark);
        let keep = async || {
            let etag = format!("{:x}-{:x}", self.process, fastrand::u64(..));
            let report = make().await?;
            let size = size(&report.document);
            Ok(Arc::new(Kept { made: report, etag, size }))
        };
        let kept = cell.get_or_try_init(keep).await.map(Arc::clone);
        self.make_room();
        kept
    }

    fn cell(&self, key: Key, mark: u64) -> Arc<OnceCell<Arc<Kept>>> {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fixed = key.is_fixed();
        let is_good = |entry: &Entry| entry.mark == mark && (is_fixed || now - entry.asked < MOVED);
        if let Some(entry) = entries.get_mut(&key).filter(|entry| is_good(entry)) {
            entry.used = now;
            return Arc::clone(&entry.made);
        }
        let made = Arc::<OnceCell<_>>::default();
        entries.insert(key, Entry { mark, asked: now, used: now, made: Arc::clone(&made) });
        made
    }

    /// Lets go of what was asked for longest ago.
    fn make_room(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sizes: Vec<(Instant, u64, Key)> = entries
            .iter()
            .map(|(key, entry)| (entry.used, entry.made.get().map_or(0, |kept| kept.size), key.clone()))
            .collect();
        let (mut size, mut count) = (sizes.iter().map(|(_, size, _)| size).sum::<u64>(), sizes.len());
        sizes.sort_by_key(|(used, ..)| *used);
        for (_, of_entry, key) in sizes {
            if size <= self.room && count <= MOST {
                break;
            }
            entries.remove(&key);
            (size, count) = (size - of_entry, count - 1);
        }
    }
}

/// About how much memory a document takes, bytes.
fn size(document: &Document) -> u64 {
    let text = |text: &String| text.len() as u64;
    let value = |value: &Value| {
        OF_VALUE
            + match value {
                Value::Text(shown) => text(shown),
                Value::Name { id, shown } => text(id) + text(shown),
                Value::Series(points) => points.len() as u64 * 16,
                Value::Null | Value::Int(_) | Value::Float(_) => 0,
            }
    };
    let block = |block: &Block| match block {
        Block::Table(table) => table.rows.iter().flat_map(|row| &row.values).map(value).sum(),
        Block::Chart(chart) => chart.series.iter().map(|series| series.points.len() as u64 * 16).sum(),
        Block::Heading(heading) => text(heading),
        Block::Findings(findings) => findings.iter().map(|finding| OF_VALUE + text(&finding.text)).sum(),
        Block::Notes(notes) => notes.iter().flat_map(|note| &note.parts).map(text).sum(),
    };
    let data = document.data.as_ref().map_or(0, |data| serde_json::to_string(data).map_or(0, |json| text(&json)));
    OF_REPORT + data + document.blocks.iter().map(block).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::SeqCst;

    use super::*;
    use crate::serve::answers::Read;

    fn made() -> Made {
        let document = Document::default();
        Made { document, sql: vec![], command: vec![], read: Read::default(), span: 0..0, complete_until: None }
    }

    fn key(words: &[&str]) -> Key {
        Key { source: "prod".to_owned(), words: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    #[tokio::test]
    async fn a_report_is_made_once_of_what_there_is() {
        let (cache, count) = (Cache::new(1 << 20), AtomicUsize::new(0));
        let get = |mark| {
            cache.get(key(&["latency"]), mark, || async {
                count.fetch_add(1, SeqCst);
                tokio::task::yield_now().await;
                Ok(made())
            })
        };
        let (first, second) = tokio::join!(get(1), get(1));
        assert_eq!((count.load(SeqCst), first.unwrap().etag()), (1, second.unwrap().etag()));
        let (before, after) = (get(1).await.unwrap(), get(2).await.unwrap());
        assert_eq!(count.load(SeqCst), 2);
        assert_ne!(before.etag(), after.etag());
    }

    #[tokio::test]
    async fn what_failed_is_tried_again() {
        let cache = Cache::new(1 << 20);
        let failed = cache.get(key(&["latency"]), 1, || async { Err(Refusal::not_found("x")) }).await;
        assert!(failed.is_err());
        assert!(cache.get(key(&["latency"]), 1, || async { Ok(made()) }).await.is_ok());
    }

    #[tokio::test]
    async fn there_is_only_so_much_room() {
        let cache = Cache::new(3 * OF_REPORT);
        for number in 0..10 {
            cache.get(key(&[&number.to_string()]), 1, || async { Ok(made()) }).await.unwrap();
        }
        assert_eq!(cache.entries.lock().unwrap().len(), 3);
    }

    #[test]
    fn a_window_that_ends_now_moves() {
        for (words, fixed) in [
            (&["x", "--since=2026-11-20T10:00", "--until=2026-11-20T11:00"][..], true),
            (&["x", "--around=2026-11-20 10:00"], true),
            (&["x", "--since=2026-11-20T10:00"], false),
            (&["x", "--since=2h", "--until=2026-11-20"], false),
            (&["x"], false),
        ] {
            assert_eq!(key(words).is_fixed(), fixed, "{words:?}");
        }
    }
}
