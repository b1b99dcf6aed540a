//! Programmes of the tracks that recordings have.

use super::plans;
use crate::source::AudioSource;
use crate::source::samples::audio;
use media::role::AudioRole;
use media::track::AudioInput;
use media::track::AudioPlan;

fn track(index: u32, language: &str, layout: &str, channels: u32) -> AudioSource {
    let layout = Some(layout.to_owned()).filter(|layout| !layout.is_empty());
    AudioSource { layout, ..audio(index, channels, language) }
}

fn channels(layout: &str, tracks: &[u32]) -> AudioInput {
    AudioInput::Channels { tracks: tracks.into(), layout: layout.into() }
}

/// Name, programme, layout and input of each rendition.
fn made(tracks: &[AudioSource]) -> Vec<(String, u32, String, AudioInput)> {
    plans(tracks, &[], 64).into_iter().map(|plan| (plan.name, plan.programme, plan.layout, plan.input)).collect()
}

fn row(name: &str, programme: u32, layout: &str, input: AudioInput) -> (String, u32, String, AudioInput) {
    (name.into(), programme, layout.into(), input)
}

#[test]
fn stereo_before_surround_of_one_language_is_one_programme() {
    let pair = [track(1, "en", "stereo", 2), track(2, "en", "5.1(side)", 6)];
    let expected = [row("en-2ch", 0, "stereo", AudioInput::Track(1)), row("en-6ch", 0, "5.1", AudioInput::Track(2))];
    assert_eq!(made(&pair), expected);
    let titled = |first: &str, second: &str| {
        let mut pair = pair.clone();
        (pair[0].title, pair[1].title) = (Some(first.into()), Some(second.into()));
        plans(&pair, &[], 64).into_iter().map(|plan| (plan.programme, plan.label)).collect::<Vec<_>>()
    };
    assert_eq!(titled("Stereo", "Surround 5.1"), [(0, "English".into()), (0, "English".into())]);
    assert_eq!(titled("AAC 2.0", "AC3 5.1 @ 448 kbps"), [(0, "English".into()), (0, "English".into())]);
    assert_eq!(titled("Film", "Film"), [(0, "Film".into()), (0, "Film".into())]);
    let apart = [(0, "Theatrical".into()), (1, "Restored".into()), (1, "Restored".into())];
    assert_eq!(titled("Theatrical", "Restored"), apart);
}

#[test]
fn surround_before_stereo_stay_two_programmes_as_do_other_languages_and_roles() {
    let table = [
        [track(1, "en", "5.1", 6), track(2, "en", "stereo", 2)],
        [track(1, "de", "stereo", 2), track(2, "en", "5.1", 6)],
        [AudioSource { role: AudioRole::Commentary, ..track(1, "en", "stereo", 2) }, track(2, "en", "5.1", 6)],
    ];
    for tracks in table {
        let programmes: Vec<u32> = plans(&tracks, &[], 64).iter().map(|plan| plan.programme).collect();
        assert_eq!(programmes.last(), Some(&1), "{tracks:?}");
        assert_eq!(programmes.len(), 3);
    }
}

#[test]
fn every_layout_up_to_7_1_keeps_its_channels() {
    for (layout, channels, made) in [
        ("2.1", 3, "5.1"),
        ("3.0", 3, "3.0"),
        ("3.0(back)", 3, "4.0"),
        ("3.1", 4, "5.1"),
        ("4.0", 4, "4.0"),
        ("quad", 4, "5.0"),
        ("4.1", 5, "5.1"),
        ("5.0(side)", 5, "5.0"),
        ("5.1(side)", 6, "5.1"),
        ("hexagonal", 6, "5.1"),
        ("6.1", 7, "7.1"),
        ("7.1", 8, "7.1"),
        ("7.1(wide)", 8, "5.1"),
        ("7.1.4", 12, "5.1"),
        ("", 6, "5.1"),
    ] {
        let layouts: Vec<String> =
            plans(&[track(1, "en", layout, channels)], &[], 64).into_iter().map(|p| p.layout).collect();
        assert_eq!(layouts, ["stereo", made], "{layout}");
    }
    let ten = plans(&[track(1, "en", "", 10)], &[], 64);
    let input = AudioInput::Discrete { track: 1, channels: 10 };
    assert_eq!(
        ten.into_iter().map(|plan| (plan.layout, plan.input)).collect::<Vec<_>>(),
        [("stereo".to_owned(), input)]
    );
}

