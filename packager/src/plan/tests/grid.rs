//! Where segments and chunks begin and end.

use super::*;

#[test]
fn every_usual_rate_has_its_gop_and_all_its_frames() {
    let table = [
        ("24000/1001", 48, 240),
        ("24", 48, 240),
        ("25", 50, 250),
        ("30000/1001", 60, 300),
        ("30", 60, 300),
        ("50", 100, 500),
        // 599.4, and the audio lasts to their end.
        ("60000/1001", 120, 600),
        ("60", 120, 600),
        ("25/2", 25, 125),
        ("15", 30, 150),
        ("1", 2, 10),
    ];
    for (rate, gop, frames) in table {
        let grid = plan_of(|source| video(source).rate = rate.parse().unwrap()).grid;
        assert_eq!((grid.gop, grid.frames), (gop, frames), "{rate}");
    }
}

#[test]
fn sound_beyond_the_picture_makes_the_title_longer_and_padding_does_not() {
    let table = [
        // sound's start and end, the title's origin and frames
        (-21_333, 10_050_000, 0, 300),
        (-500_000, 10_000_000, -500_000, 315),
        (0, 12_000_000, 0, 360),
        (300_000, 9_000_000, 0, 300),
    ];
    for (start, end, origin, frames) in table {
        let plan = plan_of(|source| {
            source.audio[0].start_us = start;
            source.audio[0].end_us = end;
        });
        assert_eq!((plan.origin_us, plan.grid.frames), (origin, frames), "{start}..{end}");
    }
    // Not even within the last frame is audio cut off.
    for (end, sound_end, frames) in
        [(10_010_000, 10_050_000, 301), (10_010_000, 9_000_000, 300), (10_010_000, 10_000_500, 300)]
    {
        let plan = plan_of(|source| {
            video(source).end_us = end;
            source.audio.iter_mut().for_each(|track| track.end_us = sound_end);
        });
        assert_eq!(plan.grid.frames, frames, "{end} {sound_end}");
    }
}

#[test]
fn a_source_that_cannot_be_entered_is_one_chunk() {
    let long = |source: &mut SourceInfo| video(source).end_us = 600_000_000;
    assert_eq!(plan_of(long).grid.chunks().len(), 50);
    let one = plan_of(|source| {
        long(source);
        source.seekable = false;
    });
    assert_eq!(one.grid.chunks().len(), 1);
}

#[test]
fn chunks_are_entered_at_a_key_frame_that_is_shown_in_time() {
    let plan = plan_of(|source| {
        video(source).end_us = 60_000_000;
        video(source).last_us = 40_000_000;
        // The second is decoded five seconds before it is shown.
        // In no order, as where a source is entered anew.
        let keys = [(0, -80_000), (15_000_000, 10_000_000), (5_000_000, 4_920_000), (39_000_000, 38_920_000)];
        video(source).sync = keys.map(|(shown_us, seek_us)| SyncPoint { shown_us, seek_us }).into();
    });
    let chunks = plan.grid.chunks();
    let entries: Vec<_> = chunks.iter().map(|chunk| plan.video.as_ref().unwrap().entry(chunk.index)).collect();
    assert_eq!(chunks[2].frames.start, 360, "12 s");
    assert_eq!((entries[0].frame, entries[0].seek_us), (0, None));
    assert_eq!(
        (entries[2].frame, entries[2].seek_us),
        (330, Some(4_920_000)),
        "at 11 s the one of 15 s is not shown yet"
    );
    assert_eq!((entries[4].frame, entries[4].seek_us), (690, Some(10_000_000)));
    let last = entries.last().unwrap();
    assert_eq!((last.frame, last.seek_us), (1199, Some(38_920_000)), "the last picture is held from 40 s on");
}

#[test]
fn chunks_last_six_to_twelve_seconds() {
    let chunks = |seconds: i64| {
        let plan = plan_of(|source| video(source).end_us = seconds * 1_000_000);
        plan.grid.chunks().iter().map(|chunk| chunk.frames.end - chunk.frames.start).max()
    };
    assert_eq!(chunks(8), Some(180), "6 s of 30 frames a second");
    assert_eq!(chunks(380), Some(180));
    assert_eq!(chunks(3600), Some(360));
}

#[test]
fn a_remainder_is_never_a_segment_of_its_own() {
    let grid = |frames, segment_gops| Grid {
        rate: FrameRate::new(25, 1).unwrap(),
        frames,
        gop: 50,
        segment_gops,
        chunk_segments: 5,
    };
    assert_eq!(grid(10, 3).segments(), vec![0..10; 1]);
    assert_eq!(grid(151, 3).segments(), [0..100, 100..151]);
    assert_eq!(grid(175, 3).segments(), [0..150, 150..175]);
    assert_eq!(grid(101, 1).segments(), [0..50, 50..101]);
    assert_eq!(grid(51, 1).segments(), vec![0..51; 1]);
}

proptest! {
    #[test]
    fn segments_and_chunks_tile_the_frames(source in any_source(), settings in any_settings()) {
        let grid = plan(&source, &settings).grid;
        let (segments, chunks) = (grid.segments(), grid.chunks());
        let second = u64::from(grid.rate.frames_nearest(1));
        let mut at = 0;
        for segment in &segments {
            prop_assert_eq!(segment.start, at);
            prop_assert!(segment.end - segment.start >= second || segments.len() == 1);
            prop_assert_eq!(segment.start % u64::from(grid.gop), 0);
            at = segment.end;
        }
        prop_assert_eq!(at, grid.frames);
        let (mut frame, mut number) = (0, 0);
        for chunk in &chunks {
            prop_assert_eq!((chunk.frames.start, chunk.segments.start), (frame, number));
            (frame, number) = (chunk.frames.end, chunk.segments.end);
            let last = usize::try_from(number).unwrap() - 1;
            prop_assert_eq!(segments[last].end, frame);
        }
        prop_assert_eq!((frame, usize::try_from(number).unwrap()), (grid.frames, segments.len()));
        prop_assert!(source.seekable || chunks.len() == 1);
    }
}
