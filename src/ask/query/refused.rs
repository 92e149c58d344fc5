//! Statements that are refused before they are planned: what the engine would misread, and what would end it.

use datafusion::common::{DataFusionError, Diagnostic, Result, Span, plan_err};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

/// Operators of one statement. The engine plans a chain of them by recursion, in time that grows with its square: two
/// thousand take a second or two, ten thousand minutes, and a million end the program.
const MOST_OPERATORS: usize = 2000;

/// Words that join two expressions or two queries.
const JOINING: [&str; 8] = ["and", "or", "not", "like", "union", "except", "intersect", "join"];

/// Refuses statements that the engine cannot answer rightly.
pub(super) fn refuse(sql: &str) -> Result<()> {
    // What cannot be taken apart is refused by the parser, with its place.
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location().unwrap_or_default();
    refuse_sampling(&tokens)?;
    let operators = tokens.iter().filter(|token| is_operator(&token.token)).count();
    if operators > MOST_OPERATORS {
        return plan_err!(
            "the statement has {operators} operators, more than the {MOST_OPERATORS} that can be planned: a long list is \
             written as column IN (…)"
        );
    }
    Ok(())
}

/// The engine reads `TABLESAMPLE` and ignores it, which would pass all rows off as a sample.
fn refuse_sampling(tokens: &[TokenWithSpan]) -> Result<()> {
    match tokens.iter().find(|token| is_word(&token.token, &["tablesample"])) {
        Some(token) => Err(DataFusionError::Plan("TABLESAMPLE is not supported".to_owned())
            .with_diagnostic(Diagnostic::new_error("", Span::try_from_sqlparser_span(token.span)))),
        None => Ok(()),
    }
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(_) => is_word(token, &JOINING),
        Token::Number(..)
        | Token::Char(_)
        | Token::SingleQuotedString(_)
        | Token::Comma
        | Token::Whitespace(_)
        | Token::LParen
        | Token::RParen
        | Token::Period
        | Token::EOF
        | Token::SemiColon
        | Token::Placeholder(_) => false,
        _ => true,
    }
}

fn is_word(token: &Token, words: &[&str]) -> bool {
    matches!(token, Token::Word(word)
        if word.quote_style.is_none() && words.iter().any(|known| word.value.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::refuse;

    #[test]
    fn chains_are_bounded_and_lists_are_not() {
        let ones = vec!["1"; 50_000];
        assert!(refuse(&format!("SELECT 1 IN ({})", ones.join(","))).is_ok());
        assert!(refuse(&format!("SELECT {}", ones[..2000].join(" + "))).is_ok());
        for chain in [" + ", " OR ", "::int::", " UNION ALL SELECT ", "||"] {
            let error = refuse(&format!("SELECT {}", ones.join(chain))).unwrap_err().to_string();
            assert!(error.contains("operators, more than the 2000"), "{chain}: {error}");
        }
    }
}
