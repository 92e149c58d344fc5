//! Within SQL: tables, columns of the tables that the statement names, functions, keywords, and values that answers showed.

use std::collections::BTreeSet;

use super::{Candidate, begins};
use crate::cli::shell::highlight::KEYWORDS;
use crate::cli::shell::pieces::{Kind, Piece, end_of_statement, pieces};
use crate::cli::shell::vocabulary::Vocabulary;

/// The candidates for what stands before the cursor, and where that begins.
pub(super) fn complete(text: &str, before: &str, vocabulary: &Vocabulary) -> (usize, Vec<Candidate>) {
    let begin = statement_begins(before);
    let all = pieces(&text[begin..]);
    let typed = pieces(&before[begin..]);
    let last = typed.last().copied().filter(|piece| piece.kind != Kind::Blank);
    let before_last: Vec<Piece> = typed
        .iter()
        .copied()
        .filter(|piece| piece.matters() && last.is_none_or(|last| piece.start < last.start))
        .collect();
    match last {
        Some(last) if last.kind == (Kind::Text { closed: false }) => {
            let values = column_of_value(&before_last).map_or_else(Vec::new, |column| values(column, vocabulary, true));
            let prefix = last.text[1..].replace("''", "'");
            let mut candidates: Vec<Candidate> = values.into_iter().filter(|it| begins(&it.shown, &prefix)).collect();
            if text[before.len()..].starts_with('\'') {
                for candidate in &mut candidates {
                    // The closing quote is there already.
                    let _ = candidate.text.pop();
                }
            }
            (begin + last.start, candidates)
        }
        Some(Piece { kind: Kind::Comment | Kind::Text { .. } | Kind::Quoted, .. }) => (before.len(), Vec::new()),
        Some(word) if matches!(word.kind, Kind::Word | Kind::Number) => {
            (begin + word.start, of_word(word.text, &before_last, &all, vocabulary))
        }
        Some(_) => (before.len(), of_word("", &typed_so_far(&typed), &all, vocabulary)),
        None => (before.len(), of_word("", &before_last, &all, vocabulary)),
    }
}

fn typed_so_far<'t>(typed: &[Piece<'t>]) -> Vec<Piece<'t>> {
    typed.iter().copied().filter(Piece::matters).collect()
}

/// Where the statement of the cursor begins: other ones may stand before it.
fn statement_begins(before: &str) -> usize {
    let mut begin = 0;
    while let Some(end) = end_of_statement(&before[begin..]) {
        begin += end;
    }
    begin
}

/// Candidates for a word of which this much is there, behind these pieces.
fn of_word(prefix: &str, behind: &[Piece], all: &[Piece], vocabulary: &Vocabulary) -> Vec<Candidate> {
    if let [.., qualifier, dot] = behind
        && dot.text == "."
    {
        let table = table_called(qualifier.text, all);
        return named(vocabulary.columns(table), prefix);
    }
    if is_table_place(behind) {
        return named(vocabulary.tables.iter().map(|table| table.name.as_str()), prefix);
    }
    if let Some(column) = column_of_value(behind) {
        let values: Vec<Candidate> = values(column, vocabulary, false);
        let fitting: Vec<Candidate> = values.into_iter().filter(|it| begins(&it.shown, prefix)).collect();
        if !fitting.is_empty() {
            return fitting;
        }
    }
    let mut candidates = named(columns(all, vocabulary).into_iter(), prefix);
    if prefix.is_empty() {
        return candidates;
    }
    let functions = vocabulary.functions.iter().filter(|name| begins(name, prefix));
    candidates.extend(functions.map(|name| Candidate { shown: format!("{name}("), text: format!("{name}(") }));
    let in_lower_case = prefix.starts_with(|first: char| first.is_lowercase());
    let keywords = KEYWORDS.iter().filter(|keyword| begins(keyword, prefix));
    candidates.extend(
        keywords
            .map(|keyword| Candidate::of(if in_lower_case { keyword.to_lowercase() } else { (*keyword).to_owned() })),
    );
    candidates
}

fn named<'n>(names: impl Iterator<Item = &'n str>, prefix: &str) -> Vec<Candidate> {
    names.filter(|name| begins(name, prefix)).map(Candidate::of).collect()
}

