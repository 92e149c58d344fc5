//! Browsers that showed a token. Kept in memory: who restarts the server logs everybody out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::tokens::Hash;

/// So many sessions at the same time; the oldest makes room.
const MOST: usize = 1000;

/// Sessions under way.
#[derive(Debug)]
pub(super) struct Sessions {
    /// A session ends after so much time.
    length: Duration,
    /// By the hash of what the browser shows: the hash of its token, and when it began.
    begun: HashMap<Hash, (Hash, Instant)>,
}

impl Sessions {
    /// None yet; each lasts so long.
    pub(super) fn lasting(length: Duration) -> Self {
        Self { length, begun: HashMap::new() }
    }

    pub(super) fn add(&mut self, session: Hash, token: Hash, now: Instant) {
        self.begun.retain(|_, (_, began)| now.duration_since(*began) < self.length);
        if self.begun.len() >= MOST
            && let Some(oldest) = self.begun.iter().min_by_key(|(_, (_, began))| *began).map(|(session, _)| *session)
        {
            self.begun.remove(&oldest);
        }
        self.begun.insert(session, (token, now));
    }

    /// The token that a session began with, while it lasts.
    pub(super) fn token(&mut self, session: &Hash, now: Instant) -> Option<Hash> {
        let (token, began) = self.begun.get(session)?;
        if now.duration_since(*began) < self.length {
            return Some(*token);
        }
        self.begun.remove(session);
        None
    }

    pub(super) fn remove(&mut self, session: &Hash) {
        self.begun.remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_and_are_bounded() {
        const LENGTH: Duration = Duration::from_hours(12);
        let (mut sessions, now) = (Sessions::lasting(LENGTH), Instant::now());
        sessions.add([1; 32], [2; 32], now);
        assert_eq!(sessions.token(&[1; 32], now + LENGTH / 2), Some([2; 32]));
        assert_eq!(sessions.token(&[1; 32], now + LENGTH), None);
        for number in 0..=MOST {
            let mut session = [0; 32];
            session[..8].copy_from_slice(&number.to_le_bytes());
            sessions.add(session, [2; 32], now + Duration::from_millis(number as u64));
        }
        assert_eq!((sessions.begun.len(), sessions.token(&[0; 32], now)), (MOST, None));
    }
}
