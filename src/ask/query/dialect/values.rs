//! `VALUES 1, 2` as Trino reads it: a row of one value needs no parentheses, which the parser insists on; and such a list may
//! stand alone after `IN`, `ANY` and `ALL`, where the parser wants a `SELECT`.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

/// What ends a list of rows, unless it stands in parentheses.
const ENDS: [Keyword; 7] = [
    Keyword::ORDER,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::FETCH,
    Keyword::UNION,
    Keyword::EXCEPT,
    Keyword::INTERSECT,
];

/// After which a list in parentheses is a subquery.
const BEFORE_SUBQUERIES: [Keyword; 4] = [Keyword::IN, Keyword::ANY, Keyword::ALL, Keyword::SOME];

/// The tokens, in which every row of `VALUES` has its parentheses.
pub(super) fn with_parentheses(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if !tokens.iter().any(|token| keyword(token) == Some(Keyword::VALUES)) {
        return tokens;
    }
    let tokens: Vec<_> = tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    rewrite(&tokens)
}

fn rewrite(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut written: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len() + 8);
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        at += 1;
        if keyword(token) != Some(Keyword::VALUES) {
            written.push(token.clone());
            continue;
        }
        let end = at + end_of_rows(&tokens[at..]);
        let after = |back: usize| written.len().checked_sub(back).and_then(|at| keyword(&written[at]));
        let is_bare_subquery = written.last().is_some_and(|last| last.token == Token::LParen)
            && after(2).is_some_and(|word| BEFORE_SUBQUERIES.contains(&word));
        let made = |token: Token| TokenWithSpan { token, span: token_span(tokens, at) };
        if is_bare_subquery {
            let words = [word("SELECT", Keyword::SELECT), Token::Mul, word("FROM", Keyword::FROM), Token::LParen];
            written.extend(words.map(made));
        }
        written.push(token.clone());
        for (number, row) in rows(&tokens[at..end]).into_iter().enumerate() {
            if number > 0 {
                written.push(made(Token::Comma));
            }
            if is_in_parentheses(row) {
                written.extend(rewrite(row));
            } else {
                written.push(made(Token::LParen));
                written.extend(rewrite(row));
                written.push(made(Token::RParen));
            }
        }
        if is_bare_subquery {
            written.push(made(Token::RParen));
        }
        at = end;
    }
    written
}

fn keyword(token: &TokenWithSpan) -> Option<Keyword> {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}

fn word(text: &str, keyword: Keyword) -> Token {
    Token::Word(Word { value: text.to_owned(), quote_style: None, keyword })
}

fn token_span(tokens: &[TokenWithSpan], at: usize) -> Span {
    tokens.get(at).map_or_else(Span::empty, |token| token.span)
}

/// How many tokens belong to the rows.
fn end_of_rows(tokens: &[TokenWithSpan]) -> usize {
    let mut depth = 0;
    let ends = |token: &TokenWithSpan| match &token.token {
        Token::LParen | Token::LBracket => {
            depth += 1;
            false
        }
        Token::RParen | Token::RBracket => {
            depth -= 1;
            depth < 0
        }
        Token::SemiColon | Token::EOF => true,
        _ => depth == 0 && keyword(token).is_some_and(|word| ENDS.contains(&word)),
    };
    tokens.iter().position(ends).unwrap_or(tokens.len())
}

/// The rows: what stands between commas that are in no parentheses.
fn rows(tokens: &[TokenWithSpan]) -> Vec<&[TokenWithSpan]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            match token.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth -= 1,
                _ => {}
            }
            depth == 0 && token.token == Token::Comma
        })
        .collect()
}

/// Whether the first parenthesis is closed by the last token.
fn is_in_parentheses(row: &[TokenWithSpan]) -> bool {
    let [first, inner @ .., last] = row else { return false };
    if first.token != Token::LParen || last.token != Token::RParen {
        return false;
    }
    let mut depth = 0;
    inner.iter().all(|token| {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        depth >= 0
    })
}
