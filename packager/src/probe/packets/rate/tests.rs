//! Frames as cameras, films and screens make them.

use proptest::prelude::*;

use super::*;

/// Measures frames at these times.
fn at(ticks: &[i64], base: (u64, u64)) -> Option<Measured> {
    let mut intervals = Intervals::default();
    ticks.windows(2).for_each(|pair| intervals.add(pair[1] - pair[0]));
    let span = ticks.last()? - ticks.first()?;
    measure(&intervals, span, Ratio { num: base.0, den: base.1 })
}

/// Times of `count` frames at a rate, rounded to ticks of `1 / base` seconds.
fn frames(rate: (i64, i64), count: i64, base: i64) -> Vec<i64> {
    (0..count).map(|n| (n * rate.1 * base + rate.0 / 2) / rate.0).collect()
}

#[test]
fn constant_rates_survive_coarse_clocks() {
    let table = [
        ((24_000, 1001), "24000/1001"),
        ((24, 1), "24"),
        ((25, 1), "25"),
        ((30_000, 1001), "30000/1001"),
        ((30, 1), "30"),
        ((50, 1), "50"),
        ((60_000, 1001), "60000/1001"),
        ((60, 1), "60"),
        ((25, 2), "25/2"),
        ((15, 1), "15"),
        ((10, 1), "10"),
        ((15_000, 1001), "15000/1001"),
        ((120, 1), "60"),
        ((120_000, 1001), "60000/1001"),
        ((240, 1), "60"),
        ((144, 1), "48"),
        ((100, 1), "50"),
        ((90, 1), "45"),
        ((1, 5), "1"),
    ];
    for (rate, expected) in table {
        for base in [1000, 90_000, 1_000_000_000] {
            let measured = at(&frames(rate, 20 * rate.0 / rate.1 + 20, base), (1, base.unsigned_abs())).unwrap();
            let seen = (measured.rate.to_string(), measured.variable);
            assert_eq!(seen, (expected.to_owned(), false), "{rate:?} on 1/{base}");
        }
    }
}

#[test]
fn variable_rates_become_the_usual_one_that_they_are_near_or_the_next_below() {
    let table = [
        // Every seventh frame is missing; the others tell the rate, on any clock.
        ((30, 1), 7, "30"),
        ((30_000, 1001), 7, "30000/1001"),
        ((60, 1), 5, "60"),
        ((28, 1), 7, "25"),
        ((14, 1), 7, "25/2"),
        ((144, 1), 7, "60"),
    ];
    for (rate, missing, expected) in table {
        for base in [1000, 90_000] {
            let mut times = frames(rate, 2000, base);
            let mut at_frame = 0;
            times.retain(|_| {
                at_frame += 1;
                at_frame % missing != 0
            });
            let measured = at(&times, (1, base.unsigned_abs())).unwrap();
            assert_eq!(
                (measured.rate.to_string().as_str(), measured.variable),
                (expected, true),
                "{rate:?} on 1/{base}"
            );
        }
    }
}

/// Times whose intervals go through `steps`, over and over.
fn repeated(steps: &[i64], count: usize) -> Vec<i64> {
    let mut times = vec![0];
    for step in steps.iter().cycle().take(count) {
        times.push(times.last().unwrap() + step);
    }
    times
}

#[test]
fn rates_that_jitter_and_pulldown_keep_every_frame() {
    let table: [(&[i64], u64, &str); 11] = [
        // Phones: 29.84, 29.95, 59.76 and 24.92 frames a second, with jitter.
        (&[2900, 3016, 3132], 90_000, "30000/1001"),
        (&[2905, 3005, 3105], 90_000, "30000/1001"),
        (&[1431, 1506, 1581], 90_000, "60000/1001"),
        (&[3511, 3611, 3711], 90_000, "25"),
        (&[33, 34, 30, 37, 33], 1000, "30000/1001"),
        // Film with fields to repeat: two fields and three in turn, on a clock of milliseconds and on an exact one.
        (&[33, 50, 33, 51], 1000, "24000/1001"),
        (&[3003, 4505, 3003, 4504], 90_000, "24000/1001"),
        // A camera in the dark half of the time.
        (&[3000, 3000, 3000, 6000, 6000, 6000, 6000], 90_000, "30"),
        // Where a tick is a frame, and one of them is missing.
        (&[1, 1, 1, 1, 1, 1, 2], 25, "25"),
        // True lower rates, with jitter.
        (&[5000, 4800, 5200], 90_000, "18"),
        (&[8900, 9000, 9100], 90_000, "10"),
    ];
    for (steps, base, expected) in table {
        let measured = at(&repeated(steps, 1000), (1, base)).unwrap();
        assert_eq!((measured.rate.to_string().as_str(), measured.variable), (expected, true), "{steps:?}");
    }
}

#[test]
fn a_few_seconds_of_pulldown_are_film_whichever_frame_is_the_first() {
    for steps in [[3003, 4505], [4505, 3003]] {
        for count in [95, 96] {
            let rate = at(&repeated(&steps, count), (1, 90_000)).unwrap().rate;
            assert_eq!(rate.to_string(), "24000/1001", "{steps:?} {count}");
        }
    }
}

#[test]
fn a_single_frame_has_the_declared_rate_or_none() {
    assert_eq!(at(&[7], (1, 1000)), None);
    assert_eq!(declared(Some("30000/1001")).unwrap().to_string(), "30000/1001");
    assert_eq!(declared(Some("120/1")).unwrap().to_string(), "60");
    assert_eq!(declared(Some("0/0")), None);
    assert_eq!(declared(None), None);
}

proptest! {
    #[test]
    fn no_times_give_a_rate_that_may_not_be_published(
        steps in proptest::collection::vec(1i64..=i64::MAX / 128, 1..60),
        base in (1u64..=u32::MAX.into(), 1u64..=u32::MAX.into()),
    ) {
        let times: Vec<i64> = steps.iter().scan(0, |at, step| { *at += step; Some(*at) }).collect();
        if let Some(measured) = at(&times, base) {
            prop_assert!(measured.rate.num() <= 60 * measured.rate.den());
        }
    }
}
