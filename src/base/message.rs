//! What is said to people, as data: what happened, lines that show it, and what can be done about it.
//!
//! Only what is given as a line or hint of its own begins one: a name, a key or some library's words in the text cannot, whatever
//! they hold.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

use super::causes::chain;
use super::shown::harmless;

/// A message, and what can be done. As text, each of its parts begins a line, and no other does:
///
/// ```text
/// no table named requets
/// hint: did you mean requests?
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    text: String,
    /// Lines below the text, further in.
    lines: Vec<String>,
    hints: Vec<String>,
}

impl Message {
    /// What happened.
    pub fn new(text: impl Display) -> Self {
        Self { text: text.to_string(), ..Self::default() }
    }

    /// With a line below the text that shows what is meant.
    #[must_use]
    pub fn line(mut self, line: impl Display) -> Self {
        self.lines.push(line.to_string());
        self
    }

    /// With what can be done about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// With what can be done about it, if anything can.
    #[must_use]
    pub fn hint_if(self, hint: Option<impl Display>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// With this as all that can be done about it.
    #[must_use]
    pub fn only_hint(mut self, hint: impl Display) -> Self {
        self.hints = vec![hint.to_string()];
        self
    }

    /// With another message below the text, and its hints.
    #[must_use]
    pub fn below(mut self, other: Self) -> Self {
        self.lines.push(other.text);
        self.lines.extend(other.lines);
        self.hints.extend(other.hints);
        self
    }

    /// With something before its text: `warning: `, or where it happened.
    #[must_use]
    pub fn after(mut self, before: impl Display) -> Self {
        self.text.insert_str(0, &before.to_string());
        self
    }

    /// With something behind its text.
    #[must_use]
    pub fn then(mut self, behind: impl Display) -> Self {
        self.text.push_str(&behind.to_string());
        self
    }

    /// What happened, without what can be done.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// What stays the same of it when the same thing happens again: numbers of requests, counts, lengths of time and names of
    /// files that are made up each time do not, nor do names of objects. Of what is in a bucket, the bucket.
    pub fn kind(&self) -> String {
        let kind = |word: &str| match word.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()),
            None if word.contains(|letter: char| letter.is_ascii_digit()) => "#".to_owned(),
            None if word.contains("_unfinished") => "#".to_owned(),
            None => word.to_owned(),
        };
        self.text.split_whitespace().map(kind).collect::<Vec<_>>().join(" ")
    }

    /// What happened and the lines that show it, made harmless.
    pub fn shown_text(&self) -> String {
        let lines = std::iter::once(&self.text).chain(&self.lines).map(|line| harmless(line));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What can be done, made harmless, a line for each; none if nothing can.
    pub fn shown_hint(&self) -> Option<String> {
        let hints: Vec<_> = self.hints.iter().map(|hint| harmless(hint)).collect();
        (!hints.is_empty()).then(|| hints.join("\n"))
    }

    /// An error and its causes with colons between them, each told once (some repeat their cause in their own text), and the
    /// hints of all.
    pub fn of(error: &(dyn Error + 'static)) -> Self {
        let mut told = Self::default();
        for cause in chain(error) {
            if !is_wrapper(cause) {
                told.add(cause.downcast_ref::<Self>().cloned().unwrap_or_else(|| Self::new(cause)));
            }
        }
        told
    }

    fn add(&mut self, cause: Self) {
        if self.text.is_empty() || !self.text.contains(&cause.text) {
            self.text.push_str(if self.text.is_empty() { "" } else { ": " });
            self.text.push_str(&cause.text);
        }
        self.lines.extend(cause.lines);
        let known: BTreeSet<String> = self.hints.iter().cloned().collect();
        self.hints.extend(cause.hints.into_iter().filter(|hint| !known.contains(hint)));
    }
}

/// Whether an error is another name of the message that caused it.
fn is_wrapper(error: &(dyn Error + 'static)) -> bool {
    let message = chain(error).nth(1).and_then(|cause| cause.downcast_ref::<Message>());
    message.is_some_and(|message| message.to_string() == error.to_string())
}

impl Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&harmless(&self.text))?;
        self.lines.iter().try_for_each(|line| write!(f, "\n  {}", harmless(line)))?;
        self.hints.iter().try_for_each(|hint| write!(f, "\nhint: {}", harmless(hint)))
    }
}

