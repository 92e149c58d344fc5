//! Who asks, and what is shown to them.

use std::borrow::Cow;
use std::net::IpAddr;

use http::StatusCode;

use crate::base::message::Message;
use crate::output::document::Document;
use crate::serve::refusal::Refusal;

/// Who asks, as far as it matters to an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Viewer {
    /// The name of the token; none where nobody needs one.
    pub name: Option<String>,
    /// Whether what clients of the load balancers may want to keep to themselves is shown: query strings, addresses, and
    /// statements, which can ask for them.
    pub may_see_private: bool,
    /// Whether other people's queries are shown, and can be ended.
    pub may_operate: bool,
}

impl Viewer {
    /// Whoever sits at this machine.
    pub fn of_this_machine() -> Self {
        Self { name: None, may_see_private: true, may_operate: true }
    }

    /// Whether whoever this is may see and do what somebody else may: the names do not matter.
    pub(super) fn covers(&self, other: &Self) -> bool {
        (self.may_see_private || !other.may_see_private) && (self.may_operate || !other.may_operate)
    }

    /// Whether they may ask for a report in these words: of clients, those who may not see them may ask for networks that hold many,
    /// or they would find out one address after the other.
    ///
    /// # Errors
    /// When they may not.
    pub fn may_ask(&self, words: &[String]) -> Result<(), Refusal> {
        let clients = || words.iter().filter_map(|word| word.strip_prefix("--client="));
        let is_narrow = |client: &str| client.split(',').any(|one| !is_wide(one.trim()));
        if self.may_see_private || !clients().any(is_narrow) {
            return Ok(());
        }
        let message = Message::new("a client narrower than /24, or /48 of IPv6, may not be asked for")
            .hint("client=192.0.2.0/24, or a token with scope private");
        Err(Refusal::new(StatusCode::FORBIDDEN, "not_allowed", message))
    }

    /// A document as they may see it.
    pub fn shown<'d>(&self, document: &'d Document) -> Cow<'d, Document> {
        if self.may_see_private { Cow::Borrowed(document) } else { Cow::Owned(document.public()) }
    }
}

/// Whether it is a network of so many addresses that it says nothing of one of them.
fn is_wide(network: &str) -> bool {
    let Some((address, bits)) = network.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 24,
        Ok(IpAddr::V6(_)) => 48,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_is_asked_for_by_those_who_may_see_it() {
        let words = |client: &str| vec!["errors".to_owned(), format!("--client={client}")];
        let reads = Viewer { name: Some("ci".to_owned()), ..Viewer::default() };
        for narrow in ["192.0.2.7", "192.0.2.0/25", "2001:db8::/64", "10.0.0.0/8,192.0.2.7", "nothing"] {
            assert!(reads.may_ask(&words(narrow)).is_err(), "{narrow}");
            assert!(Viewer::of_this_machine().may_ask(&words(narrow)).is_ok(), "{narrow}");
        }
        for wide in ["192.0.2.0/24", "10.0.0.0/8", "2001:db8::/48"] {
            assert!(reads.may_ask(&words(wide)).is_ok(), "{wide}");
        }
        assert!(reads.may_ask(&["errors".to_owned()]).is_ok());
    }
}
