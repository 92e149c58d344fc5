//! The tokens of a statement in Trino's dialect, and what can be told from them without a parser: which tables are
//! read, and what a leading WITH defines.

use anyhow::{Context, Result, bail};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword, not quoted.
    Word,
    /// A name in double quotes.
    Quoted,
    /// `:name`.
    Parameter,
    /// Text, or a number.
    Literal,
    /// Punctuation; those that matter here have a name.
    Symbol(&'static str),
}

/// A token and where it begins. White space and comments are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
    pub(crate) start: usize,
}

impl Token<'_> {
    /// Whether it is this keyword, given in lower case.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// The name it stands for: Trino compares names in lower case, also quoted ones.
    fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_lowercase()),
            Kind::Quoted => Some(self.text[1..self.text.len() - 1].replace("\"\"", "\"").to_lowercase()),
            _ => None,
        }
    }
}

/// Reads a statement; semicolons at its end are left out.
pub(crate) fn read(sql: &str) -> Result<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (kind, length) = match first {
            _ if first.is_whitespace() => (None, first.len_utf8()),
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => match rest.find("*/") {
                Some(end) => (None, end + 2),
                None => bail!("a comment is not closed: {}", beginning(rest)),
            },
            '\'' => (Some(Kind::Literal), quoted(rest, '\'')?),
            '"' => (Some(Kind::Quoted), quoted(rest, '"')?),
            ':' if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => {
                (Some(Kind::Parameter), 1 + word(&rest[1..]))
            }
            // A cast of other dialects, not a parameter.
            ':' if rest.starts_with("::") => (Some(Kind::Symbol("::")), 2),
            _ if first.is_alphabetic() || first == '_' => (Some(Kind::Word), word(rest)),
            _ if first.is_ascii_digit() => (Some(Kind::Literal), word(rest)),
            '(' => (Some(Kind::Symbol("(")), 1),
            ')' => (Some(Kind::Symbol(")")), 1),
            ',' => (Some(Kind::Symbol(",")), 1),
            '.' => (Some(Kind::Symbol(".")), 1),
            ';' => (Some(Kind::Symbol(";")), 1),
            '?' => (Some(Kind::Symbol("?")), 1),
            _ => (Some(Kind::Symbol("")), first.len_utf8()),
        };
        if let Some(kind) = kind {
            tokens.push(Token { kind, text: &rest[..length], start: at });
        }
        at += length;
    }
    while tokens.last().is_some_and(|token| token.kind == Kind::Symbol(";")) {
        tokens.pop();
    }
    Ok(tokens)
}

/// Length of what stands in quotes, which are doubled inside.
fn quoted(rest: &str, quote: char) -> Result<usize> {
    closing(rest, quote).with_context(|| format!("a quote is not closed: {}", beginning(rest)))
}

/// The same; `None` if the quotes stay open.
pub(crate) fn closing(rest: &str, quote: char) -> Option<usize> {
    let mut length = 1;
    loop {
        length += rest[length..].find(quote)? + 1;
        if !rest[length..].starts_with(quote) {
            return Some(length);
        }
        length += 1;
    }
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

fn beginning(rest: &str) -> String {
    rest.chars().take(40).collect()
}

/// What comes next at one depth of parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Not a list of tables.
    Elsewhere,
    /// A table, or a query in parentheses.
    Table,
    /// A table has come; a comma begins the next.
    AfterTable,
}

/// The tables that stand after FROM, JOIN and TABLE, each as its parts (`db`, `table`). Names that the statement itself
/// defines are among them.
pub(crate) fn tables_of(tokens: &[Token]) -> Vec<Vec<String>> {
    const ENDS: [&str; 12] = [
        "select",
        "where",
        "group",
        "order",
        "having",
        "limit",
        "offset",
        "fetch",
        "union",
        "except",
        "intersect",
        "window",
    ];
    let mut places = vec![Place::Elsewhere];
    let mut tables = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let place = places.last().copied().unwrap_or(Place::Elsewhere);
        let mut next = place;
        match token.kind {
            Kind::Symbol("(") => {
                // Joined tables may stand in parentheses; a query begins with SELECT and ends the list.
                places.pop();
                places.push(if place == Place::Table { Place::AfterTable } else { place });
                places.push(if place == Place::Table { Place::Table } else { Place::Elsewhere });
                index += 1;
                continue;
            }
            Kind::Symbol(")") => {
                if places.len() > 1 {
                    places.pop();
                }
                index += 1;
                continue;
            }
            Kind::Symbol(",") if place == Place::AfterTable => next = Place::Table,
            Kind::Word if ["from", "join", "table"].iter().any(|word| token.is_word(word)) => next = Place::Table,
            Kind::Word if ENDS.iter().any(|word| token.is_word(word)) => next = Place::Elsewhere,
            Kind::Word if token.is_word("lateral") => {}
            Kind::Word | Kind::Quoted if place == Place::Table => {
                let path = path(&tokens[index..]);
                index += 2 * (path.len() - 1);
                let is_function = tokens.get(index + 1).is_some_and(|after| after.kind == Kind::Symbol("("));
                if !is_function {
                    tables.push(path);
                }
                next = Place::AfterTable;
            }
            _ => {}
        }
        if let Some(last) = places.last_mut() {
            *last = next;
        }
        index += 1;
    }
    tables
}

/// `a.b.c` as its parts.
fn path(tokens: &[Token]) -> Vec<String> {
    let mut parts: Vec<String> = tokens[0].name().into_iter().collect();
    let mut rest = &tokens[1..];
    while let [dot, name, after @ ..] = rest
        && dot.kind == Kind::Symbol(".")
        && let Some(name) = name.name()
    {
        parts.push(name);
        rest = after;
    }
    parts
}

/// The names that a leading WITH defines, and where they begin; `None` if there is no leading WITH.
pub(crate) fn with_names(tokens: &[Token]) -> (Vec<String>, Option<usize>) {
    let mut depth = 0_i32;
    let mut names = Vec::new();
    let Some(with) = tokens.iter().position(|token| {
        // EXPLAIN and its options may stand before it.
        depth += i32::from(token.kind == Kind::Symbol("(")) - i32::from(token.kind == Kind::Symbol(")"));
        depth == 0 && (token.is_word("with") || token.is_word("select"))
    }) else {
        return (names, None);
    };
    if !tokens[with].is_word("with") {
        return (names, None);
    }
    let recursive = tokens.get(with + 1).is_some_and(|token| token.is_word("recursive"));
    let last = &tokens[with + usize::from(recursive)];
    let mut expected = true;
    for token in &tokens[with + 1 + usize::from(recursive)..] {
        match token.kind {
            Kind::Symbol("(") => depth += 1,
            Kind::Symbol(")") => depth -= 1,
            Kind::Symbol(",") if depth == 0 => expected = true,
            Kind::Word if depth == 0 && token.is_word("select") => break,
            Kind::Word | Kind::Quoted if depth == 0 && expected => {
                names.extend(token.name());
                expected = false;
            }
            _ => {}
        }
    }
    (names, Some(last.start + last.text.len()))
}
