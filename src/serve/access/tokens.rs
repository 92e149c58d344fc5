//! The file of tokens: a line for each with its name, its scopes and the hash of its text, which nobody can make the text of.
//!
//! ```text
//! # name  scopes        sha256
//! ci      read          9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//! oncall  read,private  60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752
//! ```

use std::fmt::{self, Write as _};
use std::path::Path;
use std::str::FromStr;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::viewer::Viewer;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// What every token begins with, so that it is known for one wherever it turns up.
const PREFIX: &str = "albstats_";
/// Random bytes of a token.
const BYTES: usize = 32;

pub(super) type Hash = [u8; 32];

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Reports, without query strings and addresses of clients. Every token has it.
    Read,
    /// Query strings, addresses of clients, and statements.
    Private,
    /// Other people's queries: seeing and ending them.
    Ops,
}

impl Scope {
    const ALL: [(&str, Self); 3] = [("read", Self::Read), ("private", Self::Private), ("ops", Self::Ops)];
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, scope)| scope == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, scope)| *scope);
        found.ok_or_else(|| "expected read, private or ops".to_owned())
    }
}

/// A token that was made: its text, which is shown once, and its line of the file.
#[derive(Debug)]
pub struct NewToken {
    pub token: String,
    pub line: String,
}

/// Makes a token.
///
/// # Errors
/// When the name is none, or the system has no random numbers.
pub fn make(name: &str, scopes: &[Scope]) -> Result<NewToken> {
    if !is_name(name) {
        bail!(Message::new(format_args!("not a name: {}", Shown(name))).hint("letters, digits and . - _, such as ci"));
    }
    let token = format!("{PREFIX}{}", secret()?);
    let others = scopes.iter().filter(|scope| **scope != Scope::Read).map(ToString::to_string);
    let mut names: Vec<String> = std::iter::once(Scope::Read.to_string()).chain(others).collect();
    names.dedup();
    let mut line = format!("{name} {} ", names.join(","));
    for byte in hash(&token) {
        // Writing to a String cannot fail.
        let _ = write!(line, "{byte:02x}");
    }
    Ok(NewToken { token, line })
}

/// Text that nobody can guess.
pub(super) fn secret() -> Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Message::new(format_args!("no random numbers: {error}")))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

pub(super) fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// When a file was last written, if it is there.
pub(super) fn changed(file: &Path) -> Option<SystemTime> {
    file.metadata().ok()?.modified().ok()
}

#[derive(Debug)]
struct Token {
    viewer: Viewer,
    hash: Hash,
}

/// All tokens of a file.
#[derive(Debug, Default)]
pub(super) struct Tokens(Vec<Token>);

impl Tokens {
    pub(super) fn read(file: &Path) -> Result<Self> {
        let shown = Shown(file.display());
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the tokens of {shown}"))?;
        let mut tokens: Vec<Token> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let wrong = |what: &str| {
                Message::new(format_args!("{shown}:{}: {what}", number + 1)).hint("albstats serve token NAME makes one")
            };
            let token = token(line).map_err(wrong)?;
            if tokens.iter().any(|known| known.viewer.name == token.viewer.name) {
                bail!(wrong("the name stands there twice"));
            }
            tokens.push(token);
        }
        if tokens.is_empty() {
            bail!(Message::new(format_args!("{shown} has no token")).hint("albstats serve token NAME makes one"));
        }
        Ok(Self(tokens))
    }

    /// Whose hash this is. Takes as long wherever it stands, and whether it is there or not.
    pub(super) fn viewer(&self, hash: &Hash) -> Option<Viewer> {
        let mut found = None;
        for token in &self.0 {
            if bool::from(token.hash.ct_eq(hash)) {
                found = Some(&token.viewer);
            }
        }
        found.cloned()
    }
}

fn token(line: &str) -> Result<Token, &'static str> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, scopes, hash] = words[..] else { return Err("expected a name, scopes and a hash") };
    if !is_name(name) {
        return Err("expected a name of letters, digits and . - _");
    }
    let scopes = scopes.split(',').map(str::parse).collect::<Result<Vec<Scope>, String>>();
    let scopes = scopes.map_err(|_| "expected scopes: read, private or ops, with commas between")?;
    let viewer = Viewer {
        name: Some(name.to_owned()),
        may_see_private: scopes.contains(&Scope::Private),
        may_operate: scopes.contains(&Scope::Ops),
    };
    Ok(Token { viewer, hash: from_hex(hash).ok_or("expected a hash of 64 hexadecimal digits")? })
}

fn from_hex(text: &str) -> Option<Hash> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks_exact(2);
    let bytes = pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect::<Option<Vec<u8>>>()?;
    (text.len() == 64).then_some(bytes)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens");
        let good = make("good", &[Scope::Private, Scope::Read]).unwrap();
        assert!(good.line.starts_with("good read,private "), "{}", good.line);
        assert!(good.token.starts_with(PREFIX) && good.token.len() > 50);
        for (lines, what) in [
            ("a read", ":2: expected a name, scopes and a hash"),
            ("a write 00", ":2: expected scopes"),
            ("a read 00", ":2: expected a hash"),
            ("a\u{e9} read 00", ":2: expected a name of"),
            (&good.line, ":2: the name stands there twice"),
        ] {
            std::fs::write(&file, format!("{} # mine\n{lines}\n", good.line)).unwrap();
            let error = Tokens::read(&file).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
        std::fs::write(&file, "# none\n\n").unwrap();
        assert!(Tokens::read(&file).unwrap_err().to_string().contains("has no token"));
        for name in ["", "a b", "a\n", "x/y", &"x".repeat(65)] {
            assert!(make(name, &[]).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn reading_is_total(line in "\\PC*") {
            let _ = token(&line);
        }
    }
}
