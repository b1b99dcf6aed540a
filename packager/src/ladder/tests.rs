//! Ladders of the usual pictures.

use config::settings::Settings;

use super::*;
use crate::source::samples::video;

fn encode() -> Encode {
    Settings::default().encode
}

/// Each rung as `WIDTHxHEIGHT@KBIT/S`, lowest first.
fn ladder(video: &VideoSource) -> String {
    let rungs = choose(video, &encode()).into_iter().filter_map(|choice| choice.rung);
    let shown = rungs.map(|rung| format!("{}x{}@{}", rung.width, rung.height, rung.bit_rate / 1000));
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_mezzanine_gets_all_that_its_size_allows() {
    let table = [
        (
            (1920, 1080),
            "416x234@145 640x360@365 768x432@730 768x432@1100 960x540@2000 1280x720@3000 1280x720@4500 \
             1920x1080@6000 1920x1080@7800",
        ),
        (
            (3840, 2160),
            "416x234@145 640x360@365 768x432@730 768x432@1100 960x540@2000 1280x720@3000 1280x720@4500 \
             1920x1080@6000 1920x1080@7800 2560x1440@12000 3840x2160@22000",
        ),
        (
            (2560, 1440),
            "416x234@145 640x360@365 768x432@730 768x432@1100 960x540@2000 1280x720@3000 1280x720@4500 \
             1920x1080@6000 1920x1080@7800 2560x1440@12000",
        ),
        // Almost a row's size is that row, never enlarged.
        (
            (1916, 1074),
            "414x232@145 640x358@365 768x430@730 768x430@1100 960x538@2000 1280x718@3000 1280x718@4500 \
             1916x1074@6000 1916x1074@7800",
        ),
        // A phone held upright.
        ((720, 1280), "234x416@145 360x640@365 432x768@730 432x768@1100 540x960@2000 720x1280@3000 720x1280@4500"),
        // Standard definition lies between rows: its own size is a rung.
        ((640, 480), "312x234@145 480x360@365 576x432@730 576x432@1100 640x480@1475"),
        ((768, 432), "416x234@145 640x360@365 768x432@730 768x432@1100"),
        // Below the table.
        ((320, 180), "320x180@145"),
        ((160, 120), "160x120@145"),
        ((16, 16), "16x16@145"),
    ];
    for ((width, height), expected) in table {
        assert_eq!(ladder(&video(width, height, "prores", 1)), expected, "{width}x{height}");
    }
}

#[test]
fn wide_films_stand_where_their_width_puts_them() {
    let ladder = choose(&video(1920, 800, "prores", 1), &encode());
    let rungs: Vec<_> = ladder.into_iter().filter_map(|choice| choice.rung).collect();
    let top = rungs.last().unwrap();
    assert_eq!((top.name.as_str(), top.width, top.height), ("1080p-7800", 1920, 800));
    assert_eq!(rungs.len(), 9);
}

#[test]
fn what_the_source_spends_bounds_what_its_copies_may() {
    let table = [
        // 1.93 Mb/s: one rung a height, each cut to what is in it.
        (("h264", 1_927_630), "416x234@145 640x360@365 768x432@730 960x540@1022 1280x720@1573 1920x1080@2891"),
        // As many bits of MPEG-2 hold less, of HEVC more.
        (("mpeg2video", 1_927_630), "416x234@145 640x360@296 768x432@390 960x540@545 1280x720@839 1920x1080@1542"),
        (
            ("hevc", 1_927_630),
            "416x234@145 640x360@365 768x432@730 768x432@1100 960x540@1703 1280x720@2623 1920x1080@4819",
        ),
        // A slide show moves at times: a quarter of each rate stays.
        (("h264", 20_000), "416x234@50 640x360@91 768x432@182 960x540@500 1280x720@750 1920x1080@1500"),
    ];
    for ((codec, bit_rate), expected) in table {
        assert_eq!(ladder(&video(1920, 1080, codec, bit_rate)), expected, "{codec} {bit_rate}");
    }
}

#[test]
fn every_row_has_its_choice_and_its_reason() {
    let choices = choose(&video(1920, 1080, "h264", 1_927_630), &encode());
    let why = |name: &str| {
        let found = choices.iter().find(|choice| format!("{}p-{}", choice.height, choice.bit_rate / 1000) == name);
        found.map(|choice| (choice.rung.is_some(), choice.why.as_str())).unwrap()
    };
    assert_eq!(choices.len(), TABLE.len());
    assert_eq!(why("1080p-7800"), (false, "the source's own rate is worth 2891 kb/s at this size"));
    assert_eq!(why("1080p-6000").1, "the table's 6000 kb/s, cut to what the source's own rate is worth");
    assert_eq!(why("234p-145"), (true, "the table's"));
    let small = choose(&video(640, 480, "h264", 10_000_000), &encode());
    assert!(small.iter().any(|choice| choice.rung.is_none() && choice.why == "larger than the source, 640x480"));
    assert!(small.iter().any(|choice| choice.height == 480 && choice.rung.is_some()));
}

#[test]
fn the_settings_may_ask_for_rungs_and_bound_them() {
    let rungs = |size: (u32, u32), change: &dyn Fn(&mut Encode)| {
        let mut encode = encode();
        change(&mut encode);
        let choices = choose(&video(size.0, size.1, "h264", 1_000_000), &encode).into_iter();
        let rungs = choices.filter_map(|choice| choice.rung);
        rungs
            .map(|rung| format!("{} {}x{} {}", rung.name, rung.width, rung.height, rung.rate.crf_tenths))
            .collect::<Vec<_>>()
    };
    let asked = |encode: &mut Encode| encode.rungs = ["2160p-9000", "720p-5000", "720p-2500"].map(Into::into).into();
    assert_eq!(rungs((1920, 1080), &asked), ["720p-2500 1280x720 235", "720p-5000 1280x720 210"]);
    assert_eq!(rungs((320, 180), &asked), ["180p-2500 320x180 250"]);
    let bounded = |encode: &mut Encode| {
        (encode.max_height, encode.max_kbps, encode.crf_offset) = (720, 400, -2);
    };
    assert_eq!(rungs((1920, 1080), &bounded), ["234p-145 416x234 230", "360p-288 640x360 225", "432p-379 768x432 215"]);
    let nothing = |encode: &mut Encode| encode.max_height = 144;
    assert_eq!(rungs((1920, 1080), &nothing).len(), 1);
}
