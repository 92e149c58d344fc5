//! Text of a statement to its syntax tree, by Trino's grammar.

use datafusion::sql::sqlparser::ast::Statement;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::grammar::Grammar;
use super::values::with_parentheses;
use super::{tokens, type_words};

/// How deep a statement may be nested.
const DEPTH: usize = 50;

/// The statements of a text; positions are those of the text.
///
/// # Errors
/// The parser's, with the place.
pub(super) fn parse(sql: &str) -> Result<Vec<Statement>, ParserError> {
    let tokens = Tokenizer::new(&Grammar, sql).tokenize_with_location()?;
    tokens::refuse(&tokens)?;
    let tokens = type_words::joined(&with_parentheses(tokens));
    let mut parser = Parser::new(&Grammar).with_recursion_limit(DEPTH).with_tokens_with_locations(tokens);
    let statements = parser.parse_statements()?;
    // It stops at END, whatever follows.
    let rest = parser.peek_token();
    if rest.token != Token::EOF {
        return Err(ParserError::ParserError(format!(
            "expected: the end of the statement, found: {}{}",
            rest.token, rest.span.start
        )));
    }
    Ok(statements)
}
