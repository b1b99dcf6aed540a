//! Why a plan is as it is, for people and for programs. Nothing here decides a byte.

use config::settings::Encode;
use serde::Serialize;

use super::{Deinterlace, Plan, VideoPlan, decide};
use crate::ladder;
use crate::source::{Scan, SourceInfo, VideoSource};
use media::track::{AudioInput, AudioPlan, TextInput, TextPlan};

/// One decision and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The decision's topic.
    pub topic: Topic,
    /// The decision, such as `1080p-6000` or `30000/1001 frames a second`.
    pub decision: String,
    /// True if it is part of the plan: false for a rung that was dropped.
    pub kept: bool,
    /// Why.
    pub because: String,
}

/// The topic of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The frame rate.
    Rate,
    /// GOPs, segments and chunks.
    Grid,
    /// Where the title begins and ends.
    Extent,
    /// A rung of the ladder.
    Ladder,
    /// The treatment of the picture.
    Picture,
    /// The colour description.
    Color,
    /// An audio rendition.
    Audio,
    /// A text rendition.
    Text,
}

/// The reasons of [`decide::plan`]'s plan of the same source and settings, in the order of [`Topic`].
#[must_use]
pub fn reasons(source: &SourceInfo, encode: &Encode) -> Vec<Reason> {
    let plan = decide::plan(source, encode);
    let mut reasons = Vec::new();
    if let Some((video, planned)) = source.video.as_ref().zip(plan.video.as_ref()) {
        reasons.extend([rate(video, encode), grid(source, &plan, encode)]);
        reasons.extend(extent(source, video));
        reasons.extend(ladder::choose(video, encode).into_iter().map(rung));
        reasons.extend(picture(video, planned));
        reasons.extend(treated(video));
        reasons.push(color(video, planned));
    }
    reasons.extend(audio(source, &plan));
    reasons.extend(plan.text.iter().map(text));
    reasons
}

fn text(text: &TextPlan) -> Reason {
    let of = match &text.input {
        TextInput::Track(track) => format!("track {track} is text"),
        TextInput::File(file) => format!("a file with the source's name and .{} lies beside it", file.ending),
    };
    let forced = if text.forced.is_empty() { "" } else { "; it has the forced cues of its language as well" };
    kept(Topic::Text, format!("{} {}", text.name, text.label), of + forced)
}

fn kept(topic: Topic, decision: impl Into<String>, because: impl Into<String>) -> Reason {
    Reason { topic, decision: decision.into(), kept: true, because: because.into() }
}

fn rate(video: &VideoSource, encode: &Encode) -> Reason {
    let rate = decide::rate(video, encode);
    let because = if decide::is_film(video, encode) {
        "the source is film, brought to 30000/1001 frames a second by repeating fields; these are left out"
    } else if rate != video.rate {
        "as encode.frame_rate, encode.max_frame_rate and encode.deinterlace ask for"
    } else if video.variable_rate {
        "the source's frames come at a variable rate; this is the usual rate that most of them are near, or the next below it"
    } else {
        "the source's frames come at this rate, or at a whole multiple above 60"
    };
    kept(Topic::Rate, format!("{rate} frames a second"), because)
}

fn grid(source: &SourceInfo, plan: &Plan, encode: &Encode) -> Reason {
    let grid = &plan.grid;
    let chunks = grid.chunks().len();
    let decision = format!("{} frames a GOP, {} GOPs a segment, {chunks} chunks", grid.gop, grid.segment_gops);
    let entered = match (&source.copy, source.seekable) {
        (Some(_), _) => format!(
            "{} can't be entered exactly in the middle, or its clock jumps, so its packets are copied into a file where \
             each chunk is entered by seeking",
            source.format
        ),
        (None, true) => "each chunk is entered by seeking".into(),
        (None, false) => {
            format!("{} has no index to enter it exactly in the middle, so it is one chunk", source.format)
        }
    };
    let because = format!("whole frames nearest to {} s; {entered}", encode.gop_seconds);
    kept(Topic::Grid, decision, because)
}

