//! `array(varchar)` and `map(varchar, array(integer))` after `AS`: the parser knows no types in parentheses within one another, so that
//! such a type is given to it as one word.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// Types of other types.
const NESTED: [&str; 2] = ["array", "map"];

/// The tokens, in which every such type is a word.
pub(super) fn joined(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut written: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    let mut is_after_as = false;
    while let [token, after @ ..] = rest {
        if is_after_as
            && is_nested(&token.token)
            && let Some(length) = parentheses(after)
        {
            let (inner, behind) = after.split_at(length);
            let value = std::iter::once(token).chain(inner).map(|token| token.token.to_string()).collect();
            let word = Token::Word(Word { value, quote_style: None, keyword: Keyword::NoKeyword });
            written.push(TokenWithSpan { token: word, span: token.span });
            (rest, is_after_as) = (behind, false);
            continue;
        }
        if !matches!(token.token, Token::Whitespace(_)) {
            is_after_as = matches!(&token.token, Token::Word(word) if word.keyword == Keyword::AS);
        }
        written.push(token.clone());
        rest = after;
    }
    written
}

fn is_nested(token: &Token) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && NESTED.contains(&word.value.to_lowercase().as_str()))
}

/// How many tokens there are from an opening parenthesis to the one that closes it.
fn parentheses(tokens: &[TokenWithSpan]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.checked_sub(1)?,
            Token::Whitespace(_) => {}
            _ if depth == 0 => return None,
            _ => {}
        }
        if depth == 0 && token.token == Token::RParen {
            return Some(at + 1);
        }
    }
    None
}