/// Whether a table comes next.
fn is_table_place(behind: &[Piece]) -> bool {
    let Some(last) = behind.last() else { return false };
    let begins_tables = |piece: &Piece| ["from", "join", "table", "describe"].iter().any(|word| piece.is_word(word));
    if begins_tables(last) {
        return true;
    }
    // `FROM requests a, `
    let open = behind
        .iter()
        .rposition(|piece| piece.kind == Kind::Word && KEYWORDS_OF_CLAUSES.iter().any(|it| piece.is_word(it)));
    let is_list = open.is_some_and(|at| behind[at].is_word("from") && !behind[at..].iter().any(|it| it.text == "("));
    last.text == "," && is_list
}

const KEYWORDS_OF_CLAUSES: [&str; 8] = ["select", "from", "on", "where", "group", "order", "having", "limit"];

/// Tables after FROM and JOIN, with what they are called in the statement.
fn tables_of<'t>(all: &[Piece<'t>]) -> Vec<(&'t str, &'t str)> {
    let all: Vec<&Piece> = all.iter().filter(|piece| piece.matters()).collect();
    let mut tables = Vec::new();
    let mut within = false;
    let mut at = 0;
    while let Some(piece) = all.get(at) {
        at += 1;
        if piece.is_word("from") || piece.is_word("join") {
            within = true;
        } else if piece.text == "," && within {
        } else {
            within = false;
            continue;
        }
        let Some(name) = all.get(at).filter(|piece| piece.kind == Kind::Word) else {
            within = false;
            continue;
        };
        at += 1;
        let alias = match (all.get(at), all.get(at + 1)) {
            (Some(word), Some(alias)) if word.is_word("as") => Some((alias, 2)),
            (Some(alias), _) if alias.kind == Kind::Word && !is_keyword(alias.text) => Some((alias, 1)),
            _ => None,
        };
        at += alias.map_or(0, |(_, length)| length);
        tables.push((name.text, alias.map_or(name.text, |(alias, _)| alias.text)));
    }
    tables
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word.to_ascii_uppercase().as_str()).is_ok()
}

/// The table that the statement calls so.
fn table_called<'t>(name: &'t str, all: &[Piece<'t>]) -> &'t str {
    let called = tables_of(all).into_iter().find(|(_, alias)| alias.eq_ignore_ascii_case(name));
    called.map_or(name, |(table, _)| table)
}

/// Columns of the tables that the statement names; of all, where it names none yet.
fn columns<'v>(all: &[Piece], vocabulary: &'v Vocabulary) -> BTreeSet<&'v str> {
    let named: BTreeSet<&str> = tables_of(all).into_iter().flat_map(|(table, _)| vocabulary.columns(table)).collect();
    if !named.is_empty() {
        return named;
    }
    vocabulary.tables.iter().flat_map(|table| vocabulary.columns(&table.name)).collect()
}

/// The column whose value comes next: `elb_status_code = `, `request_verb NOT IN ('GET', `.
fn column_of_value<'t>(behind: &[Piece<'t>]) -> Option<&'t str> {
    let mut at = behind.len();
    let before = |at: usize| at.checked_sub(1).and_then(|at| behind.get(at));
    // Values of a list that are there already.
    while before(at)
        .is_some_and(|it| it.text == "," || it.kind == Kind::Number || it.kind == Kind::Text { closed: true })
    {
        at -= 1;
    }
    let listed = at < behind.len();
    if before(at).is_some_and(|it| it.text == "(") {
        at -= 1;
        at = before(at).filter(|it| it.is_word("in")).map(|_| at - 1)?;
    } else if listed {
        return None;
    } else if before(at).is_some_and(|it| it.is_word("like")) {
        at -= 1;
    } else {
        let operators = behind[..at].iter().rev().take_while(|it| matches!(it.text, "=" | "<" | ">" | "!")).count();
        if operators == 0 {
            return None;
        }
        at -= operators;
    }
    if before(at).is_some_and(|it| it.is_word("not")) {
        at -= 1;
    }
    before(at).filter(|it| it.kind == Kind::Word).map(|it| it.text)
}

/// Values of a column, as SQL writes them; only text where a quote is open.
fn values(column: &str, vocabulary: &Vocabulary, quote_is_open: bool) -> Vec<Candidate> {
    let Some((is_text, values)) = vocabulary.values(column) else { return Vec::new() };
    if !is_text {
        return if quote_is_open { Vec::new() } else { values.iter().map(Candidate::of).collect() };
    }
    let candidate =
        |value: &String| Candidate { shown: value.clone(), text: format!("'{}'", value.replace('\'', "''")) };
    values.iter().map(candidate).collect()
}
