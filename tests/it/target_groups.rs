//! `--target-groups`: an inventory as a table.

use super::support::Workspace;

const CART: &str =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/k8s-shop-cart-0a1b2c3d4e/73e2d6bc24d8a067";
const OTHER: &str = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/other/83e2d6bc24d8a067";
const JOIN: &str = "SELECT g.namespace, g.service, g.ingress, count(r.time) AS requests FROM target_groups g \
     LEFT JOIN requests r ON r.target_group_arn = g.arn GROUP BY 1, 2, 3 ORDER BY 2";

fn logs() -> Workspace {
    let folder = Workspace::new();
    let line = |second: u32| {
        format!(
            "https 2026-11-20T10:00:0{second}.000000Z app/shop/50dc6c495c0c9188 192.0.2.7:40000 10.0.0.1:8080 0.000 0.020 \
             0.001 200 200 100 200 \"GET https://shop.example.com:443/ HTTP/1.1\" \"curl/8.5\" - - {CART} \"Root=1-a-b\"\n"
        )
    };
    folder.write("shop.log", line(1) + &line(2));
    folder
}

fn ask(folder: &Workspace, inventory: &str, sql: &str) -> super::support::Answer {
    folder.run(["query", "-q", "--format", "csv", "--from", "shop.log", "--target-groups", inventory, sql])
}

#[test]
fn an_inventory_is_a_table_whatever_its_format() {
    let folder = logs();
    folder.write(
        "a.csv",
        format!("\u{feff}service,arn,port,namespace,ingress\r\ncart-api,{CART},80,shop,public\r\nother,{OTHER},,,\r\n"),
    );
    let object = |arn: &str, rest: &str| format!(r#"{{"arn": "{arn}", {rest}}}"#);
    let one = object(CART, r#""namespace": "shop", "service": "cart-api", "ingress": "public""#);
    let two = object(OTHER, r#""namespace": null, "service": "other""#);
    folder.write("a.json", format!("[\n{one},\n{two}\n]\n"));
    // What it holds counts, not what it is called.
    folder.write("a.txt", format!("{two}\n{one}\n"));
    for inventory in ["a.csv", "a.json", "a.txt"] {
        let answer = ask(&folder, inventory, JOIN).done();
        assert_eq!(answer.rows(), ["shop,cart-api,public,2", ",other,,0"], "{inventory}");
        assert_eq!(answer.stderr, "");
    }
    let types = ask(&folder, "a.csv", "SELECT * FROM albstats.logs.target_groups ORDER BY arn LIMIT 1").done();
    assert_eq!(
        types.stdout,
        format!(
            "arn,namespace,service,ingress,route,port,cluster,name,derived\n{CART},shop,cart-api,public,,,,k8s-shop-cart-0a1b2c3d4e,\n"
        )
    );
    folder.write("empty.json", "[]");
    assert_eq!(ask(&folder, "empty.json", "SELECT count(*) FROM target_groups").done().value(), "0");
}

#[test]
fn the_table_can_only_be_read() {
    let folder = logs();
    folder.write("a.json", "[]");
    ask(&folder, "a.json", "DELETE FROM target_groups").exits(2).says("DELETE is not allowed");
}

#[test]
fn without_an_inventory_the_flag_is_named() {
    let folder = logs();
    let query = |sql: &str| folder.run(["query", "--from", "shop.log", sql]).exits(2);
    query("SELECT * FROM target_groups").says(
        "error: no table named target_groups\n  SELECT * FROM target_groups\n                ^^^^^^^^^^^^^\n\
         hint: albstats inventory keeps that table; or --target-groups FILE\n",
    );
    query("SELECT * FROM target_group").says("hint: did you mean target_groups?");
    query("SELECT * FROM pods").says("hint: the tables are requests, ");
}

#[test]
fn a_bad_inventory_is_told_before_anything_is_read() {
    let folder = logs();
    let refuse = |content: &str, says: &str| {
        folder.write("bad", content);
        let answer = ask(&folder, "bad", JOIN).exits(2).says(says);
        assert_eq!(answer.stdout, "");
    };
    refuse("arn,namespace\n", "error: bad:1: no column named service\nhint: ");
    refuse(&format!("arn,namespace,service\n{CART},shop,cart\n{CART},shop,api\n"), "error: bad:3: arn:aws:");
    refuse("[{\"arn\": \"\", \"namespace\": \"\",\n \"service\": \"\"}]", "error: bad:1: arn is empty");
    refuse("{\"TargetGroups\": []}", "error: bad:1: an object without \"arn\": it has TargetGroups\nhint: ");
    refuse("", "error: bad is empty\nhint: ");
    ask(&folder, "missing.csv", JOIN).exits(2).says("error: cannot read missing.csv: ");
}

#[test]
fn athena_has_no_such_table() {
    let folder = Workspace::new();
    let answer = folder.run(["query", "--engine", "athena", "--target-groups", "a.csv", "SELECT 1"]);
    answer.exits(2).says("--target-groups is for --engine local only");
}
