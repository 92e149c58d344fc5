//! The text of conditions, and which rows they keep: through the engine, with values bound, against plain arithmetic.

mod rows;

use super::*;
use crate::fleet::inventory::target_groups::Entry;

fn texts<const N: usize>(values: [&str; N]) -> Vec<String> {
    values.map(ToOwned::to_owned).to_vec()
}

fn entry(name: &str, namespace: &str, service: &str) -> Entry {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Entry { arn: arn(name), namespace: some(namespace), service: some(service), ..Entry::default() }
}

fn arn(name: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{name}/73e2d6bc24d8a067")
}

/// Conditions with their values written in.
fn written(filter: &Filter, table: Table, groups: &TargetGroups) -> Vec<String> {
    let conditions = filter.conditions(table, groups).unwrap();
    let values = conditions.iter().flat_map(|condition| condition.values.clone()).collect();
    conditions.iter().map(|condition| crate::ask::sql::with_literals(&condition.sql, &values).unwrap()).collect()
}

fn refused(filter: &Filter, table: Table) -> String {
    filter.conditions(table, &TargetGroups::default()).unwrap_err().to_string()
}

#[test]
fn values_are_bound_under_names_of_the_table() {
    let filter = Filter {
        elbs: texts(["arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/a1", "it's"]),
        clients: vec!["192.0.2.7".parse().unwrap()],
        statuses: vec!["5xx".parse().unwrap(), "460".parse().unwrap()],
        ..Filter::default()
    };
    let conditions = filter.conditions(Table::Requests, &TargetGroups::default()).unwrap();
    let sql: Vec<&str> = conditions.iter().map(|condition| condition.sql.as_str()).collect();
    assert_eq!(
        sql,
        [
            "(elb = :filter_requests_1 OR split_part(elb, '/', 2) = :filter_requests_2)",
            "client_ip = :filter_requests_3",
            "(elb_status_code BETWEEN :filter_requests_4 AND :filter_requests_5 OR elb_status_code = :filter_requests_6)",
        ]
    );
    let values: Vec<(String, Scalar)> = conditions.into_iter().flat_map(|condition| condition.values).collect();
    let text = |text: &str| Scalar::Text(text.to_owned());
    let expected =
        [text("app/shop/a1"), text("it's"), text("192.0.2.7"), Scalar::Int(500), Scalar::Int(599), Scalar::Int(460)];
    let expected: Vec<(String, Scalar)> =
        expected.into_iter().enumerate().map(|(index, it)| (format!("filter_requests_{}", index + 1), it)).collect();
    assert_eq!(values, expected);
}

#[test]
fn nothing_typed_restricts_nothing() {
    for table in Table::ALL {
        assert_eq!(Filter::default().conditions(table, &TargetGroups::default()).unwrap(), []);
    }
}

#[test]
fn tables_about_the_reading_are_restricted_by_load_balancer_at_most() {
    let filter = Filter { elbs: texts(["shop"]), hosts: texts(["shop.example.com"]), ..Filter::default() };
    let none = TargetGroups::default();
    assert_eq!(written(&filter, Table::LogObjects, &none), ["split_part(elb, '/', 2) = 'shop'"]);
    assert_eq!(written(&filter, Table::RejectedLines, &none), [""; 0]);
}

#[test]
fn a_flag_that_cannot_restrict_a_table_is_refused() {
    let host = Filter { hosts: texts(["a"]), ..Filter::default() };
    assert_eq!(
        refused(&host, Table::HealthChecks),
        "--host cannot restrict health_checks, which this report reads\nhint: leave it out; health_checks can be \
         restricted with --account, --region, --elb, --target-group, --service, --target"
    );
    assert!(
        refused(&host, Table::Connections)
            .contains("connections can be restricted with --account, --region, --elb, --client")
    );
    let client: Cidr = "::1".parse().unwrap();
    for (filter, tables) in [
        (Filter { elbs: texts(["a"]), ..Filter::default() }, &[][..]),
        (Filter { target_groups: texts(["a"]), ..Filter::default() }, &[Table::Connections]),
        (Filter { services: texts(["a/b"]), ..Filter::default() }, &[Table::Connections]),
        (Filter { targets: vec!["10.0.0.1".parse().unwrap()], ..Filter::default() }, &[Table::Connections]),
        (Filter { paths: texts(["/"]), ..Filter::default() }, &[Table::Connections, Table::HealthChecks]),
        (Filter { clients: vec![client], ..Filter::default() }, &[Table::HealthChecks]),
        (
            Filter { statuses: vec!["5xx".parse().unwrap()], ..Filter::default() },
            &[Table::Connections, Table::HealthChecks],
        ),
    ] {
        for table in [Table::Requests, Table::Connections, Table::HealthChecks] {
            let answer = filter.conditions(table, &TargetGroups::default());
            assert_eq!(answer.is_err(), tables.contains(&table), "{filter:?} {table:?}");
        }
    }
}

