//! Names for what is no log of an Application Load Balancer, or one in a shape that is not read.

use alblog::{LogKind, SkipReason};

use super::other::{Other, lines};
use super::shape::LOOK_AT;

/// First bytes of what may hold logs, and what to do with it.
const CONTAINERS: [(&[u8], &str); 18] = [
    (b"PK\x03\x04", "a zip archive: unpack it"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"PAR1", "a Parquet file: albstats reads its own exports, and log objects as text"),
    (b"ORC", "an ORC file: log objects are read as text"),
    (b"Obj\x01", "an Avro file: log objects are read as text"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it"),
    (b"\x04\x22\x4d\x18", "compressed with lz4, which is not read: unpack it"),
    (b"\xff\x06\x00\x00sNaPpY", "compressed with snappy, which is not read: unpack it"),
    (b"LZIP", "compressed with lzip, which is not read: unpack it"),
    (b"\x1f\x9d", "compressed with compress, which is not read: unpack it"),
    (b"-----BEGIN PGP MESSAGE", "encrypted with PGP: decrypt it"),
    (b"-----BEGIN AGE ENCRYPTED FILE", "encrypted with age: decrypt it"),
    (b"age-encryption.org/", "encrypted with age: decrypt it"),
    (b"H4sI", "gzip in base64: decode it (base64 -d)"),
    (b"begin 6", "uuencoded: decode it (uudecode)"),
    (b"version https://git-lfs", "a pointer of Git LFS, and not the file: git lfs pull"),
    (b"/annex/objects/", "a pointer of git-annex, and not the file: git annex get"),
];

/// First bytes of what holds none.
const FILES: [(&[u8], &str); 10] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a media file"),
    (b"%PDF", "a PDF file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"\0\0\0\x01Bud1", "a folder's settings"),
    (b"\xca\xfe\xba\xbe", "a program"),
];

/// Where a tar archive says that it is one.
const TAR: usize = 257;

/// What is told by its first bytes.
pub(super) fn binary(head: &[u8]) -> Option<Other> {
    if head.trim_ascii().is_empty() {
        let is_all = head.len() < LOOK_AT;
        let blank = || Other::maybe_log("blank lines as far as it was looked at");
        return Some(if is_all { Other::no_log(SkipReason::Holds("empty")) } else { blank() });
    }
    if head.get(TAR..).is_some_and(|rest| rest.starts_with(b"ustar")) {
        return Some(Other::maybe_log("a tar archive: unpack it"));
    }
    if let Some((_, what)) = FILES.iter().find(|(mark, _)| head.starts_with(mark)) {
        // `MZ` may begin a text.
        return (*what != "a program" || !is_text(head)).then(|| Other::no_log(SkipReason::Holds(what)));
    }
    let (_, what) = CONTAINERS.iter().find(|(mark, _)| head.starts_with(mark))?;
    Some(Other::maybe_log(*what))
}

/// A JSON document without a line of a log in it.
pub(super) fn json(head: &[u8]) -> Other {
    let holds = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    let all = |words: &[&str]| words.iter().all(|word| holds(word));
    if holds("H4sI") {
        Other::maybe_log("JSON with gzip in base64 (a CloudWatch Logs subscription): decode and unpack its data")
    } else if holds("\"kinesis\"") || all(&["\"Records\"", "aws:kinesis"]) {
        Other::maybe_log("records of Kinesis, whose data is base64: decode it")
    } else if all(&["\"eventVersion\"", "\"eventSource\""]) {
        Other::no_log(SkipReason::Holds("CloudTrail records"))
    } else if all(&["\"webaclId\"", "\"httpRequest\""]) {
        Other::no_log(SkipReason::Holds("WAF logs"))
    } else if all(&["\"interface-id\""]) || all(&["\"interfaceId\"", "\"srcAddr\""]) {
        Other::no_log(SkipReason::Holds("VPC flow logs"))
    } else if holds("elb_status_code") || all(&["\"app/", "\"time\""]) {
        Other::maybe_log(
            "JSON records with a field for each value (a vended log), not ALB log lines: choose plain text as its format",
        )
    } else if may_be_log(head) || holds("time") || holds("message") {
        Other::maybe_log("JSON records, not ALB log lines")
    } else {
        Other::no_log(SkipReason::Holds("JSON without records"))
    }
}

/// What is told by its first lines.
pub(super) fn text(head: &[u8]) -> Option<Other> {
    let first = lines(head).next()?;
    let words: Vec<&str> = std::str::from_utf8(first).ok()?.split(' ').collect();
    let holds = |word: &str| memchr::memmem::find(first, word.as_bytes()).is_some();
    let no_log = |what| Some(Other::no_log(SkipReason::Holds(what)));
    let time = |word: usize| words.get(word).is_some_and(|word| alblog::time::parse(word.as_bytes()).is_some());
    let port = |word: usize| words.get(word).is_some_and(|word| *word == "-" || is_target(word));
    if first.starts_with(b"<") && first.len() > 1 && (first[1].is_ascii_alphabetic() || b"!?".contains(&first[1])) {
        return no_log("HTML or XML");
    }
    let header = first.to_ascii_lowercase();
    if header.starts_with(b"mime-version:") || header.starts_with(b"content-t") {
        return Some(Other::maybe_log("a mail or a part of one: take out what is attached"));
    }
    if first == b"Permission Check Successful" {
        return no_log("CloudWatch Logs test object");
    }
    if words.first() == Some(&"Enable") && holds("for ELB: ") {
        return Some(Other::no_log(SkipReason::TestObject));
    }
    if words[0] == "tls" && words.get(3).is_some_and(|word| word.starts_with("net/")) {
        return Some(Other::no_log(SkipReason::Nlb));
    }
    if time(0) && words.len() >= 12 && port(2) && port(3) {
        return Some(Other::no_log(SkipReason::Classic));
    }
    if first.starts_with(b"#Version:") {
        let head = String::from_utf8_lossy(head);
        return if head.contains("x-edge-location") {
            no_log("CloudFront logs")
        } else {
            Some(Other::maybe_log("a W3C log, not ALB log lines: choose plain text as its format"))
        };
    }
    if holds("interface-id") || words.len() >= 13 && words.get(2).is_some_and(|word| word.starts_with("eni-")) {
        return no_log("VPC flow logs");
    }
    if words.get(2).is_some_and(|word| word.starts_with('[')) && words[0].len() == 64 {
        return no_log("S3 access logs");
    }
    if words.get(3).is_some_and(|word| word.starts_with('[')) && words.get(5).is_some_and(|word| word.starts_with('"'))
    {
        return no_log("a web server's log");
    }
    delimited(first)
}

fn is_target(word: &str) -> bool {
    word.rsplit_once(':')
        .is_some_and(|(address, port)| address.parse::<std::net::IpAddr>().is_ok() && port.parse::<u16>().is_ok())
}

/// Values between something else than spaces.
fn delimited(line: &[u8]) -> Option<Other> {
    for (delimiter, name) in [(b'\t', "tabs"), (b',', "commas"), (b';', "semicolons"), (b'|', "bars")] {
        let fields: Vec<&[u8]> = line.split(|&byte| byte == delimiter).map(unquoted).collect();
        if fields.len() < 3 {
            continue;
        }
        if LogKind::recognise(&fields.join(&b' ')).is_some() {
            let what =
                format!("ALB fields with {name} between them instead of spaces: choose a space as the delimiter");
            return Some(Other::maybe_log(what));
        }
        let is_name = |field: &&[u8]| {
            field.first().is_some_and(|byte| byte.is_ascii_alphabetic() || b"@_$".contains(byte))
                && field.iter().all(|byte| byte.is_ascii_alphanumeric() || b"@_.- ".contains(byte))
        };
        if fields.iter().all(is_name) {
            let what = if delimiter == b',' { "CSV with a header" } else { "a table with a header" };
            return Some(Other::maybe_log(format!("{what}, not ALB log lines")));
        }
    }
    None
}

fn unquoted(field: &[u8]) -> &[u8] {
    field.trim_ascii().strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\"")).unwrap_or(field.trim_ascii())
}

