use std::fmt::Write as _;

use proptest::prelude::*;

use super::parse;

const A: &str = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/a/1";
const B: &str = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/b/2";

/// The rows of a file, `-` for what is not there.
fn rows(text: &str) -> Vec<String> {
    let entries = parse(text.as_bytes(), "inventory").unwrap();
    let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let row = |entry: &super::Entry| {
        let id = entry.arn.replace("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/", "");
        format!("{id} {} {} {}", word(&entry.namespace), word(&entry.service), word(&entry.ingress))
    };
    entries.iter().map(row).collect()
}

fn error(text: &str) -> String {
    parse(text.as_bytes(), "inventory").unwrap_err().to_string()
}

#[test]
fn csv_in_any_order() {
    let text = format!("arn,namespace,service,ingress\n{A},shop,web,public\n{B},shop,api,\n");
    assert_eq!(rows(&text), ["a/1 shop web public", "b/2 shop api -"]);
    let text = format!("service, port ,ARN,Namespace\nweb,80,{A},shop\n");
    assert_eq!(rows(&text), ["a/1 shop web -"]);
    let text = format!("\u{feff}arn,namespace,service\r\n\r\n\"{A}\", shop ,\"web\"\r\n");
    assert_eq!(rows(&text), ["a/1 shop web -"]);
    assert_eq!(rows("arn,namespace,service\n"), Vec::<String>::new());
}

