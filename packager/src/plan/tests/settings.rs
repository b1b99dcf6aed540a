//! Settings of engineers, for all titles or for one.

use std::ffi::OsString;
use std::path::Path;

use config::settings::{Layer, resolve};

use super::*;
use crate::ffmpeg::argv;

/// The arguments of all ffmpegs.
fn asked(source: &SourceInfo, encode: &Encode) -> Vec<Vec<OsString>> {
    let (plan, nowhere) = (plan(source, encode), Path::new(""));
    let chunks = plan.grid.chunks();
    let video = plan.video.iter().flat_map(|video| {
        chunks.iter().map(|chunk| argv::video(nowhere, &plan, video, chunk, &encode.preset)).collect::<Vec<_>>()
    });
    video.chain([argv::audio(&plan)]).collect()
}

#[test]
fn each_setting_decides_the_same_in_the_file_and_for_one_title() {
    let mut source = source();
    video(&mut source).scan = Scan::Interlaced;
    video(&mut source).end_us = 600_000_000;
    let usual = asked(&source, &encode());
    for setting in [
        "preset = 'slow'",
        "rungs = ['720p-2500', '360p-500']",
        "max_height = 720",
        "max_kbps = 3000",
        "crf_offset = -2",
        "frame_rate = '25'",
        "max_frame_rate = 15",
        "deinterlace = 'field'",
        "audio_channel_kbps = 96",
        "gop_seconds = 1",
        "segment_gops = 2",
        "chunk_segments = 1",
    ] {
        let text = format!("[encode]\n{setting}");
        let in_file = resolve([Layer::file(Path::new("pack.toml"), &text).unwrap()]).unwrap().settings.encode;
        let for_one = encode().with_title_file(Path::new("clip.toml"), &text).unwrap();
        assert_eq!(in_file, for_one, "{setting}");
        assert_ne!(asked(&source, &for_one), usual, "{setting}");
    }
}
