//! What to type next: commands as lists of words. Nothing is quoted here, for whoever draws them does it last.

use super::answer::AnswerRow;
use super::dimensions;
use super::filter::takes;
use super::pods::Pod;
use super::question::Question;
use crate::base::shell;
use crate::fleet::inventory::target_groups::target_group_name;
use crate::output::document::{Next, Unit, Value};

/// Flags that choose rows by what is in them, which have nothing to do with objects, or with one request.
pub(super) const ROWS: [&str; 10] = [
    "--account",
    "--client",
    "--host",
    "--method",
    "--path",
    "--region",
    "--service",
    "--status",
    "--target",
    "--target-group",
];

/// `albstats report` with these words, and with the flags that choose the same rows behind them.
pub(super) fn report<'w>(words: impl IntoIterator<Item = &'w str>, flags: &'w [String], why: &str) -> Next {
    let flags = flags.iter().map(String::as_str);
    Next::command(["albstats", "report"].into_iter().chain(words).chain(flags)).because(why)
}

/// Flags of a question, each of which has one value, but for these.
pub(super) fn without(flags: &[String], left_out: &[&str]) -> Vec<String> {
    flags.chunks(2).filter(|pair| !left_out.contains(&pair[0].as_str())).flatten().cloned().collect()
}

/// Flags of a question that `albstats objects` takes: where the objects lie, and of which time.
const OBJECTS: [&str; 8] =
    ["--from", "--since", "--until", "--elb", "--margin", "--max-lists", "--config", "--allow-duplicates"];

/// `albstats objects` about the same logs.
pub(super) fn objects(flags: &[String]) -> Next {
    let taken = flags.chunks(2).filter(|pair| OBJECTS.contains(&pair[0].as_str())).flatten();
    Next::command(["albstats", "objects"].into_iter().chain(taken.map(String::as_str)))
}

/// What Kubernetes says of a pod, and what it said before it was started again. Nothing unless its names are plain words.
pub(super) fn of_pod(pod: &Pod) -> Vec<Next> {
    let Pod { namespace, name, .. } = pod;
    if !shell::is_plain(namespace) || !shell::is_plain(name) {
        return Vec::new();
    }
    let kubectl = |words: &[&str]| Next::command([&["kubectl", "-n", namespace], words].concat());
    let logs = kubectl(&["logs", name, "--previous"]).because("its log before a restart");
    vec![kubectl(&["describe", "pod", name]).because("what happened to the pod"), logs]
}

/// The pod that has this address now.
pub(super) fn pod_of(address: &str) -> Next {
    let field = format!("status.podIP={address}");
    Next::command(["kubectl", "get", "pods", "-A", "-o", "wide", "--field-selector", &field])
}

/// The commands of a query file's header, with the values of the first row and the flags that choose the same rows.
pub(super) fn of_header(question: &Question, first: Option<AnswerRow>) -> Vec<Next> {
    let given = Given { by: question.by(), flags: &question.flags, first };
    question.file.next.iter().filter_map(|text| given.fill(text)).collect()
}

/// What stands for placeholders.
struct Given<'a> {
    by: Option<&'a str>,
    flags: &'a [String],
    first: Option<AnswerRow<'a>>,
}

impl Given<'_> {
    /// `COMMAND — WHY`. The command is divided into words first, and each placeholder in them is filled once: what a value
    /// contains is never looked at. None where a value is not there, for then the command is of no use.
    fn fill(&self, template: &str) -> Option<Next> {
        let (command, why) = template.split_once(" — ").unwrap_or((template, ""));
        let mut words: Vec<String> = Vec::new();
        for word in shell::words(command) {
            match word.as_str() {
                "{this}" => words.extend(self.this()?),
                "{flags}" => words.extend_from_slice(self.flags),
                _ => {
                    let filled = self.word(&word)?;
                    if word.starts_with('-') || !filled.starts_with('-') {
                        words.push(filled);
                    } else {
                        // What a client sent would be taken for a flag.
                        let flag = words.pop().filter(|flag| flag.starts_with("--") && !flag.contains('='))?;
                        words.extend(with_value(&flag, filled));
                    }
                }
            }
        }
        let is_typed = |pair: &[String]| self.flags.windows(2).any(|typed| typed == pair);
        let is_taken = words.windows(2).all(|pair| is_typed(pair) || takes(&pair[0], &pair[1]));
        is_taken.then(|| Next::command(words).because(why))
    }

    /// `{column}` becomes the first row's value.
    fn word(&self, template: &str) -> Option<String> {
        let mut word = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}')?;
            word.push_str(before);
            word.push_str(&text(&self.first?.value(name)));
            rest = after;
        }
        word.push_str(rest);
        Some(word)
    }

    /// `{this}`: the flag that chooses the rows of this one, by what `--by` says it is; nothing where there is no such
    /// flag. None where no flag can name them.
    fn this(&self) -> Option<Vec<String>> {
        let row = self.first?;
        let Some(flag) = dimensions::flag(self.by?) else { return Some(Vec::new()) };
        let name = row.value("name");
        let is_none = matches!(&name, Value::Null) || matches!(&name, Value::Text(text) if text.starts_with('('));
        // What was typed already is either the same or would be added to.
        let is_typed = self.flags.iter().any(|typed| typed == flag);
        match (is_none, is_typed) {
            (true, _) => None,
            (_, true) => Some(Vec::new()),
            _ => Some(with_value(flag, text(&name))),
        }
    }
}

