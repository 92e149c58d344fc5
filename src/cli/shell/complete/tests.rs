use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use proptest::prelude::*;

use super::*;
use crate::ask::query::TableShape;
use crate::base::tables::Table;

fn vocabulary() -> Vocabulary {
    let shape = |table: Table| TableShape {
        name: table.name().to_owned(),
        columns: table.columns().iter().map(|column| (column.name.to_owned(), column.sql_type())).collect(),
    };
    let mut vocabulary = Vocabulary {
        tables: Table::ALL.map(shape).to_vec(),
        functions: ["count", "count_if", "approx_percentile", "concat"].map(ToOwned::to_owned).into(),
        load_balancers: ["k8s-shop-1", "k8s-pay-2"].map(ToOwned::to_owned).into(),
        queries: vec!["slow".to_owned()],
        ..Vocabulary::default()
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("elb_status_code", Arc::new(Int32Array::from(vec![200, 502, 504]))),
        ("request_verb", Arc::new(StringArray::from(vec!["GET", "POST", "it's"]))),
    ];
    vocabulary.see(&RecordBatch::try_from_iter(columns).unwrap());
    vocabulary
}

/// What is offered at `|`, and what takes the place of what was typed.
fn offered(text: &str) -> Vec<String> {
    let cursor = text.find('|').unwrap();
    let text = text.replacen('|', "", 1);
    match complete(&text, cursor, &vocabulary()) {
        Completion::Words(start, candidates) => {
            candidates.into_iter().map(|it| format!("{}{}", &text[..start], it.text)).collect()
        }
        Completion::File => vec!["FILE".to_owned()],
    }
}

#[test]
fn tables_after_from_and_join() {
    assert_eq!(offered("SELECT * FROM req|"), ["SELECT * FROM requests"]);
    assert_eq!(offered("SELECT * FROM |").len(), 5);
    assert_eq!(offered("select 1 from requests r, con|"), ["select 1 from requests r, connections"]);
    assert_eq!(offered("select 1 from requests r JOIN health|"), ["select 1 from requests r JOIN health_checks"]);
    assert_eq!(offered("SELECT 1; DESCRIBE log|"), ["SELECT 1; DESCRIBE log_objects"]);
}

#[test]
fn columns_of_the_tables_that_the_statement_names() {
    assert_eq!(offered("SELECT tls_hand| FROM connections"), ["SELECT tls_handshake_latency"]);
    assert!(offered("SELECT tls_hand| FROM requests").is_empty());
    // Of another statement, nothing counts.
    assert_eq!(offered("SELECT 1 FROM requests; SELECT tls_hand|").len(), 1);
    assert_eq!(offered("SELECT c.tls_hand| FROM requests r JOIN connections AS c").len(), 1);
    assert_eq!(offered("SELECT requests.elb_st|"), ["SELECT requests.elb_status_code"]);
    assert!(offered("SELECT | FROM log_objects").contains(&"SELECT etag".to_owned()));
    assert!(offered("SELECT elb, | FROM log_objects").contains(&"SELECT elb, etag".to_owned()));
}

#[test]
fn functions_and_keywords_in_the_case_they_were_begun() {
    assert_eq!(offered("SELECT coun|"), ["SELECT count(", "SELECT count_if("]);
    assert_eq!(offered("sel|"), ["select"]);
    assert_eq!(offered("SEL|"), ["SELECT"]);
    assert_eq!(offered("SELECT count(elb_st|"), ["SELECT count(elb_status_code"]);
}

#[test]
fn values_that_were_seen() {
    let at = |text: &str| offered(&format!("SELECT 1 FROM requests WHERE {text}"));
    let typed =
        |values: &[&str]| values.iter().map(|it| format!("SELECT 1 FROM requests WHERE {it}")).collect::<Vec<_>>();
    assert_eq!(at("elb_status_code = 50|"), typed(&["elb_status_code = 502", "elb_status_code = 504"]));
    assert_eq!(at("elb_status_code >= |").len(), 3);
    assert_eq!(at("request_verb = 'P|"), typed(&["request_verb = 'POST'"]));
    assert_eq!(at("request_verb = 'it''|"), typed(&["request_verb = 'it''s'"]));
    assert_eq!(at("request_verb NOT IN ('GET', 'po|"), typed(&["request_verb NOT IN ('GET', 'POST'"]));
    assert_eq!(at("request_verb LIKE |").len(), 3);
    assert!(at("request_verb = 'GET|' AND 1").len() == 1);
    assert!(at("user_agent = '|").is_empty());
    assert!(at("elb = 'x' -- request_verb = |").is_empty());
}

#[test]
fn commands_and_what_they_take() {
    assert_eq!(offered("\\rep|"), ["\\report"]);
    assert_eq!(offered("\\d req|"), ["\\d requests"]);
    assert_eq!(offered("\\report lat|"), ["\\report latency"]);
    assert_eq!(offered("\\report latency --by el|"), ["\\report latency --by elb"]);
    assert_eq!(offered("\\report errors --serv|"), ["\\report errors --service"]);
    assert_eq!(offered("\\elb k8s-p|"), ["\\elb k8s-pay-2"]);
    assert_eq!(offered("\\elb k8s-pay-2 k8s-s|"), ["\\elb k8s-pay-2 k8s-shop-1"]);
    assert_eq!(offered("\\run |"), ["\\run slow"]);
    assert_eq!(offered("\\format nd|"), ["\\format ndjson"]);
    assert_eq!(offered("\\o sl|"), ["FILE"]);
    assert!(offered("\\since 2|").is_empty());
}

proptest! {
    #[test]
    fn no_text_is_too_odd_to_complete(
        text in "([a-z]{1,3}|SELECT|FROM|requests|request_verb|=|IN|[ '\"\\-\\\\/*;,.()é日\n]){0,12}", at in 0.0..1.0_f64,
    ) {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let cursor = ends[(at * ends.len() as f64) as usize];
        if let Completion::Words(start, _) = complete(&text, cursor, &vocabulary()) {
            prop_assert!(start <= cursor && text.is_char_boundary(start));
        }
    }
}
