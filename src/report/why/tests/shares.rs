//! Shares that are told are of the time of a burst, however long the bars are by which requests are counted.

use alblog::time::MINUTE;

use super::scene::{End, MINUTES, START, Scene};

const PODS: [&str; 4] = ["10.0.42.11:8080", "10.0.42.12:8080", "10.0.42.13:8080", "10.0.42.14:8080"];

/// Per cent of the requests that fail, as the conclusion about most failures tells it.
fn told(seconds: std::ops::Range<i64>, bar: i64) -> (f64, String) {
    let mut scene = Scene::new();
    scene.traffic(0..MINUTES, 600, &PODS, |scene, second, _| {
        if seconds.contains(&second) && scene.chance(300) { End::Said(503, 20) } else { End::Ok(30) }
    });
    let end = START + MINUTES * MINUTE;
    let seen = scene.see_in(START..end, end, bar * MINUTE);
    let text = seen.conclusions().into_iter().next().expect("a conclusion").2.text;
    let share = text.split(" %").next().and_then(|text| text.rsplit(' ').next()).and_then(|share| share.parse().ok());
    (share.unwrap_or_else(|| panic!("{text}")), seen.words())
}

#[test]
fn a_share_is_of_the_time_of_the_burst() {
    for seconds in [1500..2100, 1513..1748, 1571..1661, 1210..2321] {
        for bar in [1, 5, 10] {
            let (share, words) = told(seconds.clone(), bar);
            assert!((26.0..34.0).contains(&share), "{seconds:?} in bars of {bar} min: {share} %");
            let step = bar * 60;
            let of_bars = (seconds.start / step * step)..((seconds.end + step - 1) / step * step);
            let is_much_longer = (seconds.end - seconds.start) * 10 < (of_bars.end - of_bars.start) * 9;
            assert_eq!(words.contains("shares estimated of counts per"), is_much_longer, "{seconds:?}, {bar}: {words}");
        }
    }
}
