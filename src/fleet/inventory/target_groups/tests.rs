use std::collections::BTreeSet;

use arrow::array::{Array, AsArray};
use proptest::prelude::*;

use super::table::schema;
use super::*;

const REPORTING: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-legacy-reportin-0a1b2c3d4e/73e2d6bc24d8a067";
const DEX: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-auth-dex-ffffffffff/a3e2d6bc24d8a067";
const LAMBDA: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/thumbnailer/b3e2d6bc24d8a067";

fn entry(arn: &str, namespace: &str, service: &str) -> Entry {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Entry { arn: arn.to_owned(), namespace: some(namespace), service: some(service), ..Entry::default() }
}

fn arn(name: &str, id: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{name}/{id}")
}

#[test]
fn names_tell_what_they_can() {
    let nothing = TargetGroups::default();
    for (arn, shown) in [
        (REPORTING, "legacy/reportin… ~"),
        (DEX, "auth/dex ~"),
        (LAMBDA, "thumbnailer"),
        (
            "arn:aws-cn:elasticloadbalancing:cn-north-1:1:targetgroup/k8s-checkout-checkout-0123456789/1",
            "checkout…/checkout… ~",
        ),
        // As written before there were ids, or cut by whoever made the line anonymous.
        ("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/AtlantisWeb", "AtlantisWeb"),
        // A name alone, as health check logs have it.
        ("k8s-auth-dex-ffffffffff", "auth/dex ~"),
        ("HCLogsTestIPs", "HCLogsTestIPs"),
        // Almost, but not made by the controller.
        ("k8s-auth-dex-fffffffff", "k8s-auth-dex-fffffffff"),
        ("k8s-auth-dex-FFFFFFFFFF", "k8s-auth-dex-FFFFFFFFFF"),
        ("k8s-auth-dex-fffffffff-", "k8s-auth-dex-fffffffff-"),
        ("k8s-auth-my-dex-ffffffffff", "k8s-auth-my-dex-ffffffffff"),
        ("k8s--dex-ffffffffff", "k8s--dex-ffffffffff"),
        ("k8s-authentication-dex-ffffffffff", "k8s-authentication-dex-ffffffffff"),
        ("k8s-team-0f9e8d7c6b", "k8s-team-0f9e8d7c6b"),
        // No ARN of a target group: as it is.
        ("", ""),
        ("-", "-"),
        ("what is this?", "what is this?"),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/",
            "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/",
        ),
        (
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/1",
            "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/shop/1",
        ),
    ] {
        assert_eq!(nothing.display(arn).to_string(), shown);
        assert_eq!(nothing.display(arn).guessed, shown.ends_with('~'), "{arn}");
    }
}

#[test]
fn an_inventory_has_the_full_truth() {
    let groups: TargetGroups =
        [entry(REPORTING, "legacy", "reporting-api"), entry(DEX, "", "dex"), entry(LAMBDA, "media", "thumbs")]
            .into_iter()
            .collect();
    assert_eq!(groups.display(REPORTING).to_string(), "legacy/reporting-api");
    assert_eq!(groups.display(LAMBDA).to_string(), "media/thumbs");
    // Half of the truth is none.
    assert_eq!(groups.display(DEX).to_string(), "auth/dex ~");
    assert_eq!(groups.display("k8s-legacy-reportin-0a1b2c3d4e").to_string(), "legacy/reporting-api");
    // Another one that is not listed.
    assert_eq!(groups.display(&arn("k8s-legacy-reportin-1111111111", "1")).to_string(), "legacy/reportin… ~");
}

#[test]
fn a_name_alone_is_looked_up_only_if_it_says_which() {
    let [one, two, three] = ["1", "2", "3"].map(|id| arn("web", id));
    let groups = |entries: &[Entry]| -> TargetGroups { entries.iter().cloned().collect() };
    let same = [entry(&one, "shop", "web"), entry(&two, "shop", "web")];
    assert_eq!(groups(&same).display("web").to_string(), "shop/web");
    let differ = [entry(&one, "shop", "web"), entry(&two, "blog", "web")];
    assert_eq!(groups(&differ).display("web").to_string(), "web");
    let unknown = [entry(&one, "shop", "web"), entry(&three, "", "")];
    assert_eq!(groups(&unknown).display("web").to_string(), "web");
}

fn names_of(groups: &TargetGroups, arns: &[&str]) -> Vec<String> {
    let names = groups.names(arns.iter().copied());
    arns.iter().map(|arn| names[*arn].clone()).collect()
}