#[test]
fn target_groups_by_name_arn_or_pattern() {
    let of = |text: &str, table: Table| {
        written(&Filter { target_groups: texts([text]), ..Filter::default() }, table, &TargetGroups::default())
            .remove(0)
    };
    let requests = |text: &str| of(text, Table::Requests);
    assert_eq!(requests("cart"), "split_part(target_group_arn, '/', 2) = 'cart'");
    assert_eq!(requests("targetgroup/cart"), "split_part(target_group_arn, '/', 2) = 'cart'");
    assert_eq!(requests("targetgroup/cart/1"), "split_part(target_group_arn, ':', 6) = 'targetgroup/cart/1'");
    assert_eq!(requests(&arn("cart")), format!("target_group_arn = '{}'", arn("cart")));
    assert_eq!(requests("k8s-shop-*"), r"split_part(target_group_arn, '/', 2) LIKE 'k8s-shop-%' ESCAPE '\'");
    assert_eq!(requests("arn:*:1:*"), r"target_group_arn LIKE 'arn:%:1:%' ESCAPE '\'");
    assert_eq!(requests(r"a_b%\*"), r"split_part(target_group_arn, '/', 2) LIKE 'a\_b\%\\%' ESCAPE '\'");
    let checks = |text: &str| of(text, Table::HealthChecks);
    assert_eq!(checks("cart"), "target_group_id = 'cart'");
    assert_eq!(checks("targetgroup/cart/1"), "target_group_id = 'cart'");
    assert_eq!(checks(&arn("cart")), "target_group_id = 'cart'");
    assert_eq!(checks("c*t"), r"target_group_id LIKE 'c%t' ESCAPE '\'");
    let bad = |text: &str, table: Table| refused(&Filter { target_groups: texts([text]), ..Filter::default() }, table);
    for text in ["", " ", "targetgroup/", "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/1"] {
        assert!(
            bad(text, Table::Requests).starts_with(&format!("--target-group {text}: not a target group")),
            "{text}"
        );
    }
    assert!(bad("shop/web ~", Table::Requests).contains("--service takes NAMESPACE/NAME"));
    assert!(bad("thumbnailer 73e2", Table::Requests).contains("not a name or ARN"));
    assert!(bad("arn:*:1:*", Table::HealthChecks).contains("health check logs know names only"));
}

#[test]
fn services_by_inventory_and_by_name() {
    let of = |text: &str, table: Table, groups: &TargetGroups| {
        written(&Filter { services: texts([text]), ..Filter::default() }, table, groups).remove(0)
    };
    let none = TargetGroups::default();
    let guess = "split_part(target_group_arn, '/', 2) LIKE 'k8s-checkout-checkout-__________'";
    assert_eq!(of("checkout/checkout-api", Table::Requests, &none), guess);
    // As a report shows it.
    assert_eq!(of("checkout…/checkout… ~", Table::Requests, &none), guess);
    // A pattern, also of what is left of a long name; what stands behind eight characters cannot be seen.
    let like = |text: &str| of(text, Table::Requests, &none).split(" LIKE ").nth(1).unwrap().to_owned();
    assert_eq!(like("checkout/*"), "'k8s-checkout-%-__________'");
    assert_eq!(like("kube-*/we*b"), "'k8s-kube%-we%b-__________'");
    assert_eq!(like("checkout-eu*/x"), "'k8s-checkout-x-__________'");
    assert_eq!(of("kube-system/a-b", Table::HealthChecks, &none), "target_group_id LIKE 'k8s-kubesyst-ab-__________'");
    let groups: TargetGroups = [
        entry("mine", "checkout", "checkout-api"),
        entry("k8s-checkout-checkout-0000000001", "checkout", "checkout-api"),
        entry("k8s-checkout-checkout-0000000002", "checkout", "checkout-web"),
        entry("k8s-checkout-checkout-0000000003", "", "checkout-api"),
        entry("other", "checkout", "cart"),
    ]
    .into_iter()
    .collect();
    let [mine, one, two] = ["mine", "k8s-checkout-checkout-0000000001", "k8s-checkout-checkout-0000000002"];
    assert_eq!(
        of("checkout/checkout-api", Table::Requests, &groups),
        format!(
            "(target_group_arn IN ('{}', '{}') OR {guess} AND target_group_arn NOT IN ('{}'))",
            arn(one),
            arn(mine),
            arn(two)
        )
    );
    let both = of("check*/checkout-*", Table::Requests, &groups);
    assert!(both.contains(&arn(mine)) && both.contains(&arn(two)) && !both.contains("NOT IN"), "{both}");
    assert!(!both.contains(&arn("other")), "{both}");
    assert_eq!(
        of("checkout/checkout-api", Table::HealthChecks, &groups),
        format!(
            "(target_group_id IN ('{one}', '{mine}') OR target_group_id LIKE 'k8s-checkout-checkout-__________' AND \
             target_group_id NOT IN ('{two}'))"
        )
    );
    for text in ["", "checkout", "/", "a/", "/b", "a/b/c", "a/-", "a b/c", "a/b 3f2a ~", "a*", "a/*/b", "ä/ö"] {
        let message = refused(&Filter { services: texts([text]), ..Filter::default() }, Table::Requests);
        assert_eq!(
            message,
            format!("--service {text}: not a service\nhint: expected NAMESPACE/NAME, such as checkout/checkout-api")
        );
    }
}

