//! Values for a question's parameters: what was typed, else the default, as the types the header declares.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};

use super::bars::Bars;
use super::filter::StatusRange;
use super::query_file::{Parameter, ParameterKind, QueryFile};
use crate::ask::query::functions::is_pattern;
use crate::ask::sql::Scalar;
use crate::base::config::TimeSpan;
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;

/// What was typed for parameters, by name.
pub type Typed = BTreeMap<String, String>;

/// A value for each parameter of the statement. `bars` answers for parameter `bucket`, and adds to `lines`, which is how
/// many rows an answer has whose statement keeps the first ones of what there may be millions of.
///
/// # Errors
/// When a value is not what its parameter takes, one is missing, or one was given that the question does not have.
pub(super) fn values(file: &QueryFile, typed: &Typed, bars: &Bars) -> Result<BTreeMap<String, Scalar>> {
    if let Some(unknown) = typed.keys().find(|name| file.parameter(name).is_none()) {
        let known: Vec<&str> = file.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        let hint = match (nearest(unknown, &known), known.is_empty()) {
            (Some(meant), _) => format!("did you mean {meant}?"),
            (None, true) => "it has no parameters".to_owned(),
            (None, false) => format!("it has {}", known.join(", ")),
        };
        bail!(
            Message::new(format_args!("report {} has no parameter {unknown}", file.name, unknown = Shown(unknown)))
                .hint(hint)
        );
    }
    let mut values = BTreeMap::new();
    for parameter in &file.parameters {
        let text = typed.get(&parameter.name).or(parameter.default.as_ref());
        if let ("lines", ParameterKind::Count, Some(shown)) = (&*parameter.name, &parameter.kind, text) {
            // Rows beyond those shown tell that there are more, and totals and bars need room too.
            let shown =
                shown.parse::<u32>().map_err(|_| anyhow!("lines takes a whole number, 0 or more, not {shown:?}"))?;
            let others = i64::try_from(bars.count).unwrap_or(i64::MAX / 2) + 2;
            values.insert(parameter.name.clone(), Scalar::Int(i64::from(shown) + others));
        } else if parameter.name == "bucket" && parameter.kind == ParameterKind::Duration {
            values.insert(parameter.name.clone(), Scalar::Float(seconds(bars.step)));
        } else if let Some(text) = text {
            values.extend(read(parameter, text)?);
        } else if parameter.kind == ParameterKind::Status {
            // None given: every code.
            values.extend(status(parameter, 0, 999));
        } else {
            bail!(needs(file, parameter));
        }
    }
    Ok(values)
}

fn needs(file: &QueryFile, parameter: &Parameter) -> Message {
    let (report, name) = (&file.name, &parameter.name);
    let help = if parameter.help.is_empty() { String::new() } else { format!(" ({})", parameter.help) };
    Message::new(format_args!("report {report} needs a value for {name}{help}"))
        .hint(format_args!("albstats report {report} --set {name}=…"))
}

/// Microseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "microseconds of this era fit into 53 bits")]
pub(super) fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

fn read(parameter: &Parameter, text: &str) -> Result<Vec<(String, Scalar)>> {
    let name = &parameter.name;
    let expected = |what: &str| anyhow!("{name} takes {what}, not {text:?}");
    let value = match &parameter.kind {
        ParameterKind::Regex if !is_pattern(text) => bail!(expected("a regular expression")),
        ParameterKind::Text | ParameterKind::Regex => Scalar::Text(text.to_owned()),
        ParameterKind::Count => {
            Scalar::Int(text.parse::<u32>().map_err(|_| expected("a whole number, 0 or more"))?.into())
        }
        ParameterKind::Number => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            Scalar::Float(number.ok_or_else(|| expected("a number"))?)
        }
        ParameterKind::Duration => {
            let span: TimeSpan = text.parse().map_err(|_| expected("a length of time such as 5m"))?;
            Scalar::Float(span.get().as_secs_f64())
        }
        ParameterKind::Time => {
            let time: jiff::Timestamp = text.parse().map_err(|_| expected("a time such as 2026-11-20T14:05:00Z"))?;
            Scalar::Float(seconds(time.as_microsecond()))
        }
        ParameterKind::Status => {
            let StatusRange { from, to } = text.parse()?;
            return Ok(status(parameter, from.into(), to.into()));
        }
        ParameterKind::Choice(choices) => {
            if !choices.iter().any(|choice| choice == text) {
                let known: Vec<&str> = choices.iter().map(String::as_str).collect();
                let hint = match nearest(text, &known) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => format!("it is one of {}", known.join(", ")),
                };
                bail!(Message::new(format_args!("{name} cannot be {text}", text = Shown(text))).hint(hint));
            }
            Scalar::Text(text.to_owned())
        }
    };
    Ok(vec![(name.clone(), value)])
}

fn status(parameter: &Parameter, from: i64, to: i64) -> Vec<(String, Scalar)> {
    let bound = |end: &str, code| (format!("{}_{end}", parameter.name), Scalar::Int(code));
    vec![bound("from", from), bound("to", to)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str) -> QueryFile {
        QueryFile::parse(header, "mine.sql", "mine").unwrap()
    }

    fn of(header: &str, typed: &[(&str, &str)]) -> Result<BTreeMap<String, Scalar>> {
        let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        values(&file(header), &typed, &Bars { start: 0, step: 300_000_000, count: 12 })
    }

    #[test]
    fn values_have_the_types_of_the_header() {
        let header = "-- param: t text = a\n-- param: n count = 20\n-- param: d duration = 1500ms\n-- param: s status\n\
                      -- param: bucket duration = auto 24\n-- param: w time = 2026-11-20T10:00:00Z";
        let values = of(header, &[("n", "3"), ("s", "5xx")]).unwrap();
        assert_eq!(values["t"], Scalar::Text("a".to_owned()));
        assert_eq!(values["n"], Scalar::Int(3));
        assert_eq!(values["d"], Scalar::Float(1.5));
        assert_eq!((&values["s_from"], &values["s_to"]), (&Scalar::Int(500), &Scalar::Int(599)));
        assert_eq!(values["bucket"], Scalar::Float(300.0));
        assert_eq!(values["w"], Scalar::Float(1_795_168_800.0));
        assert_eq!(of("-- param: s status", &[]).unwrap()["s_to"], Scalar::Int(999));
    }

    #[test]
    fn what_does_not_fit_is_said_in_words() {
        let message = |header: &str, typed: &[(&str, &str)]| of(header, typed).unwrap_err().to_string();
        assert_eq!(
            message("-- param: top count = 1", &[("tops", "2")]),
            "report mine has no parameter tops\nhint: did you mean top?"
        );
        assert_eq!(
            message("-- param: by choice(elb|host) = elb", &[("by", "hots")]),
            "by cannot be hots\nhint: did you mean host?"
        );
        assert_eq!(
            message("-- param: id text — a trace id", &[]),
            "report mine needs a value for id (a trace id)\nhint: albstats report mine --set id=…"
        );
        assert!(message("-- param: n count", &[("n", "-1")]).contains("a whole number, 0 or more"));
        assert_eq!(message("-- param: r regex", &[("r", "(a")]), "r takes a regular expression, not \"(a\"");
        assert_eq!(of("-- param: r regex = a+", &[]).unwrap()["r"], Scalar::Text("a+".to_owned()));
        assert!(message("-- param: s status", &[("s", "5x")]).contains("not a status code"));
        assert!(message("-- param: s status", &[("s", "504-500")]).contains("the range is empty"));
    }
}
