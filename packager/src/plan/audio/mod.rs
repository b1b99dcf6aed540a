//! The audio renditions that are made of a source's tracks.

mod layout;
mod places;
mod programme;
#[cfg(test)]
mod tests;

use self::layout::{STEREO, Shape};
use self::programme::Programme;
use super::unique::{Unique, title};
use crate::source::{AudioBeside, AudioSource};
use media::codec::AudioCodec;
use media::language;
use media::role::AudioRole;
use media::track::{AudioInput, AudioPlan};

/// The sample rate of all renditions, hertz: players take it everywhere, and recordings have it.
const SAMPLE_RATE: u32 = 48_000;

/// The renditions of all tracks, of so many kilobits a second for each channel: stereo of each programme (HLS Authoring Specification, 2.3), and what it has beyond
/// that.
pub(super) fn plans(tracks: &[AudioSource], beside: &[AudioBeside], channel_kbps: u32) -> Vec<AudioPlan> {
    let own = programme::programmes(tracks);
    let default = default(&own);
    let further = beside.iter().filter_map(|file| Some((of_file(file)?, Some(&file.file))));
    let programmes: Vec<_> = own.into_iter().map(|programme| (programme, None)).chain(further).collect();
    let (mut names, mut labels) = (Unique::default(), Unique::default());
    let mut plans = Vec::new();
    for (number, (programme, file)) in (0u32..).zip(&programmes) {
        let label = labels.take(&label(programme), " ");
        let language = &programme.stereo.track.language;
        let stereo = (&programme.stereo, STEREO);
        let surround = programme.surround.as_ref();
        let surround = surround.and_then(|input| Some((input, layout::surround(input.layout, input.channels)?)));
        for (input, Shape { layout, channels }) in [Some(stereo), surround].into_iter().flatten() {
            plans.push(AudioPlan {
                name: names.take(&format!("{}-{channels}ch", language.to_ascii_lowercase()), "-"),
                programme: number,
                input: input.input.clone(),
                file: file.cloned(),
                language: language.clone(),
                label: label.clone(),
                role: programme.role(),
                codec: AudioCodec::Aac,
                layout: layout.into(),
                channels,
                sample_rate: SAMPLE_RATE,
                bit_rate: channels * channel_kbps * 1000,
                default: number == default,
            });
        }
    }
    plans
}

/// The one programme of a file in one language: the first that is no commentary.
fn of_file(file: &AudioBeside) -> Option<Programme<'_>> {
    let programmes = programme::programmes(&file.audio);
    let main = usize::try_from(default(&programmes)).ok()?;
    programmes.into_iter().nth(main)
}

/// Says what had to be guessed of the tracks' channels, and which are left out.
pub(super) fn warnings(tracks: &[AudioSource]) -> Vec<String> {
    let left_out = tracks.iter().filter_map(|track| {
        let layout = track.layout.as_deref().filter(|layout| layout::has_ceiling(layout))?;
        Some(format!("audio track {}: the ceiling's channels of its layout, {layout}, are left out", track.index))
    });
    let guessed = tracks.iter().filter(|track| track.layout.is_none() && track.channels > 2);
    let warning = |track: &AudioSource| {
        let AudioSource { index, channels, .. } = track;
        let taken = match programme::input_of(track) {
            AudioInput::Discrete { .. } => "the odd ones are mixed to the left, the even ones to the right".to_owned(),
            _ => format!("they are taken for {}", layout::usual(*channels)),
        };
        format!("audio track {index}: nothing says where its {channels} channels belong; {taken}")
    };
    guessed.map(warning).chain(left_out).collect()
}

/// The programme that plays when nobody chose: the one that the container marks, but for commentaries and the like.
fn default(programmes: &[Programme<'_>]) -> u32 {
    let numbered = || (0u32..).zip(programmes);
    let main = |programme: &Programme<'_>| programme.role() == AudioRole::Main;
    let marked = numbered().find(|(_, programme)| main(programme) && programme.is_default());
    let chosen = marked.or_else(|| numbered().find(|(_, programme)| main(programme)));
    chosen.map_or(0, |(number, _)| number)
}

/// The label that people choose by: the container's title, else the language, with the kind of audio.
fn label(programme: &Programme<'_>) -> String {
    title(programme.title()).unwrap_or_else(|| {
        let language = language::name(&programme.stereo.track.language).unwrap_or("Audio");
        let kind = match programme.role() {
            AudioRole::Main => "",
            AudioRole::Commentary => " (commentary)",
            AudioRole::Description => " (audio description)",
            AudioRole::ClearSpeech => " (clear speech)",
        };
        format!("{language}{kind}")
    })
}
