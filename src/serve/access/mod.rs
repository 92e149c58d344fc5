//! Who may ask: tokens for programs, and for people sessions that begin with one.
//!
//! `tokens` is the file, of which only hashes are known; `sessions` are browsers that showed one; `failures` slows down whoever
//! shows none.

mod failures;
mod pass;
mod sessions;
mod tokens;
mod viewer;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use anyhow::Result;

use failures::Failures;
use sessions::Sessions;
use tokens::Tokens;

pub use pass::Pass;
pub use tokens::{NewToken, Scope, make};
pub use viewer::Viewer;

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// No token was shown.
    Unknown,
    /// What was shown is none, or not any more.
    Wrong,
    /// Too many were wrong lately.
    TooOften,
}

/// Who may ask, as the file of tokens says now.
#[derive(Debug)]
pub struct Access {
    /// None where nobody needs a token.
    file: Option<PathBuf>,
    tokens: RwLock<(Option<SystemTime>, Arc<Tokens>)>,
    sessions: Mutex<Sessions>,
    failures: Mutex<Failures>,
}

impl Access {
    /// Whoever reaches the server may ask, if there is no file; otherwise those who have one of its tokens. A browser's session
    /// lasts so long.
    ///
    /// # Errors
    /// When the file cannot be read, is not one of tokens, or has none.
    pub fn open(file: Option<PathBuf>, session: Duration) -> Result<Self> {
        let tokens = match &file {
            Some(file) => (tokens::changed(file), Arc::new(Tokens::read(file)?)),
            None => (None, Arc::default()),
        };
        Ok(Self {
            file,
            tokens: RwLock::new(tokens),
            sessions: Mutex::new(Sessions::lasting(session)),
            failures: Mutex::default(),
        })
    }

    /// Whether a token is needed.
    pub fn is_restricted(&self) -> bool {
        self.file.is_some()
    }

    fn tokens(&self) -> Arc<Tokens> {
        Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Reads the file again if it has changed. Whether it had.
    ///
    /// # Errors
    /// When it cannot be read, or is wrong: then the tokens stay that were known.
    pub fn refresh(&self) -> Result<bool> {
        let Some(file) = &self.file else { return Ok(false) };
        let changed = tokens::changed(file);
        if self.tokens.read().unwrap_or_else(PoisonError::into_inner).0 == changed {
            return Ok(false);
        }
        let read = Tokens::read(file);
        let mut known = self.tokens.write().unwrap_or_else(PoisonError::into_inner);
        // What is wrong is said once.
        known.0 = changed;
        known.1 = Arc::new(read?);
        Ok(true)
    }

    /// Who shows this token.
    ///
    /// # Errors
    /// When it is none, or too many were none that this address showed.
    pub fn by_token(&self, token: &str, from: IpAddr) -> Result<Viewer, Denied> {
        self.checked(token, from).map(|(viewer, _)| viewer)
    }

    fn checked(&self, token: &str, from: IpAddr) -> Result<(Viewer, tokens::Hash), Denied> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if failures.are_too_many(from, now) {
            return Err(Denied::TooOften);
        }
        let hash = tokens::hash(token);
        let viewer = self.tokens().viewer(&hash);
        viewer.map(|viewer| (viewer, hash)).ok_or_else(|| {
            failures.add(from, now);
            Denied::Wrong
        })
    }

    /// Begins a session with a token. What the browser is to show from then on.
    ///
    /// # Errors
    /// As [`Self::by_token`].
    pub fn begin_session(&self, token: &str, from: IpAddr) -> Result<String, Denied> {
        let (_, hash) = self.checked(token, from)?;
        let session = tokens::secret().map_err(|_| Denied::Wrong)?;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.add(tokens::hash(&session), hash, Instant::now());
        Ok(session)
    }

