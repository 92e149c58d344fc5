//! `albstats schema`, and the files in `schemas/`, which are what it prints.

use super::golden::{compare, none_fails};
use super::support::{Workspace, repository};

const TABLES: [&str; 5] = ["requests", "connections", "health_checks", "rejected_lines", "log_objects"];

#[test]
fn the_files_in_schemas_are_what_the_program_prints() {
    let folder = Workspace::new();
    let mut failures = Vec::new();
    for table in TABLES {
        for (format, extension) in [("athena", "sql"), ("json", "schema.json"), ("markdown", "md")] {
            let text = folder.run(["schema", table, "--format", format]).done().stdout;
            failures.extend(compare(&repository("schemas").join(format!("{table}.{extension}")), &text));
        }
    }
    none_fails(&failures);
    let mut files = std::fs::read_dir(repository("schemas")).unwrap();
    assert!(files.all(|file| {
        TABLES.iter().any(|table| file.as_ref().unwrap().file_name().to_string_lossy().starts_with(table))
    }));
}

#[test]
fn without_a_table_all_are_printed() {
    let folder = Workspace::new();
    for format in ["text", "markdown", "json", "athena"] {
        let all = folder.run(["schema", "--format", format]).done().stdout;
        let each = TABLES.map(|table| folder.run(["schema", table, "--format", format]).done().stdout);
        assert_eq!(all, each.join("\n"), "{format}");
    }
    folder.run(["schema", "--format", "xml"]).exits(2).says("possible values: text, markdown, json, athena");
    folder.run(["schema", "zzz"]).exits(2).says("hint: the tables are requests, ");
}

#[test]
fn every_column_is_documented() {
    let text = Workspace::new().run(["schema"]).done().stdout;
    let columns: Vec<&str> = text.lines().filter(|line| line.starts_with("  ")).collect();
    assert!(columns.len() > 100);
    for column in columns {
        assert!(column.split_whitespace().count() > 3, "{column}");
        assert!(column.len() < 200, "{column}");
    }
}
