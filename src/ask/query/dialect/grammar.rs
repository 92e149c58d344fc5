//! What Trino's grammar allows, for the parser: as little as it does, so that what Trino would not parse is not answered.

use datafusion::sql::sqlparser::ast::{DataType, Expr, Ident, ObjectName, TypedString};
use datafusion::sql::sqlparser::dialect::{Dialect, Precedence};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

use super::rewrite::build::call;

/// Types whose literals the parser does not know.
const TYPES: [&str; 2] = ["ipaddress", "uuid"];

/// The grammar of Trino, which is Athena's.
#[derive(Debug, Default)]
pub(super) struct Grammar;

impl Dialect for Grammar {
    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_ascii_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_ascii_alphanumeric() || ch == '_'
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    /// `IPADDRESS '10.0.0.1'`, `trim(x, 'chars')`, and a column `time` with a name in quotes behind it.
    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        if let Some(column) = named_behind(parser) {
            return Some(Ok(column));
        }
        if let Some(trimmed) = trimmed(parser) {
            return Some(Ok(trimmed));
        }
        let [Token::Word(word), Token::SingleQuotedString(_)] = parser.peek_tokens() else { return None };
        if word.quote_style.is_some() || !TYPES.contains(&word.value.to_lowercase().as_str()) {
            return None;
        }
        parser.next_token();
        let data_type = DataType::Custom(ObjectName::from(vec![Ident::new(word.value)]), Vec::new());
        Some(
            parser
                .parse_value()
                .map(|value| Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })),
        )
    }

    /// `a IS DISTINCT FROM b OR c`, of which the parser would take `b OR c` for the second value.
    fn parse_infix(&self, parser: &mut Parser, expr: &Expr, _precedence: u8) -> Option<Result<Expr, ParserError>> {
        use Keyword::{DISTINCT, FROM, IS, NOT};
        let is_not = if parser.parse_keywords(&[IS, NOT, DISTINCT, FROM]) {
            true
        } else if parser.parse_keywords(&[IS, DISTINCT, FROM]) {
            false
        } else {
            return None;
        };
        let left = Box::new(expr.clone());
        let compared = parser.parse_subexpr(self.prec_value(Precedence::Is)).map(|right| {
            if is_not {
                Expr::IsNotDistinctFrom(left, Box::new(right))
            } else {
                Expr::IsDistinctFrom(left, Box::new(right))
            }
        });
        Some(compared)
    }

    fn require_interval_qualifier(&self) -> bool {
        true
    }
}

/// `time "t"`, which the parser takes for a literal.
fn named_behind(parser: &mut Parser) -> Option<Expr> {
    let [Token::Word(word), Token::Word(behind)] = parser.peek_tokens() else { return None };
    let is_type = matches!(word.keyword, Keyword::DATE | Keyword::TIME | Keyword::TIMESTAMP | Keyword::INTERVAL);
    if word.quote_style.is_some() || behind.quote_style.is_none() || !is_type {
        return None;
    }
    let span = parser.next_token().span;
    Some(Expr::Identifier(Ident { value: word.value, quote_style: None, span }))
}

/// `trim(x, 'chars')`.
fn trimmed(parser: &mut Parser) -> Option<Expr> {
    let [Token::Word(word), Token::LParen] = parser.peek_tokens() else { return None };
    if word.quote_style.is_some() || word.keyword != Keyword::TRIM {
        return None;
    }
    let both = |parser: &mut Parser| {
        parser.next_token();
        parser.expect_token(&Token::LParen)?;
        let value = parser.parse_expr()?;
        parser.expect_token(&Token::Comma)?;
        let characters = parser.parse_expr()?;
        parser.expect_token(&Token::RParen)?;
        Ok(call("btrim", vec![value, characters]))
    };
    parser.maybe_parse(both).ok().flatten()
}
