//! Browsers that showed a token. Kept in memory: who restarts the server logs everybody out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::tokens::Hash;

/// A session ends after so much time.
pub(super) const LENGTH: Duration = Duration::from_hours(12);
/// So many sessions at the same time; the oldest makes room.
const MOST: usize = 1000;

/// By the hash of what the browser shows: the hash of its token, and when it began.
#[derive(Debug, Default)]
pub(super) struct Sessions(HashMap<Hash, (Hash, Instant)>);

impl Sessions {
    pub(super) fn add(&mut self, session: Hash, token: Hash, now: Instant) {
        self.0.retain(|_, (_, began)| now.duration_since(*began) < LENGTH);
        if self.0.len() >= MOST
            && let Some(oldest) = self.0.iter().min_by_key(|(_, (_, began))| *began).map(|(session, _)| *session)
        {
            self.0.remove(&oldest);
        }
        self.0.insert(session, (token, now));
    }

    /// The token that a session began with, while it lasts.
    pub(super) fn token(&mut self, session: &Hash, now: Instant) -> Option<Hash> {
        let (token, began) = self.0.get(session)?;
        if now.duration_since(*began) < LENGTH {
            return Some(*token);
        }
        self.0.remove(session);
        None
    }

    pub(super) fn remove(&mut self, session: &Hash) {
        self.0.remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end_and_are_bounded() {
        let (mut sessions, now) = (Sessions::default(), Instant::now());
        sessions.add([1; 32], [2; 32], now);
        assert_eq!(sessions.token(&[1; 32], now + LENGTH / 2), Some([2; 32]));
        assert_eq!(sessions.token(&[1; 32], now + LENGTH), None);
        for number in 0..=MOST {
            let mut session = [0; 32];
            session[..8].copy_from_slice(&number.to_le_bytes());
            sessions.add(session, [2; 32], now + Duration::from_millis(number as u64));
        }
        assert_eq!((sessions.0.len(), sessions.token(&[0; 32], now)), (MOST, None));
    }
}