impl Error for Message {}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<fmt::Arguments<'_>> for Message {
    fn from(text: fmt::Arguments<'_>) -> Self {
        Self::new(text)
    }
}

impl From<anyhow::Error> for Message {
    fn from(error: anyhow::Error) -> Self {
        Self::of(error.as_ref())
    }
}

/// As it is shown.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_happens_again_is_of_one_kind() {
        let kind = |text: &str| Message::new(text).line("7 objects wait").kind();
        let slow = |id: &str, time: &str| {
            format!("logs: s3://logs/AWSLogs/{id}: 503 slow down (RequestId: {id}) after {time}")
        };
        assert_eq!(kind(&slow("4QX/9a==", "1.2s")), kind(&slow("Z0+17", "20ms")));
        assert_ne!(kind(&slow("1", "1s")), kind(&slow("1", "1s").replace("logs/", "others/")));
        assert_ne!(kind("s3://logs: access denied"), kind("s3://logs: the token has expired"));
        assert_eq!(
            kind("no space left at /live/_unfinished/aBcDeF"),
            kind("no space left at /live/_unfinished/xyzUvw")
        );
    }

    #[test]
    fn causes_are_told_once() {
        let error = anyhow!("refused").context("cannot connect: refused").context("logs");
        assert_eq!(Message::of(error.as_ref()).to_string(), "logs: cannot connect: refused");
        let deep = anyhow!("c").context("b").context("a");
        assert_eq!(Message::of(deep.as_ref()).to_string(), "a: b: c");
    }

    #[test]
    fn hints_stand_behind_all_causes() {
        let eof = Message::new("EOF").hint("a newer file");
        let error = anyhow!(eof).context("not a plan").context("p.json");
        assert_eq!(Message::of(error.as_ref()).to_string(), "p.json: not a plan: EOF\nhint: a newer file");
        let outer = || Err::<(), _>(Message::new("b").hint("c")).context("a: b");
        assert_eq!(Message::of(outer().unwrap_err().as_ref()).to_string(), "a: b\nhint: c");
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Wrapper(#[source] Message);

    #[test]
    fn another_name_of_a_message_says_nothing_more() {
        let wrapper = Wrapper(Message::new("a").line("b").hint("c"));
        assert_eq!(Message::of(&wrapper).to_string(), "a\n  b\nhint: c");
    }

    proptest! {
        /// Whatever stands in its parts, there are as many lines as parts, and each begins as its part does.
        #[test]
        fn no_value_begins_a_line(values in prop::collection::vec("(\n|\r|\u{1b}|\u{202e}|hint: |next: |error: |  |::error::|[ -~]){0,12}", 4)) {
            let [name, place, cause, hint] = &values[..] else { unreachable!() };
            let inner = Message::new(format_args!("cause {cause}")).hint(format_args!("try {hint}"));
            let error = anyhow!(inner).context(format!("place {place}"));
            let message = Message::of(error.as_ref()).after(format_args!("warning: {name}: ")).line(name);
            let text = message.to_string();
            let lines: Vec<&str> = text.split('\n').collect();
            prop_assert_eq!(lines.len(), 3);
            prop_assert!(lines[0].starts_with("warning: ") && lines[1].starts_with("  ") && lines[2].starts_with("hint: try "));
            let hidden = |char: char| char != '\n' && (char.is_control() || char == '\u{202e}');
            prop_assert!(!text.chars().any(hidden));
        }
    }
}
