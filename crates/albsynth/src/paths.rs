//! Paths with ids in them, made from patterns such as `/orders/{id}`.

use super::dice::{Dice, index_of, mix};
use super::phrases::WORDS;
use super::text::{push, push_hex, push_number, push_uuid};

/// One of a service's method and path patterns, the first ones more often.
pub(super) fn draw<'p>(dice: &mut Dice, patterns: &'p [(&'p str, &'p str)]) -> (&'p str, &'p str) {
    let last = u32::try_from(patterns.len()).unwrap_or(u32::MAX);
    let rank = usize::try_from(dice.rank(last)).unwrap_or(1);
    patterns[rank.clamp(1, patterns.len()) - 1]
}

/// Writes a pattern with its words in braces replaced. Ids are skewed: some products are asked for all day.
pub(super) fn write(out: &mut Vec<u8>, dice: &mut Dice, pattern: &str) {
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        push(out, before);
        let (word, after) = after.split_once('}').unwrap_or((after, ""));
        write_word(out, dice, word);
        rest = after;
    }
    push(out, rest);
}

fn write_word(out: &mut Vec<u8>, dice: &mut Dice, word: &str) {
    match word {
        "id" => push_number(out, 100_000 + mix(dice.rank(40_000)) % 900_000),
        "uuid" => {
            let rank = dice.rank(2_000_000);
            push_uuid(out, u128::from(mix(rank)) << 64 | u128::from(mix(!rank)));
        }
        "token" => push_hex(out, dice.wide_bits(), 24),
        "page" => push_number(out, dice.rank(30)),
        "asset" => push_hex(out, u128::from(mix(dice.rank(2000))), 8),
        "slug" => {
            let bits = mix(dice.rank(400));
            push(out, WORDS[index_of(bits, WORDS.len())]);
            push(out, "-");
            push(out, WORDS[index_of(bits >> 32, WORDS.len())]);
        }
        // "word"
        _ => push(out, dice.pick::<&str>(WORDS)),
    }
}