#[test]
fn hosts_and_paths() {
    let hosts = |text: &str| Filter { hosts: texts([text]), ..Filter::default() };
    let paths = |text: &str| Filter { paths: texts([text]), ..Filter::default() };
    let none = TargetGroups::default();
    let of = |filter: Filter| written(&filter, Table::Requests, &none).remove(0);
    assert_eq!(of(hosts("Shop.Example.com")), "lower(url_extract_host(request_url)) = 'shop.example.com'");
    assert_eq!(of(hosts("*.Example.com")), r"lower(url_extract_host(request_url)) LIKE '%.example.com' ESCAPE '\'");
    for text in ["::1", "[::1]"] {
        assert_eq!(of(hosts(text)), "lower(url_extract_host(request_url)) = '[::1]'");
    }
    for text in
        ["", "https://shop.example.com", "shop.example.com/cart", "shop.example.com:8443", "a b", "me@host", ":"]
    {
        assert!(refused(&hosts(text), Table::Requests).starts_with(&format!("--host {text}: not a host\nhint: ")));
    }
    assert_eq!(of(paths("/api/orders")), "url_extract_path(request_url) = '/api/orders'");
    assert_eq!(of(paths("/api/*")), r"url_extract_path(request_url) LIKE '/api/%' ESCAPE '\'");
    assert_eq!(of(paths("*/100%_a")), r"url_extract_path(request_url) LIKE '%/100\%\_a' ESCAPE '\'");
    // As the URL has it, and as the path is compared.
    assert_eq!(of(paths("/a%20b/%C3%A4%2a")), "url_extract_path(request_url) = '/a b/ä*'");
    assert_eq!(of(paths("/100%25/%2A*")), r"url_extract_path(request_url) LIKE '/100\%/*%' ESCAPE '\'");
    for odd in ["/%", "/%4", "/%zz", "/%+1", "/%ä"] {
        assert_eq!(of(paths(odd)), format!("url_extract_path(request_url) = '{odd}'"));
    }
    assert_eq!(of(paths("/%ff")), "url_extract_path(request_url) = '/\u{fffd}'");
    for text in ["", "api", "https://shop.example.com/"] {
        assert!(refused(&paths(text), Table::Requests).starts_with(&format!("--path {text}: not a path\nhint: ")));
    }
    assert!(refused(&paths("/a?b=1"), Table::Requests).contains("query string"));
}

#[test]
fn networks_of_ipv4_are_beginnings_and_a_number() {
    let of = |text: &str| {
        let filter = Filter { clients: vec![text.parse().unwrap()], ..Filter::default() };
        written(&filter, Table::Requests, &TargetGroups::default()).remove(0)
    };
    assert_eq!(of("10.0.0.0/8"), "client_ip LIKE '10.%'");
    assert_eq!(of("10.1.2.0/24"), "client_ip LIKE '10.1.2.%'");
    assert_eq!(of("10.1.2.3"), "client_ip = '10.1.2.3'");
    assert_eq!(
        of("10.1.16.0/20"),
        "client_ip LIKE '10.1.%' AND try_cast(split_part(client_ip, '.', 3) AS integer) BETWEEN 16 AND 31"
    );
    assert_eq!(of("0.0.0.0/0"), "strpos(client_ip, ':') = 0");
    assert_eq!(
        of("2000::/3"),
        "strpos(client_ip, ':') > 0 AND lpad(lower(split_part(client_ip, ':', 1)), 4, '0') BETWEEN '2000' AND '3fff'"
    );
}
