//! Real streams of ffmpeg's, whole and damaged.

mod packaging;

use std::io::{self, Cursor};
use std::process::Command;
use std::sync::LazyLock;

use mp4_atom::ReadFrom as _;
use proptest::prelude::*;

use super::*;
use crate::codec::{AudioCodec, RateControl, VideoCodec};
use crate::color::Cicp;
use crate::presentation::Part;
use crate::role::AudioRole;
use crate::time::FrameRate;
use crate::timeline::Grid;
use crate::track::{AudioInput, AudioPlan, Rung};

/// One second: three GOPs of 10 frames, as ffmpeg writes them.
static VIDEO: LazyLock<Vec<u8>> = LazyLock::new(|| {
    ffmpeg(&[
        ["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=30:duration=1,format=yuv420p"].as_slice(),
        &["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "10", "-keyint_min", "10", "-sc_threshold", "0"],
        &["-movflags", "+empty_moov+default_base_moof+frag_keyframe+negative_cts_offsets"],
    ])
});

/// Its sound.
static AUDIO: LazyLock<Vec<u8>> = LazyLock::new(|| {
    ffmpeg(&[
        ["-f", "lavfi", "-i", "sine=sample_rate=48000,aformat=channel_layouts=stereo,atrim=end_sample=48000"]
            .as_slice(),
        &["-c:a", "aac", "-movflags", "+delay_moov+default_base_moof", "-frag_duration", "300000"],
    ])
});

fn ffmpeg(arguments: &[&[&str]]) -> Vec<u8> {
    let output =
        Command::new("ffmpeg").args(["-v", "error"]).args(arguments.concat()).args(["-f", "mp4", "-"]).output();
    let output = output.unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    output.stdout
}

fn grid() -> Grid {
    Grid { rate: FrameRate::new(30, 1).unwrap(), frames: 30, gop: 10, segment_gops: 3, chunk_segments: 1 }
}

fn rung() -> Rung {
    let name = "48p".into();
    let rate = RateControl { crf_tenths: 230, max_rate: 200_000, buffer: 200_000 };
    Rung { name, codec: VideoCodec::H264, width: 64, height: 48, bit_rate: 100_000, rate }
}

fn audio_plan() -> AudioPlan {
    AudioPlan {
        name: "pt-br-2ch".into(),
        programme: 0,
        file: None,
        input: AudioInput::Track(1),
        language: "pt-BR".into(),
        label: "Português".into(),
        role: AudioRole::Main,
        codec: AudioCodec::Aac,
        layout: "stereo".into(),
        channels: 2,
        sample_rate: 48_000,
        bit_rate: 128_000,
        default: true,
    }
}

/// Keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    type Segment = io::Sink;

    fn segment(&mut self, _: &str) -> io::Result<io::Sink> {
        Ok(io::sink())
    }
}

fn video(bytes: &[u8], grid: &Grid) -> Result<Part, CmafError> {
    let chunk = grid.chunks().remove(0);
    video::package(Cursor::new(bytes), grid, &chunk, &rung(), Cicp::BT709, &mut Nowhere, &mut |_| {})
}

fn audio(bytes: &[u8], plan: &AudioPlan) -> Result<Part, CmafError> {
    audio::package(Cursor::new(bytes), &grid(), plan, &mut Nowhere, &mut |_| {})
}