fn extent(source: &SourceInfo, video: &VideoSource) -> Vec<Reason> {
    let extent = decide::Extent::of(source);
    let mut reasons = Vec::new();
    let milliseconds = |us: i64| us / 1000;
    let lead = video.start_us.saturating_sub(extent.start_us);
    if lead > 0 {
        let decision = format!("the first frame is held for {} ms", milliseconds(lead));
        reasons.push(kept(Topic::Extent, decision, "sound begins before the picture"));
    }
    let tail = extent.end_us.saturating_sub(video.end_us);
    if tail > 0 {
        let decision = format!("the last frame is held for {} ms", milliseconds(tail));
        reasons.push(kept(Topic::Extent, decision, "sound outlasts the picture"));
    }
    reasons
}

fn rung(choice: ladder::Choice) -> Reason {
    let name = || format!("{}p-{}", choice.height, choice.bit_rate / 1000);
    let decision =
        choice.rung.as_ref().map_or_else(name, |rung| format!("{} {}x{}", rung.name, rung.width, rung.height));
    Reason { topic: Topic::Ladder, decision, kept: choice.rung.is_some(), because: choice.why }
}

fn picture(video: &VideoSource, plan: &VideoPlan) -> Option<Reason> {
    if plan.deinterlace == Deinterlace::Off {
        return None;
    }
    let because = match video.scan {
        Scan::Progressive | Scan::Telecined { .. } => return None,
        Scan::Repeating => "fields are repeated as for film, but not steadily: they are matched, and every frame stays",
        Scan::Interlaced => "the source is of fields, at least in part; streams are of frames",
        Scan::Unflagged { .. } => {
            "the source's lines show two moments, though it does not say so; streams are of frames"
        }
    };
    Some(kept(Topic::Picture, "deinterlaced", because))
}

/// Reasons of the picture's other treatment before it is scaled.
fn treated(video: &VideoSource) -> Vec<Reason> {
    let crop = video.crop.map(|crop| {
        let decision = format!("cropped to {}x{}", crop.width, crop.height);
        kept(Topic::Picture, decision, "the container says that the rest is not shown")
    });
    let alpha = || kept(Topic::Picture, "laid over black", "parts of the source are transparent; streams are not");
    crop.into_iter().chain(video.alpha.then(alpha)).collect()
}

fn color(video: &VideoSource, plan: &VideoPlan) -> Reason {
    let decision = plan.color.names().join(" / ");
    let declared = &video.color;
    let said = [declared.primaries, declared.transfer, declared.matrix].into_iter().flatten().count();
    let because = match (plan.tone_map, said) {
        (Some(map), _) => {
            let peak = map.peak;
            return kept(
                Topic::Color,
                decision,
                format!("the source is of high dynamic range: up to {peak} cd/m² are brought into SDR by BT.2390"),
            );
        }
        (None, 3) => "as the source declares",
        (None, 0) => "the source declares none; players assume this of its size",
        (None, _) => "the source declares it in part; the rest is what goes with that, or with its size",
    };
    kept(Topic::Color, decision, because)
}

fn audio(source: &SourceInfo, plan: &Plan) -> Vec<Reason> {
    let reasons = plan.audio.iter().map(|audio| {
        let decision = format!("{} {} {} kb/s", audio.name, audio.layout, audio.bit_rate / 1000);
        kept(Topic::Audio, decision, why_audio(source, audio))
    });
    reasons.collect()
}

fn why_audio(source: &SourceInfo, audio: &AudioPlan) -> String {
    if let Some(file) = &audio.file {
        return format!("a file with the source's name and .{} lies beside it", file.ending);
    }
    let track = source.audio.iter().find(|track| track.index == audio.input.first());
    match (&audio.input, track.map_or(0, |track| track.channels)) {
        (AudioInput::Channels { tracks, layout }, _) => {
            let tracks: Vec<String> = tracks.iter().map(ToString::to_string).collect();
            format!("tracks {} are mono: the channels of one {layout} sound", tracks.join(", "))
        }
        (AudioInput::Discrete { track, channels }, _) => {
            format!("track {track} has {channels} channels that nothing says the places of")
        }
        (AudioInput::Track(track), 1) => format!("track {track} is mono; stereo is what every player takes"),
        (AudioInput::Track(track), 2) => format!("track {track} is stereo"),
        (AudioInput::Track(track), channels) if audio.channels == 2 => {
            format!("track {track} has {channels} channels; every player takes stereo")
        }
        (AudioInput::Track(track), channels) if channels > audio.channels => {
            format!("track {track} has {channels} channels; players take no more than {}", audio.channels)
        }
        (AudioInput::Track(track), channels) => format!("track {track} has {channels} channels"),
    }
}
