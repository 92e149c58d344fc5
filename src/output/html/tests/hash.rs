//! The hash by which the page knows its script and styles, computed as slowly and obviously as the standard says (FIPS 180-4).

use super::super::{STYLE, page};
use super::*;

#[test]
fn the_policy_allows_the_script_and_the_styles_and_no_others() {
    let drawn = draw(&Document::default());
    for (of, text) in [("script-src", page::SCRIPT), ("style-src", STYLE)] {
        let sum = base64(&sha256(text.as_bytes()));
        assert!(drawn.contains(&format!("{of} 'sha256-{sum}'")), "in page.rs: {of} sha256-{sum}");
        assert!(drawn.contains(text), "as it is");
    }
}

#[test]
fn the_hash_is_that_of_the_standard() {
    // ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad
    assert_eq!(base64(&sha256(b"abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    assert_eq!(base64(b"Man!"), "TWFuIQ==");
}

/// The first 32 bits of the fractions of roots of primes.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a fraction times 2^32")]
fn fractions(root: fn(f64) -> f64, count: usize) -> Vec<u32> {
    let primes = (2_u32..).filter(|number| (2..*number).all(|divisor| number % divisor != 0));
    primes.take(count).map(|prime| (root(f64::from(prime)).fract() * 4_294_967_296.0) as u32).collect()
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    let constants = fractions(f64::cbrt, 64);
    let mut state = fractions(f64::sqrt, 8);
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut words: Vec<u32> =
            block.chunks(4).map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]])).collect();
        for at in 16..64 {
            let (early, late) = (words[at - 15], words[at - 2]);
            let first = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
            let second = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
            words.push(words[at - 16].wrapping_add(first).wrapping_add(words[at - 7]).wrapping_add(second));
        }
        let mut turn = state.clone();
        for at in 0..64 {
            let (high, low) = (turn[0], turn[4]);
            let mixed = turn[7]
                .wrapping_add(low.rotate_right(6) ^ low.rotate_right(11) ^ low.rotate_right(25))
                .wrapping_add((low & turn[5]) ^ (!low & turn[6]))
                .wrapping_add(constants[at])
                .wrapping_add(words[at]);
            let other = (high.rotate_right(2) ^ high.rotate_right(13) ^ high.rotate_right(22))
                .wrapping_add((high & turn[1]) ^ (high & turn[2]) ^ (turn[1] & turn[2]));
            turn.rotate_right(1);
            turn[4] = turn[4].wrapping_add(mixed);
            turn[0] = mixed.wrapping_add(other);
        }
        state.iter_mut().zip(turn).for_each(|(state, turn)| *state = state.wrapping_add(turn));
    }
    state.into_iter().flat_map(u32::to_be_bytes).collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0, |number, at| number << 8 | usize::from(*three.get(at).unwrap_or(&0)));
        for at in 0..4 {
            let letter = char::from(LETTERS[number >> (18 - 6 * at) & 63]);
            text.push(if at <= three.len() { letter } else { '=' });
        }
    }
    text
}