/// What has no name.
pub(super) fn unknown(head: &[u8]) -> Other {
    if !is_text(head) {
        let zeros = head.iter().take(64).filter(|byte| **byte == 0).count();
        let what = if (16..=48).contains(&zeros) {
            "text in UTF-32, or in UTF-16 without a byte order mark"
        } else {
            "no text"
        };
        return Other::maybe_log(format!("{what}, and nothing that is known here"));
    }
    let first = lines(head).next().unwrap_or_default();
    let fields = first.split(|&byte| byte == b' ').count();
    if first.split(|&byte| byte == b' ').nth(1).is_some_and(|word| alblog::time::parse(word).is_some()) {
        let few = LogKind::Access.min_fields();
        return Other::maybe_log(if fields < few {
            format!("lines cut short: the first has {fields} fields, the shortest access line has {few}")
        } else {
            "lines that may be an ALB log's, in a shape that is not read".to_owned()
        });
    }
    if may_be_log(head) {
        return Other::maybe_log("lines, but none of an ALB log");
    }
    Other::no_log(SkipReason::Holds("other text"))
}

/// Whether the text is of something that happened at some time, or speaks of load balancers.
fn may_be_log(head: &[u8]) -> bool {
    let speaks = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    ["elasticloadbalancing", "targetgroup/", " app/", "\"app/", "\tapp/", ",app/", "timestamp"]
        .iter()
        .any(|word| speaks(word))
        || (0..head.len()).any(|at| has_time_at(head, at))
}

/// Whether `2026-11-20T10:00` or `2026-11-20 10:00` stands there.
pub(super) fn has_time_at(text: &[u8], at: usize) -> bool {
    text.get(at..at + 16).is_some_and(|text| {
        b"0000-00-00T00:00".iter().zip(text).all(|(model, byte)| match model {
            b'0' => byte.is_ascii_digit(),
            b'T' => b"T ".contains(byte),
            _ => byte == model,
        })
    })
}

/// Whether there are no bytes that texts do not have.
fn is_text(head: &[u8]) -> bool {
    let odd = head.iter().filter(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127)).count();
    odd * 100 <= head.len() && !head.contains(&0)
}
