//! The page on which statements are asked: an editor, what came of the statement, and ways to take it along. It is a form whose
//! address has the statement, so that it can be shared and works without a script. `charts` are what is drawn of values over time.

mod charts;

use std::io::Cursor;
use std::time::Instant;

use arrow::ipc::reader::StreamReader;
use futures::TryStreamExt;
use http::StatusCode;
use maud::{Markup, html};

use super::bar::{Bar, Scope, hidden};
use super::filters::{Filters, Group, Key, url};
use super::frame::Frame;
use super::panel::{blocks, refused, with_parameter};
use super::reports::Visit;
use crate::base::shell::quoted;
use crate::base::shown::harmless;
use crate::output::document::{Block, Table};
use crate::output::html::{NoLinks, Parts, Rows};
use crate::output::{Format, human};
use crate::serve::answers::Statement;
use crate::serve::queries::{Form, Wanted};
use crate::serve::refusal::Refusal;
use crate::serve::words;
use charts::charts;

/// Rows that are shown.
const MOST: usize = 1000;
/// What stands there before anything was typed.
const EXAMPLE: &str =
    "SELECT elb_status_code, count(*) AS requests, approx_percentile(target_processing_time, 0.99) AS p99
FROM requests
GROUP BY elb_status_code
ORDER BY requests DESC";
/// Words of SQL that are offered beside those of the schema.
const WORDS: &str = "SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT WITH DISTINCT BETWEEN LIKE AND OR NOT NULL IS IN CASE WHEN THEN \
                     ELSE END AS ON JOIN LEFT UNION ALL DESC INTERVAL TIMESTAMP count sum min max avg approx_percentile count_if \
                     date_trunc url_extract_host url_extract_path url_extract_parameter regexp_like split_part coalesce";

/// What the address of the page says beside its filters.
struct Asked {
    statement: String,
    /// Further statements of the same report.
    others: Vec<String>,
    filters: Filters,
}

/// What came of a statement.
struct Answer {
    table: Table,
    charts: Vec<Block>,
    /// Whether there are more rows.
    more: bool,
    elapsed: u128,
    /// What was read, as far as it is known.
    read: Option<u64>,
}

/// The page of an address.
///
/// # Errors
/// When the address has parameters that this page has not, or the source is not known. What is wrong with a statement is
/// said beside it.
pub(super) async fn page(visit: &Visit<'_>, query: &str) -> Result<(StatusCode, String), Refusal> {
    let started = Instant::now();
    let Asked { statement, others, filters } = asked(visit, query).await?;
    let timed = visit.timed(&filters);
    let answer = if statement.is_empty() { None } else { Some(ask(visit, &statement, &timed, started).await) };
    let status = match &answer {
        Some(Err(refusal)) => refusal.status,
        _ => StatusCode::OK,
    };
    let sources = visit.service.sources();
    let parts = Parts::new(true, &NoLinks);
    let left_out: Vec<&str> = filters.iter().filter(|(key, _)| !restricts(*key)).map(|(key, _)| key.words()).collect();
    let main = html! {
        h1 { "SQL" }
        @if !left_out.is_empty() {
            p.aside { "a statement is not narrowed by " (left_out.join(", ")) ": say it in its WHERE" }
        }
        @if !others.is_empty() {
            p.aside {
                "this report asks " (others.len() + 1) " statements, of which this is the first: "
                @for (index, other) in others.iter().enumerate() {
                    a href=(with_statement(&filters.href(visit.path), "q", other)) { "number " (index + 2) } " "
                }
            }
        }
        (editor(visit.path, &statement, &filters))
        @match &answer {
            None => {},
            Some(Err(refusal)) => (refused(refusal)),
            Some(Ok(answer)) => section.panel aria-label="Answer" {
                (said(answer))
                (ways(visit, &statement, &timed))
                (blocks(&answer.charts.iter().collect::<Vec<_>>(), &parts))
                (parts.table(&answer.table))
            },
        }
    };
    let bar = Bar { path: visit.path, filters: &filters, timed: &timed, sources: &sources, scope: Scope::Logs };
    let frame = Frame {
        viewer: visit.viewer,
        title: "SQL",
        bar,
        complete: None,
        follows: None,
        due: None,
        main,
        footer: html! {},
    };
    Ok((status, frame.draw()))
}

/// The statement: `q`, or that of a report.
async fn asked(visit: &Visit<'_>, query: &str) -> Result<Asked, Refusal> {
    let mut pairs = url::pairs(query);
    let mut take = |name: &str| {
        let found = pairs.iter().position(|(other, _)| other == name);
        found.map(|index| pairs.remove(index).1)
    };
    let (statement, report) = (take("q"), take("report"));
    let filters = Filters::of_pairs(pairs).map_err(Refusal::of_parameters)?;
    let Some(report) = report.filter(|_| statement.is_none()) else {
        let statement = statement.unwrap_or_default().trim().to_owned();
        return Ok(Asked { statement, others: Vec::new(), filters });
    };
    let made = visit.ask(&report, &visit.timed(&filters)).await?;
    // The rows are in the statement, and the window, for which objects are chosen once more.
    let mut statements = made.sql.iter().cloned();
    let (statement, others) = (statements.next().unwrap_or_default(), statements.collect());
    Ok(Asked { statement, others, filters: filters.of(&[Group::Source, Group::Time]) })
}

