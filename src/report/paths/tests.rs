//! What is learned from paths, and what becomes of them.

use arrow::array::{Array, AsArray, StringArray};
use arrow::compute::kernels::regexp::regexp_match;

use super::learn::{LearnedPattern, learn};

/// As the statement applies a pattern: three times, `$1/:id$2`.
fn applied(pattern: &str, path: &str) -> String {
    let mut path = path.to_owned();
    for _ in 0..3 {
        let paths = StringArray::from(vec![path.as_str()]);
        let groups = regexp_match(&paths, &StringArray::new_scalar(pattern), None).unwrap();
        if groups.is_null(0) {
            break;
        }
        let groups = groups.as_list::<i32>().value(0);
        path = format!("{}/:id{}", groups.as_string::<i32>().value(0), groups.as_string::<i32>().value(1));
    }
    path
}

fn of(paths: &[(String, u64)]) -> Option<LearnedPattern> {
    learn(paths.iter().map(|(path, requests)| (path.as_str(), *requests)))
}

/// `a-0`, `a-1`, … as words without digits.
fn words(count: usize) -> impl Iterator<Item = String> {
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap());
    (0..count).map(move |number| format!("{}{}{}-lamp", letter(number), letter(number / 26), letter(number / 676)))
}

fn places(learned: &LearnedPattern) -> Vec<(&str, usize)> {
    learned.places.iter().map(|place| (place.before.as_str(), place.values)).collect()
}

#[test]
fn slugs_are_values_and_names_among_them_are_not() {
    let mut paths: Vec<(String, u64)> = words(300).map(|word| (format!("/products/{word}"), 9)).collect();
    paths.extend([("/products/search".to_owned(), 40_000), ("/products/new".to_owned(), 900)]);
    paths.extend(["/", "/cart", "/v1/api", "/login"].map(|path| (path.to_owned(), 5000)));
    let learned = of(&paths).unwrap();
    assert_eq!(places(&learned), [("/products", 300)]);
    assert_eq!(learned.names.iter().map(String::as_str).collect::<Vec<_>>(), ["new", "search"]);
    for (path, template) in [
        ("/products/abc-lamp", "/products/:id"),
        ("/products/never-seen", "/products/:id"),
        ("/products/never%20seen.html/reviews", "/products/:id.html/reviews"),
        ("/products/search", "/products/search"),
        ("/products/searches", "/products/:id"),
        ("/products/sea", "/products/:id"),
        ("/products/new/", "/products/new/"),
        ("/products/ne", "/products/:id"),
        ("/products/news", "/products/:id"),
        ("/products/", "/products/"),
        ("/products", "/products"),
        ("/v1/products/x", "/v1/products/x"),
        ("/cart", "/cart"),
        ("/", "/"),
        ("", ""),
        ("*", "*"),
    ] {
        assert_eq!(applied(&learned.pattern, path), template, "{path}: {}", learned.pattern);
    }
}

#[test]
fn values_below_values() {
    let mut paths = Vec::new();
    for shop in words(60) {
        paths.extend(words(250).map(|product| (format!("/s/{shop}/p/{product}/reviews"), 1)));
        paths.push((format!("/s/{shop}/about"), 3));
    }
    let learned = of(&paths).unwrap();
    // Sixty shops, each visited hundreds of times, may be a menu; more of them, or rarer ones, are not.
    assert_eq!((learned.places.len(), learned.places[0].before.as_str()), (60, "/s/aaa-lamp/p"));
    paths.extend(words(260).map(|shop| (format!("/s/{shop}/about"), 1)));
    let learned = of(&paths).unwrap();
    assert_eq!(places(&learned), [("/s", 260), ("/s/:id/p", 250)]);
    assert_eq!(applied(&learned.pattern, "/s/any/p/thing/reviews"), "/s/:id/p/:id/reviews");
    assert_eq!(applied(&learned.pattern, "/s/any/about"), "/s/:id/about");
}

