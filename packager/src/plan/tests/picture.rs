//! Plans of the picture: its colour and its rate.

use super::*;

#[test]
fn color_is_complete_and_true() {
    let planned = |width, height, color: Declared| {
        let video = plan_of(|source| {
            let video = video(source);
            (video.width, video.height, video.color) = (width, height, color);
        })
        .video
        .unwrap();
        (video.source_color, video.tone_map, video.color)
    };
    let unknown = Declared::default;
    let same = |color: Cicp| (color, None, color);
    assert_eq!(planned(1920, 1080, unknown()), same(Cicp::BT709));
    assert_eq!(planned(1080, 1920, unknown()), same(Cicp::BT709));
    assert_eq!(planned(640, 480, unknown()), same(Cicp::BT601_525));
    assert_eq!(planned(1024, 576, unknown()), same(Cicp::BT601_625));

    let declared = Declared { matrix: Some(6), ..unknown() };
    assert_eq!(planned(1920, 1080, declared), same(Cicp { matrix: 6, ..Cicp::BT709 }));
    let rgb = Declared { matrix: Some(0), ..unknown() };
    assert_eq!(planned(1920, 1080, rgb), same(Cicp::BT709));
    // One part of BT.2020 brings the others.
    for wide in [Declared { primaries: Some(9), ..unknown() }, Declared { matrix: Some(9), ..unknown() }] {
        assert_eq!(planned(1920, 1080, wide), same(Cicp::BT2020));
    }
    let full = Declared { full_range: Some(true), ..unknown() };
    assert_eq!(planned(1920, 1080, full), (Cicp { full_range: true, ..Cicp::BT709 }, None, Cicp::BT709));
}

#[test]
fn high_range_is_known_by_its_transfer_alone() {
    let mapped = |transfer, peak| {
        let video = plan_of(|source| {
            video(source).color = Declared { transfer: Some(transfer), ..Declared::default() };
            video(source).peak = peak;
        })
        .video
        .unwrap();
        assert_eq!((video.source_color.primaries, video.source_color.matrix, video.color), (9, 9, Cicp::BT709));
        video.tone_map.map(|map| (map.from, map.peak))
    };
    assert_eq!(mapped(16, None), Some((HighRange::Pq, 1000)));
    assert_eq!(mapped(16, Some(635)), Some((HighRange::Pq, 635)));
    assert_eq!(mapped(16, Some(10_000)), Some((HighRange::Pq, 2000)));
    assert_eq!(mapped(18, Some(635)), Some((HighRange::Hlg, 1000)));
}

#[test]
fn fields_and_settings_decide_the_rate() {
    let planned = |scan, rate: &str, change: &dyn Fn(&mut Encode)| {
        let (mut source, mut encode) = (source(), encode());
        let shown = video(&mut source);
        (shown.scan, shown.rate) = (scan, rate.parse().unwrap());
        change(&mut encode);
        let plan = plan(&source, &encode);
        let video = plan.video.unwrap();
        (plan.grid.rate.to_string(), video.deinterlace, video.field_rate)
    };
    let asked = |way| move |encode: &mut Encode| encode.deinterlace = way;
    let field = asked(config::settings::Deinterlace::Field);
    let off = asked(config::settings::Deinterlace::Off);
    let unflagged = Scan::Unflagged { top_first: false };
    assert_eq!(planned(Scan::Interlaced, "25", &|_| ()), ("25".into(), Deinterlace::Flagged, false));
    assert_eq!(planned(Scan::Interlaced, "30000/1001", &field), ("60000/1001".into(), Deinterlace::Flagged, true));
    assert_eq!(planned(unflagged, "25", &field), ("50".into(), Deinterlace::All { top_first: false }, true));
    assert_eq!(planned(Scan::Progressive, "25", &field), ("25".into(), Deinterlace::Flagged, false));
    assert_eq!(planned(unflagged, "25", &off), ("25".into(), Deinterlace::Off, false));
    assert_eq!(planned(Scan::Progressive, "60", &|encode| encode.max_frame_rate = 30).0, "30");
    assert_eq!(planned(Scan::Progressive, "60000/1001", &|encode| encode.max_frame_rate = 25).0, "20000/1001");
    let asked = |encode: &mut Encode| encode.frame_rate = "30000/1001".into();
    assert_eq!(planned(Scan::Progressive, "60", &asked).0, "30000/1001");
    assert_eq!(planned(Scan::Progressive, "24", &asked).0, "24", "frames shown twice are no faster");
}
