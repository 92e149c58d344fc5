use proptest::prelude::*;

use super::*;
use crate::serve::words;

fn read(query: &str) -> Filters {
    Filters::read(query).unwrap()
}

#[test]
fn an_address_is_the_flags_of_a_report() {
    let filters = read("service=checkout/checkout-api&status=5xx&status=404&since=2h");
    assert_eq!(
        filters.href("/report/errors"),
        "/report/errors?service=checkout/checkout-api&status=5xx&status=404&since=2h"
    );
    assert_eq!(Filters::default().href("/"), "/");
}

#[test]
fn what_a_form_writes_is_read() {
    let filters = read("path=%2Fa+b%26c&until=&host=&client=2001%3Adb8%3A%3A%2F32");
    let values: Vec<_> = filters.iter().collect();
    assert_eq!(values, [(Key::Path, "/a b&c"), (Key::Client, "2001:db8::/32")]);
}

#[test]
fn unknown_parameters_are_named() {
    let message = Filters::read("servce=a").unwrap_err().to_string();
    assert_eq!(message, "no parameter is named servce\nhint: did you mean service?");
    let message = Filters::read("%1b%5b2J=1").unwrap_err().to_string();
    assert!(message.starts_with(r"no parameter is named \x1B[2J"), "{message}");
    for flag in ["output", "engine", "cache", "watch", "show-sql", "inventory", "memory", "format", "kind"] {
        assert!(Filters::read(&format!("{flag}=x")).is_err(), "{flag}");
    }
    assert_eq!(
        Filters::read("since=1h&since=2h").unwrap_err().to_string(),
        "since takes one value, and the address has several"
    );
}

#[test]
fn times_that_contradict_each_other_are_replaced() {
    let filters = read("since=2h&host=a");
    assert_eq!(filters.with(Key::Around, "02:55").href(""), "?host=a&around=02:55");
    assert_eq!(filters.with(Key::Until, "1h").href(""), "?since=2h&host=a&until=1h");
    assert_eq!(filters.with(Key::At, "02:55").href(""), "?host=a&at=02:55");
    assert_eq!(filters.with(Key::Since, "1h").href(""), "?host=a&since=1h");
}

#[test]
fn rows_are_narrowed_and_widened() {
    let filters = read("status=502&status=504");
    assert_eq!(filters.less(Key::Status, "502").href("/"), "/?status=504");
    assert_eq!(filters.with(Key::Status, "504"), filters);
    assert_eq!(filters.only(Key::Status, "4xx").href("/"), "/?status=4xx");
    assert_eq!(
        read("by=host&source=prod&tz=UTC&top=3&host=a&since=1h").shared().href(""),
        "?source=prod&tz=UTC&host=a&since=1h"
    );
}

#[test]
fn commands_to_type_next_are_addresses() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (name, filters) =
        Filters::of_command(&words("albstats report trace 1-a-b --from ./logs --status=-5 --since 1h")).unwrap();
    assert_eq!((name.as_str(), filters.href("").as_str()), ("trace", "?what=1-a-b&status=-5&since=1h"));
    for other in
        ["kubectl get pods", "albstats query x", "albstats report errors --fail-if x", "albstats report --help x"]
    {
        assert_eq!(Filters::of_command(&words(other)), None, "{other}");
    }
}

#[test]
fn every_parameter_is_a_flag_that_may_come_from_elsewhere() {
    for key in Key::ALL.into_iter().filter(|key| *key != Key::Source) {
        let words = words::of_report("errors", &[(key.name().to_owned(), "x".to_owned())]).unwrap();
        assert_eq!(words.len(), 2, "{words:?}");
    }
}

fn any_filters() -> impl Strategy<Value = Filters> {
    let pair = (prop::sample::select(Key::ALL.to_vec()), "(-|--|=|&|\\+|%|#|\\?|'|\u{202e}|\\PC|\n){1,6}");
    prop::collection::vec(pair, 0..8)
        .prop_map(|pairs| pairs.iter().fold(Filters::default(), |filters, (key, value)| filters.with(*key, value)))
}

proptest! {
    #[test]
    fn an_address_is_read_back(filters in any_filters()) {
        let href = filters.href("/report/errors");
        prop_assert!(href.is_ascii() && !href.contains(['"', '\'', '<', '>', ' ', '#']));
        let (path, query) = href.split_once('?').unwrap_or((&href, ""));
        prop_assert_eq!(path, "/report/errors");
        prop_assert_eq!(Filters::read(query).unwrap(), filters);
    }

    #[test]
    fn reading_is_total(query in "\\PC{0,40}") {
        let _ = Filters::read(&query);
    }

    /// What the command line says under a panel is what the page was asked for.
    #[test]
    fn a_command_of_filters_is_those_filters(filters in any_filters()) {
        let filters = filters.without(Key::Source);
        prop_assume!(filters.get(Key::What).is_none_or(|what| !what.starts_with('-')));
        let words = words::of_report("errors", &filters.pairs()).unwrap();
        let command = ["albstats", "report"].into_iter().map(str::to_owned).chain(words::typed(&words)).collect::<Vec<_>>();
        let (name, read) = Filters::of_command(&command).unwrap();
        prop_assert_eq!(name, "errors");
        let sorted = |filters: Filters| { let mut all = filters.0; all.sort(); all };
        prop_assert_eq!(sorted(read), sorted(filters));
    }
}
