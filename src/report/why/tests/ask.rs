//! Lines through both queries.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;

use futures::TryStreamExt;

use crate::ask::query::{Engine, Limits, RunOptions, Source, prepare};
use crate::ask::selection::Window;
use crate::ask::sql::{Scalar, View, holder_columns, restrict, with_literals};
use crate::base::place::Place;
use crate::read::storage::{self, KeyFilter};
use crate::report::answer::Answer;
use crate::report::findings::{Looked, Looking};
use crate::report::why::queries::{health_rows, why_rows};
use crate::report::why::rows::{HealthRow, WhyRow};

const WHY: &str = include_str!("../../../../queries/why.sql");
const HEALTH: &str = include_str!("../../../../queries/why-health.sql");

/// What both queries answer about these lines, in bars of a minute; failures with other codes are not asked for.
pub(super) fn ask(access: &str, health: &str, statuses: (i64, i64)) -> (Vec<WhyRow>, Vec<HealthRow>) {
    let whole = 0..60_000_000;
    let (rows, health, _) = ask_in(&whole, 60, access, health, statuses);
    (rows, health)
}

/// The same of a window of these lines, in bars of so many seconds, and what was seen of its requests.
pub(super) fn ask_in(
    window: &Range<i64>,
    bucket: i64,
    access: &str,
    health: &str,
    statuses: (i64, i64),
) -> (Vec<WhyRow>, Vec<HealthRow>, Looked) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("access.log"), access).unwrap();
    if !health.is_empty() {
        fs::write(folder.path().join("health.log"), health).unwrap();
    }
    let place = Place::new(folder.path().to_string_lossy());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listing = storage::list(&[place], &KeyFilter::default()).await.unwrap();
        let options = RunOptions {
            kind: None,
            window: Window::default(),
            strict: true,
            threads: 1,
            max_bytes: None,
            kept: None,
            cache: None,
        };
        let source = Source::logs(prepare(listing, options));
        let engine =
            Engine::new(&source, &Limits { memory: 64 << 20, for_joins: 64 << 20, temp_disk: 1 << 30 }).unwrap();
        let values = [
            ("bucket".to_owned(), Scalar::Float(f64::from(i32::try_from(bucket).unwrap()))),
            ("status_from".to_owned(), Scalar::Int(statuses.0)),
            ("status_to".to_owned(), Scalar::Int(statuses.1)),
        ]
        .into();
        let mut answers = Vec::new();
        let looking = Looking::new(window);
        for (sql, observer) in [(WHY, Some(looking.observer())), (HEALTH, None)] {
            let columns = |table| Ok(View { columns: holder_columns(sql, table, false)?, ..View::default() });
            let statement = with_literals(&restrict(sql, "logs", columns).unwrap(), &values).unwrap();
            let batches = engine
                .query_observed(&statement, &BTreeMap::new(), observer.as_ref())
                .await
                .unwrap()
                .batches
                .try_collect::<Vec<_>>()
                .await
                .unwrap();
            answers.push(Answer::new(&batches).unwrap());
        }
        (why_rows(&answers[0], None), health_rows(&answers[1]), looking.of(window, &[]))
    })
}
