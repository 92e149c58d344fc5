//! Parameters of an address become the words of a command line. What they mean is decided there; here is only which of them
//! may come from elsewhere: none that reads or writes another place, runs elsewhere, or takes more than its share.

use super::refusal::Refusal;
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;

/// Names and values in order, as they stand in an address.
pub type Parameters = [(String, String)];

/// Flags that say which logs.
const SELECTION: [&str; 5] = ["since", "until", "around", "tz", "elb"];
/// Flags of a report: which rows, and how they are shown.
const REPORT: [&str; 19] = [
    "account",
    "region",
    "target-group",
    "service",
    "target",
    "host",
    "path",
    "method",
    "client",
    "status",
    "by",
    "bucket",
    "top",
    "mark",
    "at",
    "window",
    "settle",
    "baseline",
    "set",
];
/// The parameter that stands behind a report's name: a trace id.
const WHAT: &str = "what";
/// So many parameters are of use to anybody.
const MOST: usize = 100;

/// The words of a report: its name, flags, and what it is about.
///
/// # Errors
/// When a parameter is none of these.
pub fn of_report(name: &str, parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    if name.starts_with('-') {
        return Err(Refusal::not_found(format_args!("no report named {}", Shown(name))));
    }
    let known: Vec<&str> = SELECTION.into_iter().chain(REPORT).chain([WHAT]).collect();
    let mut words = vec![name.to_owned()];
    words.extend(flags(parameters, &known)?);
    Ok(words)
}

/// Whether a flag as it is typed, `--by=client`, is one that a report over HTTP takes.
pub fn is_of_report(flag: &str) -> bool {
    let name = flag.split('=').next().unwrap_or(flag);
    name.strip_prefix("--").is_some_and(|name| SELECTION.into_iter().chain(REPORT).any(|known| known == name))
}

/// The words that say which logs a statement is about.
///
/// # Errors
/// When a parameter is none of these.
pub fn of_statement(parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    flags(parameters, &SELECTION)
}

/// Each as `--name=value`, so that no value is taken for a flag. An empty value is a field of a form that was left empty.
fn flags(parameters: &Parameters, known: &[&str]) -> Result<Vec<String>, Refusal> {
    if parameters.len() > MOST {
        return Err(Refusal::of_parameters(format_args!("more than {MOST} parameters")));
    }
    let mut words = Vec::new();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        match known.iter().find(|known| *known == name) {
            Some(&WHAT) if value.starts_with('-') => {
                return Err(Refusal::of_parameters(format_args!("{WHAT} cannot begin with a dash")));
            }
            Some(&WHAT) => words.push(value.clone()),
            Some(name) => words.push(format!("--{name}={value}")),
            None => return Err(unknown(name, known)),
        }
    }
    Ok(words)
}

fn unknown(name: &str, known: &[&str]) -> Refusal {
    let hint = match nearest(name, known) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("known here: source, format, {}", known.join(", ")),
    };
    Refusal::of_parameters(Message::new(format_args!("no parameter named {}", Shown(name))).hint(hint))
}

/// The same words as people type them: `--service checkout/api`.
pub fn typed(words: &[String]) -> Vec<String> {
    let typed = |word: &String| match word.split_once('=') {
        Some((flag, value)) if flag.starts_with("--") && !value.starts_with('-') => {
            vec![flag.to_owned(), value.to_owned()]
        }
        _ => vec![word.clone()],
    };
    words.iter().flat_map(typed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn parameters_become_flags_and_no_value_becomes_one() {
        let parameters = pairs(&[("service", "checkout/api"), ("status", "-o"), ("since", ""), ("since", "2h")]);
        let words = of_report("latency", &parameters).unwrap();
        assert_eq!(words, ["latency", "--service=checkout/api", "--status=-o", "--since=2h"]);
        assert_eq!(typed(&words)[1..], ["--service", "checkout/api", "--status=-o", "--since", "2h"]);
        assert_eq!(of_report("trace", &pairs(&[("what", "1-a")])).unwrap(), ["trace", "1-a"]);
    }

    #[test]
    fn what_reads_or_writes_elsewhere_is_refused() {
        for name in [
            "from",
            "output",
            "o",
            "format",
            "engine",
            "cache",
            "watch",
            "max-bytes",
            "target-groups",
            "config",
            "-o",
            "help",
        ] {
            let refusal = of_report("latency", &pairs(&[(name, "x")])).unwrap_err();
            assert_eq!((refusal.status.as_u16(), refusal.code), (400, "bad_parameters"), "{name}");
        }
        assert!(of_report("--from=/", &[]).is_err());
        assert!(of_report("trace", &pairs(&[("what", "--from=/")])).is_err());
        assert!(of_statement(&pairs(&[("service", "a")])).is_err());
        assert_eq!(of_statement(&pairs(&[("elb", "a")])).unwrap(), ["--elb=a"]);
    }
}
