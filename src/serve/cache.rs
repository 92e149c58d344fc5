//! Reports that were made, for whoever asks for them again before anything new came. Whoever asks for one that is being made
//! waits for it, unless an earlier one will do ([`Freshness`]).

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
/// A page that was made so lately is shown at once, whatever came since.
const LATELY: Duration = Duration::from_mins(10);
/// A page that is followed is made anew after so many times what it took to make: a tenth of a core at most.
const PAUSE: u32 = 10;
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

/// How new an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Of all that there is.
    Newest,
    /// For somebody who follows a page: of all that there is, but not made anew all the time if that takes long.
    Following,
    /// For somebody who opens a page, which then follows: what was made lately, at once.
    AtOnce,
}

/// A report with a mark that another one does not have.
#[derive(Debug)]
pub struct Kept {
    made: Made,
    etag: String,
    /// Memory that it takes, bytes, about.
    size: u64,
    /// What the source held.
    mark: u64,
    /// When it was asked for, and how long that took.
    asked: Instant,
    took: Duration,
}

impl Kept {
    /// What is in it, in the form of an entity tag without its quotes.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// When it is worth making anew for somebody who follows it.
    fn rests_until(&self) -> Instant {
        self.asked + self.took * PAUSE
    }

    /// When to make it anew, if the source holds something else by now: zero is now. None while it is of all that there is.
    pub(super) fn due(&self, mark: u64, now: Instant) -> Option<Duration> {
        (self.mark != mark).then(|| self.rests_until().saturating_duration_since(now))
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
    /// Made of what the source held before.
    before: Option<Arc<Kept>>,
}

impl Entry {
    fn size(&self) -> u64 {
        self.made.get().into_iter().chain(&self.before).map(|kept| kept.size).sum()
    }

    /// What was made, if it is new enough for somebody.
    fn kept(&self, freshness: Freshness, now: Instant) -> Option<&Arc<Kept>> {
        let is_enough = |kept: &&Arc<Kept>| match freshness {
            Freshness::Newest => false,
            Freshness::Following => now < kept.rests_until(),
            Freshness::AtOnce => now < kept.asked + LATELY,
        };
        self.made.get().or(self.before.as_ref()).filter(is_enough)
    }
}

enum Found {
    /// Made of less than there is, and new enough.
    Kept(Arc<Kept>),
    /// Of what there is now: made, being made, or to be made.
    Now(Arc<OnceCell<Arc<Kept>>>),
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

    /// The report of what a source holds now; made, if there is none that is new enough.
    ///
    /// # Errors
    /// Those of making it, which are not kept.
    pub(super) async fn get<F: Future<Output = Result<Made, Refusal>>>(
        &self,
        key: Key,
        mark: u64,
        freshness: Freshness,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<Kept>, Refusal> {
        let cell = match self.find(key, mark, freshness) {
            Found::Kept(kept) => return Ok(kept),
            Found::Now(cell) => cell,
        };
        let keep = async || {
            let etag = format!("{:x}-{:x}", self.process, fastrand::u64(..));
            let asked = Instant::now();
            let report = make().await?;
            let size = size(&report.document);
            Ok(Arc::new(Kept { made: report, etag, size, mark, asked, took: asked.elapsed() }))
        };
        let kept = cell.get_or_try_init(keep).await.map(Arc::clone);
        self.make_room();
        kept
    }

    fn find(&self, key: Key, mark: u64, freshness: Freshness) -> Found {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let is_fixed = key.is_fixed();
        let is_good = |entry: &Entry| entry.mark == mark && (is_fixed || now - entry.asked < MOVED);
        let mut before = None;
        if let Some(entry) = entries.get_mut(&key) {
            entry.used = now;
            let is_made = entry.made.initialized();
            if is_good(entry) && (is_made || entry.kept(freshness, now).is_none()) {
                return Found::Now(Arc::clone(&entry.made));
            }
            if let Some(kept) = entry.kept(freshness, now) {
                return Found::Kept(Arc::clone(kept));
            }
            before = entry.made.get().or(entry.before.as_ref()).cloned();
        }
        let made = Arc::<OnceCell<_>>::default();
        entries.insert(key, Entry { mark, asked: now, used: now, made: Arc::clone(&made), before });
        Found::Now(made)
    }

    /// Lets go of what was asked for longest ago.
    fn make_room(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sizes: Vec<(Instant, u64, Key)> =
            entries.iter().map(|(key, entry)| (entry.used, entry.size(), key.clone())).collect();
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
        Made {
            document,
            sql: vec![],
            command: vec![],
            read: Read::default(),
            span: 0..0,
            complete_until: None,
            delivered_until: None,
        }
    }

    fn key(words: &[&str]) -> Key {
        Key { source: "prod".to_owned(), words: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    #[tokio::test]
    async fn a_report_is_made_once_of_what_there_is() {
        let (cache, count) = (Cache::new(1 << 20), AtomicUsize::new(0));
        let get = |mark| {
            cache.get(key(&["latency"]), mark, Freshness::Newest, || async {
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
        let failed =
            cache.get(key(&["latency"]), 1, Freshness::Newest, || async { Err(Refusal::not_found("x")) }).await;
        assert!(failed.is_err());
        assert!(cache.get(key(&["latency"]), 1, Freshness::Newest, || async { Ok(made()) }).await.is_ok());
    }

    #[tokio::test]
    async fn a_page_is_opened_at_once_and_follows_at_its_own_pace() {
        let (cache, count) = (Cache::new(1 << 20), AtomicUsize::new(0));
        let get = async |mark, freshness| {
            let make = || async {
                count.fetch_add(1, SeqCst);
                // Ten times as long is a pause that a busy machine does not sleep through.
                tokio::time::sleep(Duration::from_millis(150)).await;
                Ok(made())
            };
            cache.get(key(&["latency"]), mark, freshness, make).await.unwrap()
        };
        let first = get(1, Freshness::AtOnce).await;
        let due = |kept: &Kept, mark| kept.due(mark, Instant::now());
        assert_eq!((count.load(SeqCst), due(&first, 1)), (1, None));
        // More came: who opens the page gets what there was, who follows it not before it is worth while.
        for freshness in [Freshness::AtOnce, Freshness::Following] {
            let again = get(2, freshness).await;
            assert_eq!((count.load(SeqCst), again.etag()), (1, first.etag()));
            assert!(due(&again, 2).is_some_and(|wait| !wait.is_zero()));
        }
        tokio::time::sleep(due(&first, 2).unwrap()).await;
        assert_eq!(due(&first, 2), Some(Duration::ZERO));
        // While it is made anew, who opens the page does not wait.
        let (followed, opened) = tokio::join!(get(2, Freshness::Following), async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            get(2, Freshness::AtOnce).await
        });
        assert_eq!((count.load(SeqCst), opened.etag()), (2, first.etag()));
        assert_ne!(followed.etag(), first.etag());
        // Programs get what there is.
        let newest = get(3, Freshness::Newest).await;
        assert_eq!((count.load(SeqCst), due(&newest, 3)), (3, None));
    }

    #[tokio::test]
    async fn there_is_only_so_much_room() {
        let cache = Cache::new(3 * OF_REPORT);
        for number in 0..10 {
            cache.get(key(&[&number.to_string()]), 1, Freshness::Newest, || async { Ok(made()) }).await.unwrap();
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