#[test]
fn mono_tracks_of_recorders_are_pairs() {
    let monos = |count: u32, codec: &str| {
        let mono = |index| AudioSource { codec: codec.into(), ..track(index, "und", "mono", 1) };
        plans(&(1..=count).map(mono).collect::<Vec<_>>(), &[], 64)
            .into_iter()
            .map(|plan| plan.input)
            .collect::<Vec<_>>()
    };
    let pairs = [(1, 2), (3, 4), (5, 6), (7, 8)].map(|(left, right)| channels("stereo", &[left, right]));
    assert_eq!(monos(8, "pcm_s16le"), pairs);
    assert_eq!(monos(8, "aac"), pairs);
    assert_eq!(monos(2, "pcm_s24le"), pairs[..1]);
    assert_eq!(monos(3, "pcm_s24le"), [pairs[0].clone(), AudioInput::Track(3)]);
    assert_eq!(monos(2, "aac"), [AudioInput::Track(1), AudioInput::Track(2)]);
}

#[test]
fn mono_tracks_that_are_said_to_be_channels_are_one_mix() {
    let named = |index: u32, title: &str| AudioSource { title: Some(title.into()), ..track(index, "und", "mono", 1) };
    let laid_out = |index: u32, channel: &str| track(index, "und", &format!("1 channels ({channel})"), 1);
    let six = ["L", "R", "C", "LFE", "Ls", "Rs"];
    let titled: Vec<AudioSource> = (1..).zip(six).map(|(index, title)| named(index, title)).collect();
    let mix = channels("5.1", &[1, 2, 3, 4, 5, 6]);
    let expected = [row("und-2ch", 0, "stereo", mix.clone()), row("und-6ch", 0, "5.1", mix)];
    assert_eq!(made(&titled), expected);
    assert!(plans(&titled, &[], 64).iter().all(|plan| plan.label == "Audio"), "no channel names the sound");
    // Film's order, told by the container, and the stereo mix after it.
    let film = ["FL", "FC", "FR", "BL", "BR", "LFE", "FL", "FR"];
    let mut film: Vec<AudioSource> = (1..).zip(film).map(|(index, channel)| laid_out(index, channel)).collect();
    film[1].layout = Some("mono".into());
    let inputs: Vec<AudioInput> = plans(&film, &[], 64).into_iter().map(|plan| plan.input).collect();
    let mix = channels("5.1", &[1, 3, 2, 6, 4, 5]);
    assert_eq!(inputs, [mix.clone(), mix, channels("stereo", &[7, 8])]);
    // An incomplete set, or one of two languages, is no mix.
    let mut other = titled.clone();
    other[5].language = "de".into();
    assert!(plans(&other, &[], 64).iter().all(|plan| plan.channels == 2));
    assert!(plans(&titled[1..], &[], 64).iter().all(|plan| plan.channels == 2));
}

#[test]
fn neither_a_commentary_nor_a_description_plays_unasked() {
    let of = |role, default| AudioSource { role, default, ..track(1, "en", "stereo", 2) };
    let default = |tracks: &[AudioSource]| plans(tracks, &[], 64).iter().position(|plan: &AudioPlan| plan.default);
    assert_eq!(default(&[of(AudioRole::Description, true), of(AudioRole::Main, false)]), Some(1));
    assert_eq!(default(&[of(AudioRole::Main, false), of(AudioRole::Main, true)]), Some(1));
    assert_eq!(default(&[of(AudioRole::Commentary, false)]), Some(0));
    let labels: Vec<String> = plans(&[of(AudioRole::Main, true), of(AudioRole::Description, false)], &[], 64)
        .into_iter()
        .map(|p| p.label)
        .collect();
    assert_eq!(labels, ["English", "English (audio description)"]);
}
