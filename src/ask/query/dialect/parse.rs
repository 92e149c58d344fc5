//! Text of a statement to its syntax tree, by Trino's grammar.

use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::grammar::Grammar;
use super::values::with_parentheses;

/// How deep a statement may be nested.
const DEPTH: usize = 50;

/// The statements of a text; positions are those of the text.
///
/// # Errors
/// The parser's, with the place.
pub(super) fn parse(sql: &str) -> Result<Vec<Statement>, ParserError> {
    let tokens = Tokenizer::new(&Grammar, sql).tokenize_with_location()?;
    refuse_glued(&tokens)?;
    let tokens = with_parentheses(tokens);
    Parser::new(&Grammar).with_recursion_limit(DEPTH).with_tokens_with_locations(tokens).parse_statements()
}

/// `1_000` is a number and the name of a column to the parser.
fn refuse_glued(tokens: &[TokenWithSpan]) -> Result<(), ParserError> {
    let glued =
        tokens.windows(2).find(|pair| matches!((&pair[0].token, &pair[1].token), (Token::Number(..), Token::Word(_))));
    match glued {
        Some(pair) => Err(ParserError::ParserError(format!(
            "a name cannot begin with a digit, nor a number hold {}{}",
            pair[1].token, pair[1].span.start
        ))),
        None => Ok(()),
    }
}
