//! DASH (ISO/IEC 23009-1) as a rendering of the presentation: values in, text out.

use std::fmt::Write;

use config::title::TextKind;
use config::tree::{self, Revision};
use quick_xml::escape::escape;

use crate::presentation::{
    AudioSet, AudioTrack, MediaPresentation, Segment, SwitchingSet, TextSet, Track, VideoSet, VideoTrack,
};
use crate::role::AudioRole;
use crate::steering::Steering;
use crate::time::Span;

/// The MPD of a presentation that lies in `revision`, beside which it stands.
///
/// Times in a SegmentTimeline are presentation times, after edit lists (ISO/IEC 23009-1 §7.2.1): sound starts at 0 with its
/// first sample heard, as it does in a browser's media source, which takes the priming away by the edit list.
#[must_use]
pub fn mpd(presentation: &MediaPresentation, revision: &Revision, steering: Option<&Steering>) -> String {
    let duration = iso_duration(presentation.duration);
    let buffer = presentation.min_buffer_time();
    let set = |(id, set): (u32, &SwitchingSet)| match set {
        SwitchingSet::Video(video) => video_set(id, video, buffer, revision),
        SwitchingSet::Audio(audio) => audio_set(id, audio, buffer, revision),
        SwitchingSet::Text(text) => text_set(id, text, buffer, revision),
    };
    let sets: Vec<String> = (1u32..).zip(&presentation.sets).map(set).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="{duration}" minBufferTime="PT{}S">
{}  <Period id="1" start="PT0S" duration="{duration}">
{}  </Period>
</MPD>
"#,
        buffer,
        steering.map(pathways).unwrap_or_default(),
        sets.concat()
    )
}

/// ETSI TS 103 998: a BaseURL a pathway, and where players learn which to use.
fn pathways(steering: &Steering) -> String {
    let mut text = String::new();
    for pathway in &steering.pathways {
        let (id, base) = (escape(&pathway.id), escape(&pathway.base));
        let _ = writeln!(text, "  <BaseURL serviceLocation=\"{id}\">{base}</BaseURL>");
    }
    let first = steering.pathways.first().map(|pathway| pathway.id.as_str()).unwrap_or_default();
    let (first, server) = (escape(first), escape(&steering.server));
    let _ = writeln!(text, "  <ContentSteering defaultServiceLocation=\"{first}\">{server}</ContentSteering>");
    text
}

/// Tracks that stand on one grid, so that they share their timeline.
fn video_set(id: u32, set: &VideoSet, min_buffer_time: u32, revision: &Revision) -> String {
    let videos = &set.tracks;
    let max_width = videos.iter().map(|video| video.width).max().unwrap_or(0);
    let max_height = videos.iter().map(|video| video.height).max().unwrap_or(0);
    let representations: String = videos.iter().map(|video| video_representation(video, min_buffer_time)).collect();
    let template = videos.first().map(|video| segment_template(&video.track, revision)).unwrap_or_default();
    format!(
        r#"    <AdaptationSet id="{id}" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" maxWidth="{max_width}" maxHeight="{max_height}">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
{template}{representations}    </AdaptationSet>
"#
    )
}

fn video_representation(video: &VideoTrack, min_buffer_time: u32) -> String {
    format!(
        r#"      <Representation id="{}" bandwidth="{}" codecs="{}" width="{}" height="{}" frameRate="{}" sar="1:1"/>
"#,
        escape(video.track.name()),
        video.track.sustained_bandwidth(min_buffer_time),
        escape(&video.track.codecs),
        video.width,
        video.height,
        video.rate,
    )
}

fn audio_set(id: u32, set: &AudioSet, min_buffer_time: u32, revision: &Revision) -> String {
    let template = set.tracks.first().map(|audio| segment_template(&audio.track, revision)).unwrap_or_default();
    let representations: String = set.tracks.iter().map(|audio| audio_representation(audio, min_buffer_time)).collect();
    format!(
        r#"    <AdaptationSet id="{id}" contentType="audio" mimeType="audio/mp4" lang="{}" segmentAlignment="true" startWithSAP="1">
      <AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="{}"/>
      <Label>{}</Label>
{}      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="{}"/>
{template}{representations}    </AdaptationSet>
"#,
        escape(&set.language),
        channel_configuration(set.channels),
        escape(plain(&set.label)),
        accessibility(set.role),
        role(set),
    )
}