#[test]
fn target_groups_that_are_called_the_same_are_told_apart() {
    let nothing = TargetGroups::default();
    let [one, two] = ["aaaa111111", "aaaa122222"].map(|hash| arn(&format!("k8s-shop-web-{hash}"), "73e2d6bc24d8a067"));
    assert_eq!(names_of(&nothing, &[&one, &two, DEX]), ["shop/web aaaa11 ~", "shop/web aaaa12 ~", "auth/dex ~"]);
    // Alone it needs nothing.
    assert_eq!(names_of(&nothing, &[&one, &one]), ["shop/web ~", "shop/web ~"]);
    let [old, new] = ["73e2d6bc24d8a067", "83e2d6bc24d8a067"].map(|id| arn("thumbnailer", id));
    assert_eq!(names_of(&nothing, &[&old, &new]), ["thumbnailer 73e2", "thumbnailer 83e2"]);
    // The same name in two accounts.
    let other = one.replace("73e2d6bc24d8a067", "93e2d6bc24d8a067").replace(":1:", ":2:");
    assert_eq!(names_of(&nothing, &[&one, &other]), ["shop/web 73e2 ~", "shop/web 93e2 ~"]);
    // Nothing short differs.
    let twin = one.replace(":1:", ":2:");
    assert_eq!(names_of(&nothing, &[&one, &twin]), [one.clone(), twin]);
    let listed: TargetGroups = [entry(&one, "shop", "web"), entry(&two, "shop", "web")].into_iter().collect();
    assert_eq!(names_of(&listed, &[&one, &two]), ["shop/web aaaa11", "shop/web aaaa12"]);
    // A guess and the truth differ by the mark.
    let listed: TargetGroups = std::iter::once(entry(&one, "shop", "web")).collect();
    assert_eq!(names_of(&listed, &[&one, &two]), ["shop/web", "shop/web ~"]);
}

#[test]
fn what_happens_to_look_like_a_name_is_told_apart_too() {
    let one = arn("k8s-shop-web-aaaa111111", "1");
    let listed: TargetGroups = std::iter::once(entry(&one, "shop", "web")).collect();
    assert_eq!(names_of(&listed, &[&one, "shop/web"]), ["shop/web aaaa", "shop/web"]);
    assert_eq!(names_of(&listed, &[&one, "shop/web", "shop/web aaaa"]), [&one, "shop/web", "shop/web aaaa"]);
}

proptest! {
    #[test]
    fn no_two_have_one_name(arns in prop::collection::btree_set(
        prop_oneof![
            3 => "arn:aws:elasticloadbalancing:[ab]:[12]:targetgroup/(k8s-a-b-00000000[01]{2}|web)(/[ab]{0,5})?",
            1 => "a/b( ~| 0000| aaaa|a)?",
            1 => "[a:/ ~-]{0,4}",
        ], 0..12)) {
        let first = arns.iter().next().cloned().unwrap_or_default();
        for groups in [TargetGroups::default(), std::iter::once(entry(&first, "a", "b")).collect()] {
            let names = groups.names(arns.iter().map(String::as_str));
            prop_assert_eq!(names.keys().collect::<Vec<_>>(), arns.iter().collect::<Vec<_>>());
            let distinct: BTreeSet<&String> = names.values().collect();
            prop_assert_eq!(distinct.len(), arns.len(), "{:?}", names);
        }
    }

    #[test]
    fn anything_can_be_shown(text in "(k8s-|arn:|targetgroup/|\\PC){0,6}") {
        let _ = TargetGroups::default().display(&text).to_string();
    }
}

#[test]
fn the_controllers_way_to_shorten() {
    for (whole, part) in [
        ("checkout-api", "checkout"),
        ("a-b-c", "abc"),
        ("kube-system", "kubesyst"),
        ("x", "x"),
        ("---", ""),
        ("ä1", "1"),
    ] {
        assert_eq!(GeneratedName::part(whole), part);
    }
}

#[test]
fn as_a_table() {
    let ingress = Entry { ingress: Some("public".to_owned()), ..entry(REPORTING, "legacy", "reporting-api") };
    let groups: TargetGroups = [ingress, entry(DEX, "auth", "")].into_iter().collect();
    let batch = groups.batch().unwrap();
    assert_eq!(batch.schema(), schema());
    let text = |index: usize| {
        let column = batch.column(index).as_string_view();
        column.iter().map(|value| value.unwrap_or("NULL").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(text(0), [DEX, REPORTING]);
    assert_eq!(text(1), ["auth", "legacy"]);
    assert_eq!(text(2), ["NULL", "reporting-api"]);
    assert_eq!(text(3), ["NULL", "public"]);
    assert_eq!(TargetGroups::default().batch().unwrap().column(0).len(), 0);
}
