//! The header of a query file, line by line.

use anyhow::{Result, anyhow, bail};

use super::{ColumnHeader, Labelled, Parameter, ParameterKind, QueryFile};
use crate::ask::sql;
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;
use crate::output::document::Unit;

/// What a header may say.
const KEYS: [&str; 14] = [
    "name", "title", "question", "part-of", "param", "column", "key", "bars", "chart", "left-out", "empty", "note",
    "next", "fold",
];

/// Reads the comment lines at the top; the first line that is no comment ends the header.
pub(super) fn parse(text: &str, path: &str, name: &str) -> Result<QueryFile> {
    let mut file = QueryFile {
        name: name.to_owned(),
        title: String::new(),
        question: String::new(),
        part_of: None,
        parameters: Vec::new(),
        columns: Vec::new(),
        key: Vec::new(),
        bars: Vec::new(),
        charts: Vec::new(),
        left_out: Vec::new(),
        empty: None,
        notes: Vec::new(),
        next: Vec::new(),
        folding: None,
        sql: without_header(text).to_owned(),
    };
    let comments = text.lines().map(|line| line.trim().strip_prefix("--")).enumerate();
    for (number, line) in comments.map_while(|(number, line)| Some((number + 1, line?))) {
        // A comment without a key is a comment.
        let Some((key, value)) =
            line.split_once(": ").or_else(|| line.trim_end().strip_suffix(':').map(|key| (key, "")))
        else {
            continue;
        };
        let at = |error: Message| anyhow!(error.after(format_args!("{path}:{number}: ")));
        let (key, value) = (key.trim(), value.trim());
        if !KEYS.contains(&key) {
            // Prose may have a colon in it; what looks like a key is one.
            match nearest(key, &KEYS) {
                Some(meant) if !key.contains(' ') => {
                    let unknown = format_args!("unknown key `{key}` in the header").into();
                    return Err(at(Message::hint(unknown, format_args!("did you mean `{meant}`?"))));
                }
                _ => continue,
            }
        }
        if value.is_empty() {
            return Err(at(format_args!("`{key}` is empty").into()));
        }
        add(&mut file, key, value).map_err(|error| at(error.into()))?;
    }
    if file.title.is_empty() {
        file.title.clone_from(if file.question.is_empty() { &file.name } else { &file.question });
    }
    check(&file, path)?;
    Ok(file)
}

/// The text from the first line on that is no comment.
fn without_header(text: &str) -> &str {
    let header = text.split_inclusive('\n').take_while(|line| line.trim_start().starts_with("--"));
    &text[header.map(str::len).sum::<usize>()..]
}

fn add(file: &mut QueryFile, key: &str, value: &str) -> Result<()> {
    match key {
        "name" => value.clone_into(&mut file.name),
        "title" => value.clone_into(&mut file.title),
        "question" => value.clone_into(&mut file.question),
        "part-of" => file.part_of = Some(value.to_owned()),
        "param" => {
            let new = parameter(value)?;
            if file.parameter(&new.name).is_some() {
                bail!("parameter {} is there twice", new.name);
            }
            file.parameters.push(new);
        }
        "column" => file.columns.push(column(value)?),
        "chart" => file.charts.push(column(value)?),
        "key" => file.key.extend(value.split_whitespace().map(|name| name.trim_matches(',').to_owned())),
        "bars" => file.bars.push(labelled(value)),
        "left-out" => file.left_out.push(labelled(value)),
        "empty" => file.empty = Some(value.to_owned()),
        "note" => file.notes.push(labelled(value)),
        "fold" => file.folding = Some(sql::Folding::parse(value)?),
        _ => file.next.push(value.to_owned()),
    }
    Ok(())
}

/// Whether the header and the statement fit each other.
fn check(file: &QueryFile, path: &str) -> Result<()> {
    let used =
        sql::parameters(&file.sql).map_err(|error| anyhow!(Message::from(error).after(format_args!("{path}: "))))?;
    if let Some(folding) = &file.folding {
        folding.numbers(&file.sql).map_err(|error| anyhow!(Message::from(error).after(format_args!("{path}: "))))?;
    }
    for name in &used {
        let declared = file.parameters.iter().any(|parameter| match parameter.kind {
            ParameterKind::Status => {
                name.strip_prefix(&parameter.name).is_some_and(|end| end == "_from" || end == "_to")
            }
            _ => parameter.name == *name,
        });
        if !declared {
            bail!(
                Message::new(format_args!(
                    "{path}: the statement has :{name}, and the header does not declare it",
                    name = Shown(name)
                ))
                .hint(format_args!("-- param: {name} text", name = Shown(name)))
            );
        }
    }
    Ok(())
}