fn message<T>(result: Result<T, CmafError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

/// Where the `nth` box of a kind begins.
fn find(bytes: &[u8], kind: &[u8; 4], nth: usize) -> usize {
    let found = bytes.windows(4).enumerate().filter(|(_, window)| window == kind).nth(nth);
    found.unwrap().0 - 4
}

#[test]
fn what_is_off_the_grid_is_named() {
    let with = |change: &dyn Fn(&mut Grid)| {
        let mut grid = grid();
        change(&mut grid);
        message(video(&VIDEO, &grid))
    };
    assert_eq!(with(&|_| {}), "");
    assert_eq!(
        with(&|grid| grid.gop = 15),
        "video/48p: at frame 0 (0.000 s), the GOP should be 15 frames, but ffmpeg made 10 frames"
    );
    assert_eq!(
        with(&|grid| (grid.frames, grid.chunk_segments) = (40, 2)),
        "video/48p: at frame 30 (1.000 s), the GOP should be 10 frames, but ffmpeg made the end of its output"
    );
    assert_eq!(
        with(&|grid| grid.frames = 20),
        "video/48p: at frame 20 (0.667 s), the end of the chunk should be here, but ffmpeg made 10 frames more"
    );
    assert_eq!(
        with(&|grid| grid.rate = FrameRate::new(29, 1).unwrap()),
        "video/48p: the timescale should be a multiple of 29, but ffmpeg made 15360"
    );
}

#[test]
fn a_first_picture_that_is_no_idr_is_refused() {
    let mut bytes = VIDEO.clone();
    let mdat = find(&bytes, b"mdat", 1);
    // The first NAL unit of the second GOP is its slice: IDR, type 5, becomes a common one.
    assert_eq!(bytes[mdat + 12] & 0x1f, 5);
    bytes[mdat + 12] = bytes[mdat + 12] & 0xe0 | 1;
    let expected = "video/48p: at frame 10 (0.333 s), the picture should be an IDR picture, but ffmpeg made another";
    assert_eq!(message(video(&bytes, &grid())), expected);
}

#[test]
fn a_presentation_time_that_is_not_the_grids_is_refused() {
    let mut bytes = VIDEO.clone();
    let tfdt = find(&bytes, b"tfdt", 1);
    bytes[tfdt + 19] ^= 1; // the least byte of a 64-bit decode time
    let text = message(video(&bytes, &grid()));
    assert!(
        text.starts_with("video/48p: at frame 10 (0.333 s), the presentation time should be its GOP's first"),
        "{text}"
    );
}

#[test]
fn sound_that_is_not_as_planned_is_refused() {
    let with = |change: &dyn Fn(&mut AudioPlan)| {
        let mut plan = audio_plan();
        change(&mut plan);
        message(audio(&AUDIO, &plan))
    };
    assert_eq!(with(&|_| {}), "");
    let channels = "audio/pt-br-2ch: the number of channels should be 6, but ffmpeg made 2";
    assert_eq!(with(&|plan| plan.channels = 6), channels);
    let rate = "audio/pt-br-2ch: the sample rate should be 44100, but ffmpeg made 48000";
    assert_eq!(with(&|plan| plan.sample_rate = 44_100), rate);
    let last = find(&AUDIO, b"moof", 3);
    assert_eq!(
        message(audio(&AUDIO[..last], &audio_plan())),
        "audio/pt-br-2ch: at audio frame 45 (sample 46080, 0.960 s), the next packet should be there, but ffmpeg made the end \
         of its output"
    );
}

#[test]
fn sizes_that_cannot_be_are_refused_before_they_are_believed() {
    let mut bytes = VIDEO.clone();
    let moof = find(&bytes, b"moof", 0);
    bytes[moof..moof + 4].copy_from_slice(&[0xff; 4]);
    let text = format!(
        "video/48p: ffmpeg's output has a 'moof' box at byte {moof} that has 4294967287 bytes; at most 2097152 are possible"
    );
    assert_eq!(message(video(&bytes, &grid())), text);
}

/// mp4-atom shares no code with our writer.
#[test]
fn another_reader_finds_what_the_init_segments_say() {
    let part = video(&VIDEO, &grid()).unwrap();
    let track = read_by_another(&part);
    let (head, media) = (&track.tkhd, &track.mdia.mdhd);
    assert_eq!((head.width.integer(), head.height.integer(), media.timescale), (64, 48, 30_000));
    let edit = &track.edts.as_ref().unwrap().elst.as_ref().unwrap().entries[0];
    assert_eq!((edit.media_time, edit.segment_duration), (Some(2000), 0));

    let part = audio(&AUDIO, &audio_plan()).unwrap();
    let track = read_by_another(&part);
    let media = &track.mdia.mdhd;
    assert_eq!((media.timescale, media.language.as_str(), part.codecs.as_str()), (48_000, "por", "mp4a.40.2"));
    let mp4_atom::Codec::Mp4a(entry) = &track.mdia.minf.stbl.stsd.codecs[0] else { panic!("no AAC") };
    // ISO/IEC 14496-3 table 1.18: 3 is 48 kHz.
    assert_eq!(entry.esds.es_desc.dec_config.dec_specific.as_ref().unwrap().freq_index, 3);
    assert_eq!(track.edts.as_ref().unwrap().elst.as_ref().unwrap().entries[0].media_time, Some(1024));
}

fn read_by_another(part: &Part) -> mp4_atom::Trak {
    let mut bytes = part.init.as_slice();
    let boxes = std::iter::from_fn(|| mp4_atom::Any::read_from(&mut bytes).ok());
    let movie = boxes.filter_map(|one| if let mp4_atom::Any::Moov(movie) = one { Some(movie) } else { None }).next();
    movie.unwrap().trak.remove(0)
}

#[test]
fn cuts_are_the_audio_frames_nearest_to_the_video_boundaries() {
    let rate = FrameRate::new(30_000, 1001).unwrap();
    let grid = Grid { rate, frames: 900, gop: 60, segment_gops: 3, chunk_segments: 5 };
    let cuts = audio::Cuts::new(&grid, &audio_plan(), 1024);
    assert_eq!(cuts.frames.len(), 5);
    assert_eq!(cuts.samples, 1024 + 1_441_440);
    for (cut, segment) in cuts.frames.iter().zip(grid.segments()).skip(1) {
        // Twice the distance of frame k's start from the boundary is at most a frame.
        let boundary = rate.span(segment.start).ticks_at(48_000) + 1024;
        assert!(2 * (cut.start * 1024).abs_diff(boundary) <= 1024);
    }
}

/// Bytes changed, a stretch taken away, and an end that comes too soon.
fn damaged(whole: &'static LazyLock<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let whole: &Vec<u8> = whole;
    // Headers are a small part of a stream; half of the changes are near the start, where they are dense.
    let at = prop_oneof![0..1500.min(whole.len()), 0..whole.len()];
    let byte = prop_oneof![Just(0u8), Just(0xff), Just(0x7f), any::<u8>()];
    let changes = prop::collection::vec((at, byte), 1..6);
    (changes, prop::option::of((0..whole.len(), 1usize..64)), 0..=whole.len()).prop_map(move |(changes, cut, end)| {
        let mut bytes = whole.clone();
        changes.into_iter().for_each(|(at, byte)| bytes[at] = byte);
        if let Some((at, length)) = cut {
            bytes.drain(at..(at + length).min(whole.len()));
        }
        bytes.truncate(if end % 4 == 0 { end } else { bytes.len() });
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn damaged_video_never_panics(bytes in damaged(&VIDEO)) {
        if let Ok(part) = video(&bytes, &grid()) {
            prop_assert_eq!(part.segments.iter().map(|segment| segment.duration).sum::<u64>(), 30_000);
        }
    }

    #[test]
    fn damaged_sound_never_panics(bytes in damaged(&AUDIO)) {
        if let Ok(part) = audio(&bytes, &audio_plan()) {
            prop_assert!(part.segments.iter().map(|segment| segment.duration).sum::<u64>() >= 48_000 - 8192);
        }
    }
}