/// A flag and its value; in one word if the value would be taken for a flag.
fn with_value(flag: &str, value: String) -> Vec<String> {
    if value.starts_with('-') { vec![format!("{flag}={value}")] } else { vec![flag.to_owned(), value] }
}

/// As a flag takes it.
fn text(value: &Value) -> String {
    match value {
        // An ARN is longer than what it says.
        Value::Text(text) if text.starts_with("arn:") => target_group_name(text).unwrap_or(text).to_owned(),
        Value::Text(text) => text.clone(),
        other => other.humane(Unit::Code),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, RecordBatch, StringArray};
    use proptest::prelude::*;

    use super::*;
    use crate::report::answer::Answer;

    fn answer(values: &[(&str, &str)]) -> Answer {
        let column = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
        let columns = values.iter().map(|(name, text)| (*name, column(text)));
        Answer::new(&[RecordBatch::try_from_iter(columns).unwrap()]).unwrap()
    }

    fn filled(template: &str, by: Option<&str>, flags: &[&str], answer: &Answer) -> Option<(Vec<String>, String)> {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let given = Given { by, flags: &flags, first: answer.rows().next() };
        given.fill(template).map(|next| (next.words, next.why))
    }

    #[test]
    fn what_no_flag_takes_is_not_offered() {
        for (host, offered) in [("shop", true), ("", false), ("a:b:443", false), ("a b", false), ("[::1]", true)] {
            let row = answer(&[("host", host)]);
            assert_eq!(filled("report paths --host {host}", None, &[], &row).is_some(), offered, "{host}");
        }
    }

    #[test]
    fn values_stand_for_placeholders() {
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/cart/0123";
        let row = answer(&[("name", "shop"), ("client", "192.0.2.1"), ("group", arn)]);
        for (template, by, flags, expected) in [
            ("report paths {this} {flags}", "host", &["--from", "a b"][..], "report|paths|--host|shop|--from|a b"),
            ("report paths {this} {flags}", "host", &["--host", "x"], "report|paths|--host|x"),
            ("report paths {this} {flags}", "cipher", &[], "report|paths"),
            ("query 'a {client}' --x={client}", "host", &[], "query|a 192.0.2.1|--x=192.0.2.1"),
            ("report slow --target-group {group}", "host", &[], "report|slow|--target-group|cart"),
        ] {
            let (words, why) = filled(&format!("{template} — and why"), Some(by), flags, &row).unwrap();
            assert_eq!((words.join("|").as_str(), why.as_str()), (expected, "and why"), "{template}");
        }
        assert_eq!(filled("report {this}", Some("host"), &[], &answer(&[("name", "(no host)")])), None);
        assert_eq!(filled("report {client}", None, &[], &Answer::default()), None);
    }

    #[test]
    fn no_value_becomes_a_flag() {
        let row = answer(&[("name", "--output=x"), ("id", "-o"), ("host", "shop")]);
        let words = |template: &str| filled(template, Some("host"), &[], &row).map(|(words, _)| words.join("|"));
        assert_eq!(words("report paths {this}").as_deref(), Some("report|paths|--host=--output=x"));
        assert_eq!(words("report slow --host {id} --top 3").as_deref(), Some("report|slow|--host=-o|--top|3"));
        assert_eq!(words("report slow --host {host} -v").as_deref(), Some("report|slow|--host|shop|-v"));
        assert_eq!(words("report trace {id}"), None);
    }

    proptest! {
        #[test]
        fn what_a_value_contains_is_never_looked_at(name in "[a-z{}'\"$;|]{1,12}", flag in "[a-z{}' ]{0,12}") {
            prop_assume!(!name.starts_with("arn:"));
            let name = format!("{name}{{name}}{{flags}}");
            let row = answer(&[("name", &name)]);
            let (words, _) = filled("report {this} x{name}y {flags}", Some("host"), &["--path", &flag], &row).unwrap();
            let between = format!("x{name}y");
            prop_assert_eq!(words, ["report", "--host", &name, &between, "--path", &flag]);
        }
    }
}