#[test]
fn a_few_words_are_names_unless_most_are_rare() {
    let endpoints: Vec<_> = words(120).map(|word| (format!("/api/{word}"), 700)).collect();
    assert_eq!(of(&endpoints), None);
    let mut users: Vec<_> = words(120).map(|word| (format!("/~/{word}"), 1)).collect();
    assert_eq!(places(&of(&users).unwrap()), [("/~", 120)]);
    users.truncate(39);
    assert_eq!(of(&users), None);
}

#[test]
fn popular_values_are_no_names() {
    // As often as 1/rank.
    let paths: Vec<_> = words(400).zip(1_u64..).map(|(word, rank)| (format!("/c/{word}"), 100_000 / rank)).collect();
    let learned = of(&paths).unwrap();
    assert_eq!(places(&learned), [("/c", 400)]);
    assert!(learned.names.is_empty());
}

#[test]
fn extensions_that_say_what_it_is_stay() {
    let mut paths: Vec<_> = words(300).map(|word| (format!("/media/{word}.webp"), 3)).collect();
    paths.extend(words(300).map(|word| (format!("/u/{word}.doe"), 3)));
    paths.push(("/media/index.html".to_owned(), 5000));
    let learned = of(&paths).unwrap();
    assert_eq!(places(&learned), [("/media", 300), ("/u", 300)]);
    for (path, template) in [
        ("/media/a.webp", "/media/:id.webp"),
        ("/media/a.b.c.webp", "/media/:id.webp"),
        ("/media/:id.:id.webp", "/media/:id.webp"),
        ("/media/a.webp/original", "/media/:id.webp/original"),
        ("/media/index.html", "/media/index.html"),
        ("/media/.webp", "/media/:id"),
        ("/u/john.doe", "/u/:id"),
    ] {
        assert_eq!(applied(&learned.pattern, path), template, "{path}: {}", learned.pattern);
    }
}

#[test]
fn places_hold_what_they_like() {
    let odd = r"/a+b(c)/[d]\x22{2}^$.*|?é";
    let paths: Vec<_> = words(300).map(|word| (format!("{odd}/{word}"), 1)).collect();
    let learned = of(&paths).unwrap();
    assert_eq!(places(&learned), [(odd, 300)]);
    assert_eq!(applied(&learned.pattern, &format!("{odd}/x/y")), format!("{odd}/:id/y"));
    assert_eq!(applied(&learned.pattern, "/aab(c)/x"), "/aab(c)/x");
}

#[test]
fn whoever_asks_for_anything_costs_little() {
    let long = "é".repeat(4000);
    let deep = "/a".repeat(4000);
    let mut paths: Vec<_> = words(10_000).map(|word| (format!("/{word}/{word}{long}{deep}"), 1)).collect();
    paths.extend((0..200_u8).map(|byte| (format!("/x/{}", char::from(byte)), 1)));
    paths.extend(["", "/", "//", "///", "no-slash", ":id", "/:id/:id"].map(|path| (path.to_owned(), 1)));
    let learned = of(&paths).unwrap();
    assert!(learned.pattern.len() < 20_000, "{}", learned.pattern.len());
    assert_eq!(applied(&learned.pattern, "//"), "//");
}

#[test]
fn the_beginning_of_paths_is_a_place_too() {
    let mut paths: Vec<_> = words(300).map(|word| (format!("/{word}"), 1)).collect();
    paths.extend(["/login", "/api/v2/users", "/.well-known/x"].map(|path| (path.to_owned(), 3000)));
    let learned = of(&paths).unwrap();
    assert_eq!(places(&learned), [("", 300)]);
    for (path, template) in [
        ("/", "/"),
        ("/someone", "/:id"),
        ("/someone/repository", "/:id/repository"),
        ("/login", "/login"),
        ("/api/v2/users", "/api/v2/users"),
        ("/.well-known/x", "/.well-known/x"),
    ] {
        assert_eq!(applied(&learned.pattern, path), template, "{path}: {}", learned.pattern);
    }
}

#[test]
fn all_reports_take_the_same_for_an_id() {
    let of = |name: &str| {
        let file = crate::report::library::find(name).unwrap();
        file.parameter("ids").unwrap().default.clone().unwrap()
    };
    assert_eq!(of("paths"), of("compare"));
    assert_eq!(of("paths"), of("bytes"));
}
