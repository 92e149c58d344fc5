//! What the parser takes and Trino's grammar does not, where the syntax tree no longer tells: refused by the tokens.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Refuses what is not Trino's.
///
/// # Errors
/// With what stands there, what to write instead, and the place.
pub(super) fn refuse(tokens: &[TokenWithSpan]) -> Result<(), ParserError> {
    // `1_000` is a number and the name of a column to the parser.
    if let Some([number, word]) = tokens.array_windows().find(|[first, second]| is_glued(&first.token, &second.token)) {
        return refused(&format!("a name cannot begin with a digit, nor a number hold {}", word.token), number);
    }
    // The parser takes it for bytes, and newer Trinos for a number.
    if let Some(number) = tokens.iter().find(|token| is_hex_number(token)) {
        return refused("0x… is not Athena's SQL: X'1F' are bytes, and from_base('1F', 16) is a number", number);
    }
    if let Some(odd) = tokens.iter().find(|token| is_odd(&token.token)) {
        return refused("the bytes in X'…' have two digits each", odd);
    }
    let strange = tokens.iter().enumerate().find(|(at, token)| is_strange(&token.token) && !is_parameter(tokens, *at));
    if let Some((_, strange)) = strange {
        return refused(&format!("{} is not Athena's SQL{}", strange.token, instead(&strange.token)), strange);
    }
    let spoken: Vec<&TokenWithSpan> =
        tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    for (at, token) in spoken.iter().enumerate() {
        let after = |steps: usize| spoken.get(at + steps).map(|token| &token.token);
        let word = keyword(&token.token);
        let begins_item =
            token.token == Token::Comma || matches!(word, Keyword::SELECT | Keyword::DISTINCT | Keyword::ALL);
        match word {
            _ if begins_item && is_starred(after(1), after(2), after(3)) => {
                return refused("* stands without parentheses in Athena's SQL", token);
            }
            Keyword::FETCH if after(1).is_some_and(counts_rows) => {
                return refused("expected: FIRST or NEXT after FETCH", token);
            }
            Keyword::FETCH if lacks_only(&spoken[at + 1..]) => {
                return refused("expected: ONLY after FETCH FIRST … ROWS", token);
            }
            Keyword::AS if matches!(after(1), Some(Token::SingleQuotedString(_))) => {
                return refused(NAME_IN_QUOTES, token);
            }
            _ if is_named_by_text(&token.token, after(1)) => return refused(NAME_IN_QUOTES, token),
            Keyword::MATCH_RECOGNIZE if after(1) == Some(&Token::LParen) => {
                return refused("MATCH_RECOGNIZE is not here: lag and lead OVER (ORDER BY time) compare rows", token);
            }
            Keyword::NOT if after(1).is_some_and(is_null) && at > 0 && ends_value(&spoken[at - 1].token) => {
                return refused("NOT NULL stands after IS in Athena's SQL", token);
            }
            // The parser forgets it.
            Keyword::FILTER if at > 0 && spoken[at - 1].token == Token::RParen && after(1) != Some(&Token::LParen) => {
                return refused("expected: ( after FILTER; a column that is called so stands in quotes", token);
            }
            Keyword::LIMIT if after(2).is_some_and(|token| keyword(token) == Keyword::OFFSET) => {
                return refused("OFFSET stands before LIMIT in Athena's SQL", token);
            }
            _ => {}
        }
    }
    Ok(())
}

/// A text stands in single quotes, which the parser takes for a name where only a name can stand.
const NAME_IN_QUOTES: &str = "a name stands in double quotes: \"…\"";

/// Whether it says how many rows, where FIRST or NEXT should stand.
fn counts_rows(token: &Token) -> bool {
    matches!(token, Token::Number(..) | Token::Placeholder(_) | Token::Colon)
        || matches!(keyword(token), Keyword::ROW | Keyword::ROWS)
}

/// Whether what follows FETCH says how many rows, and neither ONLY nor WITH TIES; or that without ROWS.
fn lacks_only(after: &[&TokenWithSpan]) -> bool {
    let rows = after.iter().take(3).position(|it| matches!(keyword(&it.token), Keyword::ROW | Keyword::ROWS));
    let Some(rows) = rows else { return after.iter().take(3).any(|it| keyword(&it.token) == Keyword::ONLY) };
    !matches!(after.get(rows + 1).map(|it| keyword(&it.token)), Some(Keyword::ONLY | Keyword::WITH))
}

/// Whether a text names what ends before it, as in `count(*) 'n'`, or what comes behind it, as in `'t'.x`.
fn is_named_by_text(first: &Token, second: Option<&Token>) -> bool {
    matches!(
        (first, second),
        (Token::RParen, Some(Token::SingleQuotedString(_))) | (Token::SingleQuotedString(_), Some(Token::Period))
    )
}

/// Words behind which a condition begins.
const BEFORE_CONDITIONS: [Keyword; 15] = [
    Keyword::ALL,
    Keyword::AND,
    Keyword::BY,
    Keyword::CASE,
    Keyword::DISTINCT,
    Keyword::ELSE,
    Keyword::HAVING,
    Keyword::IS,
    Keyword::NOT,
    Keyword::ON,
    Keyword::OR,
    Keyword::SELECT,
    Keyword::THEN,
    Keyword::WHEN,
    Keyword::WHERE,
];

fn is_null(token: &Token) -> bool {
    keyword(token) == Keyword::NULL
}

