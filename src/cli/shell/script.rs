//! What is typed or fed, line by line, as statements and commands.

use super::pieces::{end_of_statement, is_blank};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A statement without its semicolon.
    Statement(String),
    /// A command with its backslash, one line.
    Command(String),
}

/// An item, and the line on which it begins, from 1.
pub(super) type Numbered = (usize, Item);

/// Lines so far, of which no item has been made.
#[derive(Debug, Default)]
pub(super) struct Script {
    open: String,
    /// Lines before the text that is open.
    lines: usize,
}

impl Script {
    /// Takes text that ends where a line does.
    pub(super) fn add(&mut self, text: &str) {
        self.open.push_str(text);
        if !text.ends_with('\n') {
            self.open.push('\n');
        }
    }

    /// The next whole item.
    pub(super) fn next(&mut self) -> Option<Numbered> {
        loop {
            if let Some(command) = self.command() {
                return Some(command);
            }
            let end = end_of_statement(&self.open)?;
            let (line, statement) = self.take(end);
            let statement = statement.trim_end().trim_end_matches(';');
            if !is_blank(statement) {
                return Some((line, Item::Statement(statement.to_owned())));
            }
        }
    }

    /// What is left at the end: a statement does without a semicolon there.
    pub(super) fn rest(&mut self) -> Option<Numbered> {
        let (line, rest) = self.take(self.open.len());
        if is_blank(&rest) { None } else { Some((line, Item::Statement(rest))) }
    }

    /// A command, where nothing else has begun. A comment before it is none of its words.
    fn command(&mut self) -> Option<Numbered> {
        let begins = self.open.len() - self.open.trim_start().len();
        if !self.open[begins..].starts_with('\\') {
            return None;
        }
        let end = self.open[begins..].find('\n').map(|length| begins + length + 1)?;
        let (line, command) = self.take(end);
        Some((line, Item::Command(command.trim().to_owned())))
    }

    /// Cuts off the beginning, without blanks before it; and the line on which it begins.
    fn take(&mut self, end: usize) -> (usize, String) {
        let rest = self.open.split_off(end);
        let taken = std::mem::replace(&mut self.open, rest);
        let text = taken.trim_start();
        let line = self.lines + taken[..taken.len() - text.len()].matches('\n').count() + 1;
        self.lines += taken.matches('\n').count();
        (line, text.to_owned())
    }
}

/// Whether what was typed so far can be carried out: all statements in it have ended, or it is a command.
pub(super) fn is_whole(text: &str) -> bool {
    let mut script = Script::default();
    script.add(text);
    while script.next().is_some() {}
    is_blank(&script.open) && !has_open_comment(&script.open)
}

/// Whether a comment goes on in the next line.
fn has_open_comment(text: &str) -> bool {
    super::pieces::pieces(text).iter().any(|piece| piece.text.starts_with("/*") && !piece.text.ends_with("*/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<(usize, String)> {
        let mut script = Script::default();
        let mut items = Vec::new();
        for line in text.lines() {
            script.add(line);
            while let Some(item) = script.next() {
                items.push(item);
            }
        }
        items.extend(script.rest());
        let shown = |(line, item)| match item {
            Item::Statement(text) => (line, text),
            Item::Command(text) => (line, format!("command {text}")),
        };
        items.into_iter().map(shown).collect()
    }

    #[test]
    fn statements_and_commands_with_their_lines() {
        let text = "\nSELECT 1;\\x\n\\d requests; \nSELECT ';\n'\n FROM a; SELECT 3 ; ;\n-- end\n\n SELECT\n4";
        let expected = [
            (2, "SELECT 1"),
            (2, "command \\x"),
            (3, "command \\d requests;"),
            (4, "SELECT ';\n'\n FROM a"),
            (6, "SELECT 3 "),
            (7, "-- end\n\n SELECT\n4\n"),
        ];
        assert_eq!(items(text), expected.map(|(line, text)| (line, text.to_owned())));
        assert!(items("\n -- nothing\n;\n").is_empty());
    }

    #[test]
    fn a_backslash_within_a_statement_is_part_of_it() {
        assert_eq!(items("SELECT '\n\\q\n';"), [(1, "SELECT '\n\\q\n'".to_owned())]);
    }

    #[test]
    fn whole_is_what_ends_with_a_semicolon_or_is_a_command() {
        for whole in ["SELECT 1;", "SELECT 1; -- done", "\\d", " \\x on", "", "-- a", "SELECT 1;\\x"] {
            assert!(is_whole(whole), "{whole}");
        }
        for open in ["SELECT 1", "SELECT ';", "SELECT 1; SELECT", "/* a", "\\x\nSELECT"] {
            assert!(!is_whole(open), "{open}");
        }
    }
}
