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
use crate::source::samples::{any_source, audio as sound, mezzanine as source};
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

fn any_settings() -> impl Strategy<Value = Encode> {
    (1u32..=10, 1u32..=30, 1u32..=1000).prop_map(|(gop_seconds, segment_gops, chunk_segments)| Encode {
        gop_seconds,
        segment_gops,
        chunk_segments,
        ..encode()
    })
}
