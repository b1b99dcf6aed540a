//! Filter graphs of the audio, as text. One ffmpeg decodes, and gives each input one layout and one rate from the title's
//! first sample to its last; another places it on the title's clock and encodes. In one process, a layout that changes in
//! mid-stream would begin the whole graph anew, with all that it had counted.

use super::time::seconds;
use crate::plan::Plan;
use crate::source::SourceInfo;
use media::track::{AudioInput, AudioPlan};

/// Added to all times between the two processes, seconds: what passes between them has no time before 0, and a recording
/// may have sound before its own 0.
const LEAD_SECONDS: u32 = 1000;

/// Makes mono as loud on both sides as it is by itself: ffmpeg takes 3 dB away, which suits a voice among other channels.
const MONO_AS_LOUD: &str = "aresample=rematrix_volume=1.41421356,";

/// A track as the decoding ffmpeg passes it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    /// ffmpeg's stream index in the source.
    pub track: u32,
    /// The filters that give it one form, whatever comes out of the decoder. They keep nothing between two frames.
    pub form: String,
}

/// The tracks passed on for each rendition, in the plan's order.
pub(super) fn decoded(plan: &Plan, info: &SourceInfo) -> Vec<Decoded> {
    let source = |track| info.audio.iter().find(|source| source.index == track);
    let form = |track: u32, mix: &str, layout: &str| {
        let rate = source(track).map_or(48_000, |source| source.sample_rate);
        let form = format!("{mix}aformat=sample_fmts=flt:sample_rates={rate}:channel_layouts={layout}");
        Decoded { track, form: format!("asetpts=PTS+{LEAD_SECONDS}/TB,{form}") }
    };
    let passed_on = plan.audio.iter().flat_map(|audio| match &audio.input {
        AudioInput::Track(track) if source(*track).is_some_and(|source| source.channels == 1) => {
            vec![form(*track, MONO_AS_LOUD, &audio.layout)]
        }
        AudioInput::Track(track) => vec![form(*track, "", &audio.layout)],
        AudioInput::Channels { tracks, .. } => tracks.iter().map(|track| form(*track, "", "mono")).collect(),
        AudioInput::Discrete { track, channels } => vec![form(*track, &left_and_right(*channels), "stereo")],
    });
    passed_on.collect()
}

/// Mixes channels whose places nothing names to the left and to the right in turn, each as loud as the others; a filter's
/// text with its comma.
fn left_and_right(channels: u32) -> String {
    let side = |first: u32| {
        let side: Vec<String> = (first..channels).step_by(2).map(|channel| format!("c{channel}")).collect();
        side.join("+")
    };
    // `<` keeps the sum from being louder than it may be.
    format!("pan=stereo|FL<{}|FR<{},", side(0), side(1))
}

/// The graph that makes every rendition of what is passed on; its outputs are `[a0]`, `[a1]`, … in the plan's order.
///
/// Each output has exactly the title's length: sound before the title's start is cut, silence fills what is missing.
pub(super) fn renditions(plan: &Plan) -> String {
    let mut streams = 0u32..;
    let mut timed = |audio: &AudioPlan, layout: &str| {
        let stream = streams.next().unwrap_or_default();
        format!("[0:{stream}]{}", on_clock(plan, audio.sample_rate, layout))
    };
    let one = |(index, audio): (usize, &AudioPlan)| match &audio.input {
        AudioInput::Track(_) | AudioInput::Discrete { .. } => {
            format!("{}[a{index}]", timed(audio, &audio.layout))
        }
        AudioInput::Channels { tracks, layout } => {
            let part = |channel| (timed(audio, "mono"), format!("[a{index}c{channel}]"));
            let parts: Vec<(String, String)> = (0..tracks.len()).map(part).collect();
            let timed: String = parts.iter().map(|(timed, label)| format!("{timed}{label};")).collect();
            let labels: String = parts.iter().map(|(_, label)| label.as_str()).collect();
            format!("{timed}{labels}{}[a{index}]", merged(tracks.len(), layout, &audio.layout))
        }
    };
    plan.audio.iter().enumerate().map(one).collect::<Vec<_>>().join(";")
}

/// So many mono inputs as the channels of `mix` in its order, mixed to `layout` where that is another. (`join` would name
/// them itself, but that of ffmpeg 9 loses the last frame.)
fn merged(inputs: usize, mix: &str, layout: &str) -> String {
    let mixed = if mix == layout { String::new() } else { format!(",aformat=channel_layouts={layout}") };
    format!("amerge=inputs={inputs},channelmap=channel_layout={mix}{mixed}")
}

/// From the source's clock to the title's.
fn on_clock(plan: &Plan, sample_rate: u32, layout: &str) -> String {
    let origin = seconds(plan.origin_us + i64::from(LEAD_SECONDS) * 1_000_000);
    let samples = plan.grid.duration().ticks_at(sample_rate);
    // Audio passed on says how many channels there are, but not where they belong: `channelmap` names them again.
    // Gaps of the source are filled, from a lost frame of AAC on: where several are lost, each adds to what it is early by.
    // A drifting clock is followed within 2 ms; sound as it should be passes untouched.
    // The cut comes after: a gap across the title's start has to be filled to be cut at the right place.
    // Then silence is put before the first sample that there is: decoders may give nothing for the first packets.
    format!(
        "asetpts=PTS-({origin})/TB,aresample={sample_rate}:async=48:min_comp=0.002:min_hard_comp=0.02,atrim=start=0,\
         aresample=async=1:first_pts=0,channelmap=channel_layout={layout},aformat=sample_fmts=fltp,\
         apad=whole_len={samples},atrim=end_sample={samples},asetpts=N"
    )
}
