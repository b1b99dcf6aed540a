//! Rungs and audio renditions.

use super::*;

#[test]
fn each_track_becomes_stereo_and_what_it_has_beyond() {
    let mut second = sound(2, 6, "en");
    second.title = Some("Director \"Jo\"\n".into());
    second.default = true;
    let plan = plan_of(|source| source.audio = vec![sound(1, 1, "en"), second, sound(3, 8, "de"), sound(4, 3, "und")]);
    let made: Vec<_> = plan
        .audio
        .iter()
        .map(|a| (a.name.as_str(), a.input.first(), a.layout.as_str(), a.label.as_str(), a.bit_rate / 1000, a.default))
        .collect();
    let expected = [
        ("en-2ch", 1, "stereo", "English", 128, false),
        ("en-2ch-2", 2, "stereo", "Director  Jo", 128, true),
        ("en-6ch", 2, "5.1", "Director  Jo", 384, true),
        ("de-2ch", 3, "stereo", "German", 128, false),
        ("de-8ch", 3, "7.1", "German", 512, false),
        ("und-2ch", 4, "stereo", "Audio", 128, false),
        ("und-6ch", 4, "5.1", "Audio", 384, false),
    ];
    assert_eq!(made, expected);
}

#[test]
fn every_rung_and_sound_of_the_plan_has_its_reason() {
    let mut source = source();
    video(&mut source).codec = "h264".into();
    video(&mut source).bit_rate = 1_930_000;
    video(&mut source).scan = Scan::Interlaced;
    source.audio[0].end_us = 12_000_000;
    let plan = plan(&source, &encode());
    let reasons = reasons(&source, &encode());
    let kept = |topic| reasons.iter().filter(|reason| reason.topic == topic && reason.kept).count();
    assert_eq!(kept(Topic::Ladder), plan.ladder.len());
    assert_eq!(kept(Topic::Audio), plan.audio.len());
    assert_eq!((kept(Topic::Picture), kept(Topic::Extent)), (1, 1));
    assert!(reasons.iter().any(|reason| !reason.kept && reason.decision == "1080p-7800"));
}

proptest! {
    #[test]
    fn rungs_are_even_of_one_shape_and_never_larger(source in any_source()) {
        let ladder = plan(&source, &encode()).ladder;
        let VideoSource { width, height, .. } = source.video.unwrap();
        prop_assert!(!ladder.is_empty());
        for (index, rung) in ladder.iter().enumerate() {
            prop_assert!(rung.width % 2 == 0 && rung.height % 2 == 0, "{rung:?}");
            prop_assert!(rung.width <= width && rung.height <= height, "{rung:?}");
            prop_assert!(rung.rate.max_rate <= 2 * rung.bit_rate && rung.rate.buffer > 0, "{rung:?}");
            // The top stays even where a source of few lines has no even size of its shape.
            let top = index + 2 >= ladder.len();
            if !top || rung.width.min(rung.height) >= 200 {
                let (a, b) = (u64::from(rung.width * height), u64::from(rung.height * width));
                prop_assert!(a.abs_diff(b) * 1000 <= b * 5, "{rung:?} of {width}x{height}");
            }
        }
        for pair in ladder.windows(2) {
            prop_assert!(pair[0].bit_rate < pair[1].bit_rate, "{pair:?}");
            prop_assert!(pair[0].width <= pair[1].width && pair[0].height <= pair[1].height, "{pair:?}");
            let same = (pair[0].width, pair[0].height) == (pair[1].width, pair[1].height);
            prop_assert!(!same || pair[0].rate.crf_tenths > pair[1].rate.crf_tenths, "{pair:?}");
        }
        let mut names: Vec<_> = ladder.iter().map(|rung| &rung.name).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), ladder.len());
    }

    #[test]
    fn audio_is_named_once_and_one_programme_is_the_default(source in any_source()) {
        let audio = plan(&source, &encode()).audio;
        let names: BTreeSet<_> = audio.iter().map(|a| &a.name).collect();
        let labels: BTreeSet<_> = audio.iter().map(|a| (a.channels, &a.label)).collect();
        let defaults: BTreeSet<_> = audio.iter().filter(|a| a.default).map(|a| a.programme).collect();
        prop_assert_eq!((names.len(), labels.len()), (audio.len(), audio.len()));
        prop_assert_eq!(defaults.len(), usize::from(!source.audio.is_empty()));
        let programmes: BTreeSet<_> = audio.iter().map(|a| a.programme).collect();
        for programme in programmes {
            let stereo = audio.iter().filter(|a| a.programme == programme && a.channels == 2);
            prop_assert_eq!(stereo.count(), 1);
        }
        for track in &source.audio {
            prop_assert!(audio.iter().any(|a| a.input.tracks().contains(&track.index)), "{track:?}");
        }
    }
}
