//! Who asks, and what is shown to them.

use std::borrow::Cow;

use crate::output::document::Document;

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

    /// A document as they may see it.
    pub fn shown<'d>(&self, document: &'d Document) -> Cow<'d, Document> {
        if self.may_see_private { Cow::Borrowed(document) } else { Cow::Owned(document.public()) }
    }
}