/// Whether a value may end with it.
fn ends_value(token: &Token) -> bool {
    match token {
        Token::Number(..) | Token::SingleQuotedString(_) | Token::RParen | Token::RBracket => true,
        Token::Word(_) => !BEFORE_CONDITIONS.contains(&keyword(token)),
        _ => false,
    }
}

/// Whether bytes end in the middle of one.
fn is_odd(token: &Token) -> bool {
    matches!(token, Token::HexStringLiteral(digits) if !digits.chars().filter(char::is_ascii_hexdigit).count().is_multiple_of(2))
}

/// Whether they are `(*)`.
fn is_starred(open: Option<&Token>, star: Option<&Token>, close: Option<&Token>) -> bool {
    matches!((open, star, close), (Some(Token::LParen), Some(Token::Mul), Some(Token::RParen)))
}

fn refused(what: &str, at: &TokenWithSpan) -> Result<(), ParserError> {
    Err(ParserError::ParserError(format!("{what}{}", at.span.start)))
}

fn keyword(token: &Token) -> Keyword {
    match token {
        Token::Word(word) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    }
}

fn is_glued(first: &Token, second: &Token) -> bool {
    matches!((first, second), (Token::Number(..), Token::Word(_)))
}

/// Whether bytes were written as `0x1F`, which is shorter by one than `X'1F'`.
fn is_hex_number(token: &TokenWithSpan) -> bool {
    let Token::HexStringLiteral(digits) = &token.token else { return false };
    let written = token.span.end.column.saturating_sub(token.span.start.column);
    token.span.start.line == token.span.end.line && usize::try_from(written) == Ok("0x".len() + digits.len())
}

/// Whether Trino has no such token; those that are refused by the syntax tree, with more to say, are left to it.
fn is_strange(token: &Token) -> bool {
    !matches!(
        token,
        Token::EOF
            | Token::Word(_)
            | Token::Number(_, false)
            | Token::SingleQuotedString(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::Whitespace(_)
            | Token::Comma
            | Token::Period
            | Token::SemiColon
            | Token::Placeholder(_)
            | Token::Question
            | Token::LParen
            | Token::RParen
            | Token::LBracket
            | Token::RBracket
            | Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Mod
            | Token::StringConcat
            | Token::Eq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::Arrow
            | Token::RArrow
            | Token::DoubleColon
            | Token::Spaceship
            | Token::Ampersand
            | Token::Pipe
            | Token::Caret
            | Token::DuckIntDiv
            | Token::Tilde
            | Token::TildeAsterisk
            | Token::ExclamationMarkTilde
            | Token::ExclamationMarkTildeAsterisk
    )
}

/// Whether `:name` begins here, and not what is within a value, as in `elb:name`.
fn is_parameter(tokens: &[TokenWithSpan], at: usize) -> bool {
    let [.., before] = &tokens[..at] else { return false };
    let name = tokens.get(at + 1).map(|token| &token.token);
    tokens[at].token == Token::Colon
        && matches!(name, Some(Token::Word(name)) if name.quote_style.is_none())
        && !ends_value(&before.token)
}

fn instead(token: &Token) -> &'static str {
    match token {
        Token::DoubleEq => ": write =",
        Token::ExclamationMark => ": write NOT",
        Token::Overlap => ": write AND",
        Token::Backslash | Token::EscapedStringLiteral(_) => ": a backslash in '…' is itself",
        Token::Char('`') => ": names stand in \"…\"",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::sqlparser::tokenizer::Tokenizer;

    use super::super::grammar::Grammar;
    use super::*;

    fn refusal(sql: &str) -> Option<String> {
        let tokens = Tokenizer::new(&Grammar, sql).tokenize_with_location().unwrap();
        refuse(&tokens).err().map(|error| error.to_string())
    }

    #[test]
    fn what_the_parser_takes_for_a_name_is_a_text() {
        for sql in [
            "SELECT elb AS 'lb' FROM t",
            "SELECT count(*) 'n' FROM t",
            "SELECT 't'.elb FROM t",
            "SELECT elb FROM t FETCH FIRST 7 ROWS",
            "SELECT elb FROM t FETCH NEXT ROW",
            "SELECT elb FROM t FETCH ROWS ONLY",
            "SELECT elb FROM t FETCH ROW ONLY",
            "SELECT elb FROM t FETCH :n ROWS ONLY",
            "SELECT elb FROM t FETCH FIRST 7 ONLY",
            "SELECT 0x1F",
            "SELECT elb:name FROM t",
            "SELECT avg(n) FILTER AS total FROM t",
            "SELECT 1 NOT NULL FROM t",
            "SELECT time NOT NULL FROM t",
            "SELECT X'123' FROM t",
        ] {
            assert!(refusal(sql).is_some(), "{sql}");
        }
        for sql in [
            "SELECT elb AS \"lb\", date '2026-11-20', INTERVAL '1' day FROM t WHERE elb IN ('a') AND elb LIKE 'b'",
            "SELECT CAST('1' AS decimal(3, 1)) FROM t OFFSET 2 ROWS FETCH FIRST 7 ROWS ONLY",
            "SELECT X'1F', x''",
            "SELECT :x, elb FROM t WHERE n >:y LIMIT :n",
            "SELECT count(*) FILTER (WHERE n IS NOT NULL), filter(l, x -> NOT NULL) FROM t WHERE NOT NULL AND (NOT NULL)",
            "SELECT sum(n) OVER (ORDER BY time ROWS UNBOUNDED PRECEDING) FROM t FETCH NEXT ROW WITH TIES",
        ] {
            assert_eq!(refusal(sql), None, "{sql}");
        }
    }
}
