//! Filter graphs, as text.

use std::fmt::Write as _;

use super::time::seconds;
use super::{picture, tone_map};
use crate::plan::{Plan, VideoPlan};
use media::color::Cicp;
use media::timeline::Chunk;
use media::track::Rung;

/// The graph that makes every rung of one chunk from one decode; its outputs are `[v0]`, `[v1]`, … in the ladder's order.
///
/// Times are taken on the source's own clock, less the title's origin; `fps` puts frames on the grid, and from there on
/// a timestamp is the absolute number of a frame, so that the cut is exact wherever the decoder entered.
pub(super) fn video(plan: &Plan, video: &VideoPlan, chunk: &Chunk) -> String {
    let mut graph = format!("[0:{}]", plan.decoded_stream(video.stream));
    graph.push_str(&on_grid(plan, video, chunk));
    graph.push_str(picture::over_black(video));
    graph.push_str(&tone_map(video));
    let sizes = distinct_sizes(&plan.ladder);
    let _ = write!(graph, "split={}", sizes.len());
    for at in 0..sizes.len() {
        let _ = write!(graph, "[s{at}]");
    }
    for (at, rungs) in sizes.iter().enumerate() {
        let Some((_, first)) = rungs.first() else { continue };
        let _ = write!(graph, ";[s{at}]{}", scaled(first, video.color));
        if rungs.len() > 1 {
            let _ = write!(graph, ",split={}", rungs.len());
        }
        for (index, _) in rungs {
            let _ = write!(graph, "[v{index}]");
        }
    }
    graph
}

/// From the source's timestamps to frame numbers, cut to the chunk.
fn on_grid(plan: &Plan, video: &VideoPlan, chunk: &Chunk) -> String {
    let rate = plan.grid.rate;
    let (start, end) = (chunk.frames.start, chunk.frames.end);
    // A tick of the track is a whole part of a frame, so `fps` rounds alike in every chunk. Until the picture begins its
    // first frame is shown, and from where it ends its last, in however many chunks that is.
    let mut text = format!(
        "settb=1/{},setpts=PTS-({}/1000000)/TB,{}{}fps=fps={rate}:start_time={}:round=near,\
         tpad=stop=-1:stop_mode=clone,",
        rate.timescale(),
        plan.origin_us,
        picture::framed(video),
        // Before the cut: a field's missing lines come from the frames on both sides.
        picture::deinterlaced(video),
        seconds(frame_us(plan, video.entry(chunk.index).frame)),
    );
    let _ = write!(text, "trim=start_pts={start}:end_pts={end},setpts=PTS-{start},");
    text
}

/// The filters of a poster's pictures, from `at_us` on the source's clock.
pub(super) fn poster(video: &VideoPlan, at_us: i64) -> String {
    format!(
        "trim=start={},{}{}{}{}",
        seconds(at_us),
        picture::framed(video),
        picture::deinterlaced(video),
        picture::over_black(video),
        tone_map(video),
    )
}

/// High dynamic range to standard, where the plan says so; a filter's text with its comma, or nothing.
fn tone_map(video: &VideoPlan) -> String {
    tone_map::filters(video.tone_map, video.source_color)
}

/// Scales to a rung's size, 8 bits, limited range, described. Every processor rounds alike: the same source must give the
/// same bytes on every machine.
fn scaled(rung: &Rung, color: Cicp) -> String {
    let (matrix, [primaries, transfer, colorspace]) = (color.scale_matrix(), color.names());
    format!(
        "scale={}:{}:in_color_matrix={matrix}:out_color_matrix={matrix}:out_range=tv:flags=bicubic+accurate_rnd+bitexact,format=yuv420p,setsar=1,\
         setparams=field_mode=prog:range=tv:color_primaries={primaries}:color_trc={transfer}:colorspace={colorspace}",
        rung.width, rung.height,
    )
}

/// Rungs of one size, with their places in the ladder: each size is scaled once.
fn distinct_sizes(ladder: &[Rung]) -> Vec<Vec<(usize, &Rung)>> {
    let mut sizes: Vec<Vec<(usize, &Rung)>> = Vec::new();
    for (index, rung) in ladder.iter().enumerate() {
        let same = |of: &&mut Vec<(usize, &Rung)>| {
            of.first().is_some_and(|(_, r)| (r.width, r.height) == (rung.width, rung.height))
        };
        match sizes.iter_mut().find(same) {
            Some(of) => of.push((index, rung)),
            None => sizes.push(vec![(index, rung)]),
        }
    }
    sizes
}

/// Presentation time of a frame of the title, microseconds.
pub(super) fn frame_us(plan: &Plan, frame: u64) -> i64 {
    i64::try_from(plan.grid.rate.span(frame).ticks_at(1_000_000)).unwrap_or(i64::MAX)
}