/// `top count = 20 — rows shown`
fn parameter(value: &str) -> Result<Parameter> {
    const EXPECTED: &str = "expected `name type [= default] [— help]`";
    let (declared, help) = value.split_once(" — ").unwrap_or((value, ""));
    let (declared, default) = match declared.split_once('=') {
        Some((declared, default)) => (declared, Some(default.trim().trim_matches('\'').to_owned())),
        None => (declared, None),
    };
    let Some((name, kind)) = declared.trim().split_once(char::is_whitespace) else {
        bail!("{EXPECTED}: {value}", value = Shown(value))
    };
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        bail!("{EXPECTED}; not a name: {name}", name = Shown(name));
    }
    let kind = match kind.trim() {
        "text" => ParameterKind::Text,
        "count" => ParameterKind::Count,
        "number" => ParameterKind::Number,
        "duration" => ParameterKind::Duration,
        "time" => ParameterKind::Time,
        "status" => ParameterKind::Status,
        "regex" => ParameterKind::Regex,
        other => match other.strip_prefix("choice(").and_then(|rest| rest.strip_suffix(')')) {
            Some(choices) => ParameterKind::Choice(choices.split('|').map(|choice| choice.trim().to_owned()).collect()),
            None => bail!(
                Message::new(format_args!(
                    "unknown type `{other}` of parameter {name}",
                    other = Shown(other),
                    name = Shown(name)
                ))
                .hint("text, count, number, duration, time, status, regex or choice(a|b)")
            ),
        },
    };
    Ok(Parameter { name: name.to_owned(), kind, default, help: help.trim().to_owned() })
}

/// `target_p50 seconds TARGET TIME, ms > p50 [optional 1] [private]`
fn column(value: &str) -> Result<ColumnHeader> {
    let mut words = value.splitn(3, char::is_whitespace);
    let (name, unit) = (words.next().unwrap_or_default(), words.next().unwrap_or("text"));
    let mut heading = words.next().unwrap_or_default().trim().to_owned();
    let Some(unit) = Unit::named(unit) else {
        let units = Unit::ALL.map(Unit::name);
        let hint = match nearest(unit, &units) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("the units are {}", units.join(", ")),
        };
        bail!(
            Message::new(format_args!(
                "unknown unit `{unit}` of column {name}",
                unit = Shown(unit),
                name = Shown(name)
            ))
            .hint(hint)
        );
    };
    let mut column = ColumnHeader { name: name.to_owned(), unit, ..ColumnHeader::default() };
    while let Some(start) = heading.strip_suffix(']').and_then(|rest| rest.rfind('[')) {
        let option = heading[start + 1..heading.len() - 1].to_owned();
        heading.truncate(start);
        heading.truncate(heading.trim_end().len());
        match option.split_once(' ') {
            None if option == "private" => column.private = true,
            None if option == "known" => column.is_known_only = true,
            Some(("optional", number)) => {
                column.expendable = number
                    .trim()
                    .parse()
                    .map_err(|_| anyhow!("not a number from 1 to 255: {number}", number = Shown(number)))?;
            }
            _ => bail!(
                Message::new(format_args!(
                    "unknown option [{option}] of column {name}",
                    option = Shown(option),
                    name = Shown(name)
                ))
                .hint("[private], [known] or [optional 1]")
            ),
        }
    }
    let (group, own) = heading.split_once(" > ").map_or((None, heading.as_str()), |(group, own)| (Some(group), own));
    column.group = group.map(|group| group.trim().to_owned());
    let own = own.trim();
    column.heading = if own.is_empty() { name.to_uppercase().replace('_', " ") } else { own.to_owned() };
    Ok(column)
}

/// `websockets WebSocket sessions`
fn labelled(value: &str) -> Labelled {
    let (name, text) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    Labelled { name: name.to_owned(), text: text.trim().to_owned() }
}
