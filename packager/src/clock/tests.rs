//! Clocks that jump, restart and wrap, and ones that only seem to.

use super::*;

const VIDEO: u32 = 0;
const AUDIO: u32 = 1;

/// Packets of 40 ms of video and 20 ms of audio, as a container interleaves them.
struct Source {
    runs: Runs,
}

impl Source {
    fn new(broadcast: bool) -> Self {
        Self { runs: Runs::new(Limits::of(broadcast, false)) }
    }

    /// `tracks` from `start_ms` to `end_ms` on the source's clock.
    fn play(mut self, tracks: &[u32], start_ms: i64, end_ms: i64) -> Self {
        for ms in (start_ms..end_ms).step_by(20) {
            for track in tracks {
                let duration = if *track == VIDEO { 40 } else { 20 };
                if (ms - start_ms) % duration == 0 {
                    self.runs.take(*track, timed(ms * 1000, duration * 1000, true));
                }
            }
        }
        self
    }

    fn laid(&self) -> Option<Clock> {
        lay(&self.runs, &[VIDEO, AUDIO])
    }
}

fn timed(time_us: i64, duration_us: i64, key: bool) -> Timed {
    Timed { time_us: Some(time_us), shown_us: Some(time_us), duration_us, key }
}

const BOTH: &[u32] = &[VIDEO, AUDIO];

/// Each piece of a track as `(first packet, source's time, laid time)`, milliseconds.
fn pieces(clock: &Clock, track: u32) -> Vec<(u64, i64, i64)> {
    clock.tracks[&track].iter().map(|p| (p.packet, p.source_us / 1000, p.laid_us / 1000)).collect()
}

#[test]
fn recordings_are_laid_end_to_end_wherever_their_clocks_begin() {
    let table = [
        ("restarted", 3_600_000, 1_400),
        ("joined", 1_400, 1_400),
        ("ahead", 0, 40_000),
        ("wrapped", 95_440_000, 0),
        ("a little ahead", 0, 8_500),
    ];
    for (name, first, second) in table {
        let clock =
            Source::new(true).play(BOTH, first, first + 6_000).play(BOTH, second, second + 6_000).laid().unwrap();
        let expected = [(0, first, first), (150, second, first + 6_000)];
        assert_eq!(pieces(&clock, VIDEO), expected, "{name}");
        assert_eq!(pieces(&clock, AUDIO), [(0, first, first), (300, second, first + 6_000)], "{name}");
        let joint = clock.joints[0];
        assert_eq!((joint.at_us, joint.to_us), (6_000_000, second * 1000), "{name}");
        assert_eq!(clock.laid(VIDEO, 151, second * 1000 + 40_000), (first + 6_040) * 1000, "{name}");
    }
}

#[test]
fn a_second_recording_begins_on_the_grid_after_all_of_the_first() {
    // The audio outlasts the video by 50 ms, two frames of which are then held.
    let source = Source::new(true).play(BOTH, 0, 6_000).play(&[AUDIO], 6_000, 6_060).play(BOTH, 0, 6_000);
    let clock = source.laid().unwrap();
    assert_eq!(pieces(&clock, VIDEO)[1], (150, 0, 6_080));
    assert_eq!(pieces(&clock, AUDIO)[1], (303, 0, 6_080));
}

#[test]
fn holes_of_one_track_and_stills_are_no_jumps() {
    let audio_hole = Source::new(true).play(BOTH, 0, 2_000).play(&[VIDEO], 2_000, 5_000).play(BOTH, 5_000, 8_000);
    let video_hole = Source::new(true).play(BOTH, 0, 2_000).play(&[AUDIO], 2_000, 9_000).play(BOTH, 9_000, 12_000);
    let screen = Source::new(false).play(&[VIDEO], 0, 2_000).play(&[VIDEO], 90_000, 92_000);
    let short = Source::new(false).play(BOTH, 0, 2_000).play(BOTH, 7_000, 9_000);
    let late = Source::new(true).play(&[VIDEO], 0, 14_000).play(BOTH, 14_000, 20_000);
    for source in [audio_hole, video_hole, screen, short, late] {
        assert_eq!(source.laid(), None, "{:?}", source.runs);
    }
}