fn audio_representation(audio: &AudioTrack, min_buffer_time: u32) -> String {
    format!(
        r#"      <Representation id="{}" bandwidth="{}" codecs="{}" audioSamplingRate="{}"/>
"#,
        escape(audio.track.name()),
        audio.track.sustained_bandwidth(min_buffer_time),
        escape(&audio.track.codecs),
        audio.sample_rate,
    )
}

/// Text as one file (ISO/IEC 23009-1 §5.3.9.1: a BaseURL alone is a Representation of a single segment): every player shows
/// this, few show WebVTT in segments.
fn text_set(id: u32, set: &TextSet, min_buffer_time: u32, revision: &Revision) -> String {
    let role = match set.kind {
        TextKind::Subtitles => "subtitle",
        TextKind::Forced => "forced-subtitle",
        TextKind::Captions => "caption",
    };
    let path = format!("{}/{}/{}", revision.as_str(), set.track.path, tree::WHOLE_TEXT);
    format!(
        r#"    <AdaptationSet id="{id}" contentType="text" mimeType="text/vtt" lang="{}">
      <Label>{}</Label>
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="{role}"/>
      <Representation id="text-{}" bandwidth="{}">
        <BaseURL>{}</BaseURL>
      </Representation>
    </AdaptationSet>
"#,
        escape(&set.language),
        escape(plain(&set.label)),
        escape(set.track.name()),
        set.whole_bandwidth(min_buffer_time),
        escape(&path),
    )
}

fn plain(label: &str) -> String {
    label.chars().filter(|c| !c.is_control()).collect()
}

/// The purpose of audio for people who don't see, or hear badly (ETSI TS 102 822-3-1, AudioPurposeCS; DASH-IF IOP §3.9.2).
fn accessibility(role: AudioRole) -> String {
    let purpose = match role {
        AudioRole::Description => 1,
        AudioRole::ClearSpeech => 2,
        AudioRole::Main | AudioRole::Commentary => return String::new(),
    };
    format!("      <Accessibility schemeIdUri=\"urn:tva:metadata:cs:AudioPurposeCS:2007\" value=\"{purpose}\"/>\n")
}

/// The role of a set (ISO/IEC 23009-1 §5.8.5.5).
const fn role(set: &AudioSet) -> &'static str {
    match set.role {
        _ if set.default => "main",
        AudioRole::Main => "alternate",
        AudioRole::Commentary => "commentary",
        AudioRole::Description => "description",
        AudioRole::ClearSpeech => "enhanced-audio-intelligibility",
    }
}

/// The usual layout of so many channels (ISO/IEC 23091-3, ChannelConfiguration).
const fn channel_configuration(channels: u32) -> u32 {
    match channels {
        7 => 11, // 6.1
        8 => 12, // 7.1 with surround back
        count => count,
    }
}

fn segment_template(track: &Track, revision: &Revision) -> String {
    let folder = track.path.split('/').next().unwrap_or_default();
    let base = format!("{}/{folder}/$RepresentationID$", revision.as_str());
    format!(
        r#"      <SegmentTemplate timescale="{}" initialization="{base}/{}" media="{base}/{}" startNumber="1">
        <SegmentTimeline>
{}        </SegmentTimeline>
      </SegmentTemplate>
"#,
        track.timescale,
        tree::INIT,
        SEGMENT_TEMPLATE,
        segment_timeline(&track.segments)
    )
}

/// [`tree::segment_name`] as a template.
const SEGMENT_TEMPLATE: &str = "$Number%05d$.m4s";

/// Equal durations are one `S` that repeats.
fn segment_timeline(segments: &[Segment]) -> String {
    let mut lines = String::new();
    for run in segments.chunk_by(|a, b| a.duration == b.duration) {
        let Some(first) = run.first() else { continue };
        let time = if lines.is_empty() { format!(" t=\"{}\"", first.start) } else { String::new() };
        let repeat = if run.len() > 1 { format!(" r=\"{}\"", run.len() - 1) } else { String::new() };
        let _ = writeln!(lines, "          <S{time} d=\"{}\"{repeat}/>", first.duration);
    }
    lines
}

/// `xs:duration`, to a microsecond.
fn iso_duration(span: Span) -> String {
    let micros = span.ticks_at(1_000_000);
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    format!("PT{}S", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests;