#[test]
fn json_in_any_shape() {
    let object =
        |arn: &str| format!(r#"{{"service": "web", "port": [80, {{}}], "arn": "{arn}", "namespace": "shop"}}"#);
    let expected = ["a/1 shop web -", "b/2 shop web -"];
    assert_eq!(rows(&format!("[{},{}]", object(A), object(B))), expected);
    assert_eq!(rows(&format!("\u{feff} [ \r\n{} ,\r\n\t{} ]\r\n", object(A), object(B))), expected);
    assert_eq!(rows(&format!("{}\n{}\n", object(A), object(B))), expected);
    assert_eq!(rows(&format!("{}\r\n\r\n{}", object(A), object(B))), expected);
    assert_eq!(rows("[]"), Vec::<String>::new());
    let text = format!(r#"{{"arn": "{A}", "namespace": null, "service": "", "ingress": "p\u00fcblic"}}"#);
    assert_eq!(rows(&text), ["a/1 - - püblic"]);
}

#[test]
fn the_same_twice_is_once() {
    let text = format!("arn,namespace,service\n{A},shop,web\n{A},shop,web\n");
    assert_eq!(rows(&text), ["a/1 shop web -"]);
}

#[test]
fn errors_say_where_and_what_is_expected() {
    let csv = |rows: &str| error(&format!("arn,namespace,service\n{rows}\n"));
    assert_eq!(
        error(""),
        "inventory is empty\nhint: expected CSV or JSON with arn, namespace, service and perhaps ingress"
    );
    assert_eq!(error("\u{feff}\n \n").lines().next().unwrap(), "inventory is empty");
    assert_eq!(
        error(&format!("{A},shop,web")),
        "inventory:1: no column named arn\nhint: the first line names the columns: arn, namespace, service and perhaps ingress, in any order"
    );
    assert_eq!(
        error("arn,name_space,service"),
        "inventory:1: no column named namespace\nhint: rename column \"name_space\"; expected arn, namespace, service and perhaps ingress"
    );
    assert!(error("arn;namespace;service\n").contains("separated by commas"));
    assert_eq!(error("arn,namespace,service,ARN\n"), "inventory:1: two columns are named arn");
    assert_eq!(csv(&format!("{A},shop")), "inventory:2: 2 values for 3 columns");
    assert_eq!(csv(&format!("{A},shop,web\n\n\n{B},shop,web,public")), "inventory:5: 4 values for 3 columns");
    assert_eq!(csv(",shop,web"), "inventory:2: arn is empty");
    assert!(
        csv("web,shop,web").starts_with("inventory:2: not the ARN of a target group: web\nhint: expected arn:aws:")
    );
    assert_eq!(
        csv(&format!("{A},shop,web\r\n{B},shop,web\r\n{A},shop,api")),
        format!("inventory:4: {A} was called something else in line 2")
    );
    let not_utf8 = [b"arn,namespace,service\n", &b"\xff"[..]].concat();
    assert_eq!(parse(&not_utf8, "inventory").unwrap_err().to_string(), "inventory:2: not UTF-8");
}

#[test]
fn errors_in_json_too() {
    let good = format!(r#"{{"arn": "{A}", "namespace": "shop", "service": "web"}}"#);
    assert_eq!(
        error(r#"{"TargetGroups": [], "x": 1}"#),
        "inventory:1: an object without \"arn\": it has TargetGroups, x\nhint: expected objects with arn, namespace, service and perhaps ingress"
    );
    assert!(error("{}").starts_with("inventory:1: an object without \"arn\": it has nothing"));
    assert!(
        error(&format!("[\n{good},\n{{\n\"arn\": \"{B}\"\n}}]"))
            .starts_with("inventory:3: an object without \"namespace\"")
    );
    assert!(error(&format!("[\n{good},\n5]")).starts_with("inventory:3: not an object"));
    assert!(error(&format!("{good}\n[{good}]")).starts_with("inventory:2: not an object"));
    assert_eq!(error(&format!("[{good}\n{good}]")), "inventory:2: expected `,` or `]`");
    assert_eq!(error(&format!("[{good}]\n{good}")), "inventory:2: something follows the array");
    assert_eq!(error(&format!("[{good}")), "inventory:1: expected `,` or `]`");
    assert!(error(&format!("[{good},")).starts_with("inventory:1: not an object"));
    assert_eq!(error(&format!("{good}\n{{\n\"arn\": x}}")), "inventory:3: expected value");
    assert!(error(&format!("{good}\n{{\"arn\": \"")).starts_with("inventory:2: EOF while parsing"));
    assert_eq!(error(r#"{"arn": 5, "namespace": "a", "service": "b"}"#), "inventory:1: arn is not text");
    assert_eq!(error(r#"[{"arn": " ", "namespace": "a", "service": "b"}]"#), "inventory:1: arn is empty");
    let other = good.replace("web", "api");
    assert!(error(&format!("{good}\n{other}")).ends_with("was called something else in line 1"));
}

proptest! {
    #[test]
    fn nothing_panics(text in "(arn,namespace,service\n|[\\[\\]{}\",:\n\r]|arn|\\PC){0,20}") {
        let _ = parse(text.as_bytes(), "inventory");
    }

    #[test]
    fn csv_and_json_say_the_same(rows in prop::collection::vec(("[a-z]{1,3}", "[a-z \"',\u{e4}]{0,4}", "[a-z]{0,3}"), 0..5)) {
        let rows: std::collections::BTreeMap<_, _> = rows.into_iter().map(|(id, n, s)| (format!("{A}{id}"), (n, s))).collect();
        let mut csv = "namespace,arn,service\n".to_owned();
        let mut json = Vec::new();
        for (arn, (namespace, service)) in &rows {
            writeln!(csv, "\"{}\",{arn},{service}", namespace.replace('"', "\"\"")).unwrap();
            json.push(serde_json::json!({"arn": arn, "namespace": namespace, "service": service}).to_string());
        }
        let from_csv = parse(csv.as_bytes(), "csv").unwrap();
        prop_assert_eq!(from_csv.len(), rows.len());
        let array = format!("[{}]", json.join(","));
        prop_assert_eq!(&parse(array.as_bytes(), "json").unwrap(), &from_csv);
        if !json.is_empty() {
            prop_assert_eq!(parse(json.join("\n").as_bytes(), "ndjson").unwrap(), from_csv);
        }
    }
}
