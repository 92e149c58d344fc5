//! In which form an answer is wanted: by the parameter `format`, else by the header `Accept`.

use http::{HeaderMap, header};

use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::output::Format;
use crate::serve::queries::Form;
use crate::serve::refusal::Refusal;

/// Names, media types, and what they stand for.
const FORMS: [(&str, &str, Form); 6] = [
    ("json", "application/json", Form::Json),
    ("ndjson", "application/x-ndjson", Form::Rows(Format::Ndjson)),
    ("csv", "text/csv", Form::Rows(Format::Csv)),
    ("arrow", "application/vnd.apache.arrow.stream", Form::Rows(Format::Arrow)),
    ("parquet", "application/vnd.apache.parquet", Form::Rows(Format::Parquet)),
    ("html", "text/html", Form::Rows(Format::Html)),
];

/// What is wanted, of what a statement or a report can be written as.
///
/// # Errors
/// When that is nothing we know.
pub(super) fn wanted(format: Option<&str>, headers: &HeaderMap, with_html: bool) -> Result<Form, Refusal> {
    let forms = || FORMS.iter().filter(|(name, ..)| with_html || *name != "html");
    if let Some(format) = format {
        let found = forms().find(|(name, ..)| *name == format).map(|(.., form)| *form);
        let names: Vec<&str> = forms().map(|(name, ..)| *name).collect();
        return found.ok_or_else(|| {
            let message = Message::new(format_args!("no format named {}", Shown(format)));
            Refusal::of_parameters(message.hint(names.join(", ")))
        });
    }
    // A browser that would like HTML best gets it as a file when it says so.
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let mut types = accept
        .split(',')
        .filter(|part| !is_unwanted(part))
        .map(|part| part.split(';').next().unwrap_or_default().trim());
    let asked = types.find_map(|asked| FORMS.iter().find(|(name, media, _)| *media == asked && *name != "html"));
    Ok(asked.map_or(Form::Json, |(.., form)| *form))
}

/// Whether a type is named as one that is not wanted: `text/csv;q=0`.
fn is_unwanted(part: &str) -> bool {
    let weight = part.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("q="));
    weight.and_then(|weight| weight.trim().parse::<f64>().ok()).is_some_and(|weight| weight <= 0.0)
}

/// The media type of a form.
pub(super) fn media_type(form: Form) -> &'static str {
    match FORMS.iter().find(|(.., known)| *known == form) {
        Some(("csv", ..)) => "text/csv; charset=utf-8; header=present",
        Some(("html", ..)) => "text/html; charset=utf-8",
        Some((_, media, _)) => media,
        None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_named_or_accepted() {
        let accepting = |accept: &'static str| HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
        let csv = Form::Rows(Format::Csv);
        assert_eq!(wanted(Some("csv"), &accepting("application/json"), false).unwrap(), csv);
        assert_eq!(wanted(None, &accepting("text/csv;q=0.9, */*"), false).unwrap(), csv);
        assert_eq!(
            wanted(None, &accepting("text/csv; q=0, application/x-ndjson;q=0.1"), false).unwrap(),
            Form::Rows(Format::Ndjson)
        );
        assert_eq!(wanted(None, &accepting("text/html,application/xhtml+xml,*/*;q=0.8"), true).unwrap(), Form::Json);
        assert_eq!(wanted(Some("xml"), &HeaderMap::new(), false).unwrap_err().code, "bad_parameters");
        assert!(wanted(Some("html"), &HeaderMap::new(), false).is_err());
        assert!(wanted(Some("html"), &HeaderMap::new(), true).is_ok());
    }
}