/// Whether a statement can be restricted so from outside.
fn restricts(key: Key) -> bool {
    matches!(key.group(), Group::Source | Group::Time | Group::Zone) || key == Key::Elb
}

async fn ask(visit: &Visit<'_>, statement: &str, filters: &Filters, started: Instant) -> Result<Answer, Refusal> {
    let source = visit.service.source(filters.get(Key::Source))?;
    let pairs: Vec<_> =
        filters.pairs().into_iter().filter(|(name, _)| Key::named(name).is_some_and(restricts)).collect();
    let statement =
        Statement { sql: statement.to_owned(), words: words::of_statement(&pairs)?, ..Statement::default() };
    let wanted = Wanted { form: Form::Rows(Format::Arrow), limit: Some(MOST as u64 + 1) };
    let rows = visit.service.query(visit.viewer, Some(visit.pass), &source, statement, wanted).await?;
    let id = rows.id;
    let bytes: Vec<bytes::Bytes> = rows.try_collect().await.map_err(anyhow::Error::from)?;
    let (table, charts, more) = drawn(&bytes.concat())?;
    let (_, recent) = visit.service.queries.shown(visit.viewer);
    let read = recent.iter().find(|query| query.id == id).map(|query| query.read.bytes);
    Ok(Answer { table, charts, more, elapsed: started.elapsed().as_millis(), read })
}

/// The rows of a stream of batches, what can be drawn of them if they are all there are, and whether there are more than are
/// shown.
fn drawn(stream: &[u8]) -> anyhow::Result<(Table, Vec<Block>, bool)> {
    let reader = StreamReader::try_new(Cursor::new(stream), None)?;
    let mut rows = Rows::new(&reader.schema(), MOST);
    let mut batches = Vec::new();
    for batch in reader {
        let batch = batch?;
        rows.add(&batch)?;
        batches.push(batch);
    }
    let (table, left_out) = rows.finish();
    let charts = if left_out == 0 { charts(&batches) } else { Vec::new() };
    Ok((table, charts.into_iter().map(Block::Chart).collect(), left_out > 0))
}

fn with_statement(href: &str, name: &str, statement: &str) -> String {
    with_parameter(href, name, &url::escaped(statement).to_string())
}

fn editor(path: &str, statement: &str, filters: &Filters) -> Markup {
    let shown = if statement.is_empty() { EXAMPLE } else { statement };
    let rows = (shown.lines().count() + 2).clamp(6, 24);
    html! {
        form.editor action=(path) {
            (hidden(filters))
            textarea name="q" aria-label="Statement" spellcheck="false" autocapitalize="off" rows=(rows)
                data-schema="/api/v1/schema" data-words=(WORDS) { "\n" (harmless_lines(shown)) }
            div.ask {
                button { "ask" }
                span.aside { "Ctrl+Enter asks · the tables are " a href="/api/v1/schema" { "described here" } }
            }
        }
    }
}

/// A text in which lines and blanks are those that were typed, and nothing else moves or hides anything.
fn harmless_lines(text: &str) -> String {
    let line = |line: &str| line.split('\t').map(|piece| harmless(piece).into_owned()).collect::<Vec<_>>().join("\t");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// `17 rows · 41 ms · 12 MB read`
fn said(answer: &Answer) -> Markup {
    let rows = answer.table.rows.len() as u64;
    html! {
        p.when {
            @if answer.more { "the first " (human::plural(rows, "row")) ", there are more" } @else { (human::plural(rows, "row")) }
            " · " (answer.elapsed) " ms"
            @if let Some(read) = answer.read { " · " (human::bytes(read)) " read" }
        }
    }
}

/// The same answer as a file, and the command that prints it.
fn ways(visit: &Visit, statement: &str, filters: &Filters) -> Markup {
    let restricted = filters
        .iter()
        .filter(|(key, _)| restricts(*key))
        .fold(Filters::default(), |all, (key, value)| all.with(key, value));
    let api = restricted.href("/api/v1/query");
    let href = |format: &str| with_statement(&with_parameter(&api, "format", format), "sql", statement);
    // As it was typed for the server: what it is called here is a name of ours.
    let source = visit.service.source(filters.get(Key::Source)).ok();
    let from = source.map(|source| ["--from".to_owned(), source.from]);
    let flags = words::typed(&words::of_statement(&restricted.pairs()).unwrap_or_default());
    let command = ["albstats", "query"].map(str::to_owned).into_iter().chain(from.into_iter().flatten()).chain(flags);
    let command = command.chain(visit.service.again());
    // A comment in front is no flag.
    let end = statement.starts_with('-').then(|| "--".to_owned());
    let command = command.chain(end).chain([statement.to_owned()]).map(|word| quoted(&harmless_lines(&word)));
    let command = command.collect::<Vec<_>>().join(" ");
    html! {
        div.ways {
            a href=(href("csv")) download { "CSV" } " "
            a href=(href("parquet")) download { "Parquet" } " "
            details.menu {
                summary { "command" }
                div.command { code { (command) } }
            }
        }
    }
}