    /// Who has this session. It ends with its token.
    ///
    /// # Errors
    /// When it is none, or not any more.
    pub fn by_session(&self, session: &str) -> Result<Viewer, Denied> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let token = sessions.token(&tokens::hash(session), Instant::now()).ok_or(Denied::Unknown)?;
        self.tokens().viewer(&token).ok_or(Denied::Unknown)
    }

    /// Whose token this is at the moment, if it is anybody's.
    fn viewer(&self, token: &tokens::Hash) -> Option<Viewer> {
        self.tokens().viewer(token)
    }

    /// Ends a session.
    pub fn end_session(&self, session: &str) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&tokens::hash(session));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    /// Of a session.
    const LASTS: Duration = Duration::from_secs(2);
    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn access(lines: &str) -> (tempfile::TempDir, PathBuf, Access) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        fs::write(&file, lines).unwrap();
        let access = Access::open(Some(file.clone()), LASTS).unwrap();
        (folder, file, access)
    }

    /// Some seconds later, as clocks of files go.
    fn rewrite(file: &Path, line: &str) {
        fs::write(file, format!("{line}\n")).unwrap();
        let file = fs::File::options().write(true).open(file).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
    }

    #[test]
    fn a_session_lives_as_long_as_its_token() {
        let (one, two) = (make("one", &[]).unwrap(), make("two", &[Scope::Ops]).unwrap());
        let (_folder, file, access) = access(&format!("{}\n{}\n", one.line, two.line));
        let session = access.begin_session(&one.token, HERE).unwrap();
        let viewer = access.by_session(&session).unwrap();
        assert_eq!((viewer.name.as_deref(), viewer.may_operate, viewer.may_see_private), (Some("one"), false, false));
        assert!(access.by_token(&two.token, HERE).unwrap().may_operate);
        assert_eq!(access.by_token("x", HERE), Err(Denied::Wrong));
        rewrite(&file, &two.line);
        assert!(access.refresh().unwrap());
        assert_eq!(access.by_session(&session), Err(Denied::Unknown));
        assert!(access.by_token(&two.token, HERE).is_ok());
        access.end_session(&session);
    }

    #[tokio::test]
    async fn what_was_shown_lapses_with_what_it_allows() {
        let [one, two] = ["one", "two"].map(|name| make(name, &[Scope::Private]).unwrap());
        let (_folder, file, access) = access(&format!("{}\n{}\n", one.line, two.line));
        let access = Arc::new(access);
        let (of_one, of_two) = (Pass::by_token(&access, &one.token), Pass::by_token(&access, &two.token));
        let viewer = access.by_token(&one.token, HERE).unwrap();
        assert!(of_one.allows(&viewer) && of_two.allows(&viewer));
        let more = one.line.replace("read,private", "read,private,ops");
        rewrite(&file, &format!("{more}\n{}", two.line.replace("read,private", "read")));
        assert!(access.refresh().unwrap());
        assert!(of_one.allows(&viewer), "it allows more");
        assert!(!of_two.allows(&viewer) && of_two.allows(&Viewer::default()), "it is one still, and allows less");
        of_two.lapses(&viewer).await;
        // A session lasts for so long.
        let session = Pass::by_session(&access, &access.begin_session(&one.token, HERE).unwrap());
        assert!(session.allows(&viewer));
        tokio::time::timeout(Duration::from_secs(20), session.ends()).await.unwrap();
        assert!(!session.allows(&Viewer::default()));
        assert!(Pass::of_anybody(&access).allows(&Viewer::of_this_machine()));
    }

    #[test]
    fn a_file_that_became_wrong_changes_nothing() {
        let one = make("one", &[]).unwrap();
        let (_folder, file, access) = access(&one.line);
        rewrite(&file, "one read nonsense");
        assert!(access.refresh().is_err());
        assert!(!access.refresh().unwrap(), "it is said once");
        assert!(access.by_token(&one.token, HERE).is_ok());
    }

    #[test]
    fn guessing_is_slowed_down_for_whoever_guesses() {
        let one = make("one", &[]).unwrap();
        let (_folder, _file, access) = access(&one.line);
        let denied = |number: usize| access.by_token(&number.to_string(), HERE).unwrap_err();
        let denied: Vec<Denied> = (0..50).map(denied).collect();
        assert_eq!((denied[0], denied[49]), (Denied::Wrong, Denied::TooOften));
        assert_eq!(access.by_token(&one.token, HERE), Err(Denied::TooOften));
        assert!(access.by_token(&one.token, "192.0.2.1".parse().unwrap()).is_ok());
    }
}