#[test]
fn a_packet_with_a_mistaken_time_is_where_its_neighbours_are() {
    let mut source = Source::new(false).play(BOTH, 0, 2_000);
    source.runs.take(VIDEO, timed(36_000_000_000, 40_000, false));
    let clock = source.play(BOTH, 2_040, 6_000).laid().unwrap();
    assert_eq!(clock.joints, []);
    assert_eq!(pieces(&clock, VIDEO), [(0, 0, 0), (50, 36_000_000, 2_000), (51, 2_040, 2_040)]);
    assert_eq!(clock.laid(VIDEO, 50, 36_000_000_000), 2_000_000);
    assert_eq!(clock.laid(VIDEO, 50, 36_000_120_000), 2_120_000, "shown three frames after it is decoded");
    assert_eq!(clock.laid(VIDEO, 50, 2_120_000), 2_000_000, "one of its times is right");
    assert_eq!(pieces(&clock, AUDIO), [(0, 0, 0)]);
}

#[test]
fn a_mistaken_time_may_be_near_the_others() {
    let mut source = Source::new(true).play(BOTH, 0, 2_000);
    source.runs.take(VIDEO, timed(1_000_000, 40_000, false));
    let clock = source.play(BOTH, 2_040, 6_000).laid().unwrap();
    assert_eq!(pieces(&clock, VIDEO), [(0, 0, 0), (50, 1_000, 2_000), (51, 2_040, 2_040)]);
    let restarted = Source::new(true).play(BOTH, 0, 2_000).play(BOTH, 1_000, 3_000).laid().unwrap();
    assert_eq!(pieces(&restarted, VIDEO), [(0, 0, 0), (50, 1_000, 2_000)]);
}

#[test]
fn frames_that_are_shown_in_another_order_are_no_jumps() {
    let clock = |times_ms: &[(i64, bool)]| {
        let mut runs = Runs::new(Limits::of(false, true));
        times_ms.iter().for_each(|(ms, key)| runs.take(VIDEO, timed(ms * 1000, 40_000, *key)));
        lay(&runs, &[VIDEO])
    };
    // A screen recording, whose pictures are seconds apart.
    let reordered = [(0, true), (7_500, false), (2_500, false), (5_000, false), (10_000, true), (9_000, false)];
    assert_eq!(clock(&reordered), None);
    let restarted = [(0, true), (120, false), (40, false), (80, false), (2_000, true), (0, true), (120, false)];
    assert_eq!(pieces(&clock(&restarted).unwrap(), VIDEO), [(0, 0, 0), (5, 0, 2_040)]);
}

#[test]
fn a_track_that_comes_later_belongs_to_the_stretch_that_it_plays_in() {
    let source = Source::new(true).play(&[VIDEO], 50_000, 56_000).play(BOTH, 0, 6_000);
    let clock = source.laid().unwrap();
    assert_eq!(pieces(&clock, VIDEO), [(0, 50_000, 50_000), (150, 0, 56_000)]);
    assert_eq!(pieces(&clock, AUDIO), [(0, 0, 56_000)]);
}

#[test]
fn every_joint_is_told_of_up_to_ten() {
    let mut source = Source::new(true);
    for _ in 0..13 {
        source = source.play(BOTH, 1_000, 3_000);
    }
    let clock = source.laid().unwrap();
    let told: Vec<String> = clock.told().collect();
    assert_eq!(told.len(), 11);
    let first =
        "its clock jumps from 0:00:03.0 to 0:00:01.0; the parts are laid end to end, the second begins at 0:00:02.0";
    assert_eq!(told[0], first);
    assert_eq!(told[10], "its clock jumps 2 more times, which is closed up alike");
}
