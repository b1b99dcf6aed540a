//! DASH (ISO/IEC 23009-1) as a rendering of the presentation: values in, text out.

use std::fmt::Write;

use config::tree::{self, Revision};
use quick_xml::escape::escape;

use crate::presentation::{AudioTrack, MediaPresentation, Segment, Track, VideoTrack};
use crate::steering::Steering;
use crate::time::Span;

/// The MPD of a presentation that lies in `revision`, beside which it stands.
///
/// Times in a SegmentTimeline are presentation times, after edit lists (ISO/IEC 23009-1 §7.2.1): sound starts at 0 with its
/// first sample heard, as it does in a browser's media source, which takes the priming away by the edit list.
#[must_use]
pub fn mpd(presentation: &MediaPresentation, revision: &Revision, steering: Option<&Steering>) -> String {
    let duration = iso_duration(presentation.duration);
    let mut sets = Vec::new();
    if !presentation.video.is_empty() {
        sets.push(video_set(presentation, revision));
    }
    let first_audio = sets.len() + 1;
    let audio = (first_audio..).zip(&presentation.audio);
    sets.extend(audio.map(|(id, audio)| audio_set(id, audio, presentation.min_buffer_time(), revision)));
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="{duration}" minBufferTime="PT{}S">
{}  <Period id="1" start="PT0S" duration="{duration}">
{}  </Period>
</MPD>
"#,
        presentation.min_buffer_time(),
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

/// All video tracks: they stand on one grid, so they share their timeline and players switch between them.
fn video_set(presentation: &MediaPresentation, revision: &Revision) -> String {
    let videos = &presentation.video;
    let max_width = videos.iter().map(|video| video.width).max().unwrap_or(0);
    let max_height = videos.iter().map(|video| video.height).max().unwrap_or(0);
    let buffer = presentation.min_buffer_time();
    let representations: String = videos.iter().map(|video| video_representation(video, buffer)).collect();
    let template = videos.first().map(|video| segment_template(&video.track, revision)).unwrap_or_default();
    format!(
        r#"    <AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" maxWidth="{max_width}" maxHeight="{max_height}">
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

fn audio_set(id: usize, audio: &AudioTrack, min_buffer_time: u32, revision: &Revision) -> String {
    let label: String = audio.label.chars().filter(|c| !c.is_control()).collect();
    format!(
        r#"    <AdaptationSet id="{id}" contentType="audio" mimeType="audio/mp4" lang="{}" segmentAlignment="true" startWithSAP="1">
      <AudioChannelConfiguration schemeIdUri="urn:mpeg:mpegB:cicp:ChannelConfiguration" value="{}"/>
      <Label>{}</Label>
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="{}"/>
{}      <Representation id="{}" bandwidth="{}" codecs="{}" audioSamplingRate="{}"/>
    </AdaptationSet>
"#,
        escape(&audio.language),
        channel_configuration(audio.channels),
        escape(&label),
        if audio.default { "main" } else { "alternate" },
        segment_template(&audio.track, revision),
        escape(audio.track.name()),
        audio.track.sustained_bandwidth(min_buffer_time),
        escape(&audio.track.codecs),
        audio.sample_rate,
    )
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
