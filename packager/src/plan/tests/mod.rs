//! Plans of any source, and of the usual ones.

mod grid;
mod picture;
mod settings;
mod tracks;

use std::collections::BTreeSet;

use config::settings::{Encode, Settings};
use media::time::FrameRate;
use proptest::prelude::*;

use super::*;
use crate::source::samples::{audio as sound, mezzanine as source};
use crate::source::{Scan, SourceInfo, SyncPoint, VideoSource};
use media::color::{Cicp, Declared, HighRange};

fn video(source: &mut SourceInfo) -> &mut VideoSource {
    source.video.as_mut().unwrap()
}

fn encode() -> Encode {
    Settings::default().encode
}

fn plan_of(change: impl FnOnce(&mut SourceInfo)) -> Plan {
    let mut source = source();
    change(&mut source);
    plan(&source, &encode())
}

fn any_rate() -> impl Strategy<Value = FrameRate> {
    let usual = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"];
    let usual = proptest::sample::select(usual.to_vec()).prop_map(|text| text.parse().unwrap());
    let other = (1u32..=60_000, 1u32..=1001).prop_filter_map("from 1 to 60", |(num, den)| {
        FrameRate::new(num, den).filter(|rate| rate.num() <= 60 * rate.den())
    });
    prop_oneof![usual, other]
}

fn any_source() -> impl Strategy<Value = SourceInfo> {
    let size = (16u32..=8192, 16u32..=8192).prop_filter("no strip", |(a, b)| *a <= 20 * b && *b <= 20 * a);
    let picture = (size, any_rate(), 0u64..200_000_000);
    let times = (-10_000_000i64..10_000_000, 0i64..4_000_000_000, -5_000_000i64..5_000_000, 0i64..4_000_000_000);
    let tracks = proptest::collection::vec((1u32..=24, proptest::sample::select(vec!["en", "de", "und"])), 0..4);
    let codec = proptest::sample::select(vec!["h264", "hevc", "mpeg2video", "av1", "prores"]);
    (picture, times, tracks, codec, any::<bool>()).prop_map(|(picture, times, tracks, codec, seekable)| {
        let mut info = source();
        let shown = video(&mut info);
        ((shown.width, shown.height), shown.rate, shown.bit_rate) = picture;
        shown.codec = codec.into();
        (shown.start_us, shown.end_us) = (times.0, times.0 + times.1);
        info.seekable = seekable;
        info.audio = (1..).zip(tracks).map(|(index, (channels, language))| sound(index, channels, language)).collect();
        for track in &mut info.audio {
            (track.start_us, track.end_us) = (times.2, times.2 + times.3);
        }
        info
    })
}

fn any_settings() -> impl Strategy<Value = Encode> {
    (1u32..=10, 1u32..=30, 1u32..=1000).prop_map(|(gop_seconds, segment_gops, chunk_segments)| Encode {
        gop_seconds,
        segment_gops,
        chunk_segments,
        ..encode()
    })
}
