//! The poster: of the operator's own picture, of a frame, or of the cover art.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::ffmpeg::argv::{self, PosterSize};
use crate::plan::Plan;

/// Posters are made from the largest size that is no higher than this.
const POSTER_HEIGHT: u32 = 720;

/// The command for the poster: of the operator's own picture with its demuxer, of a frame, or of the cover art; `None`
/// where there is none of these.
pub(super) fn poster_command(source: &Path, own: Option<(&Path, &str)>, plan: &Plan) -> Option<Vec<OsString>> {
    let size = poster_size(plan);
    match (own, &plan.video, plan.cover) {
        (Some((own, format)), ..) => Some(argv::own_poster(own, format, size)),
        (None, Some(video), _) => Some(argv::poster(source, plan, video, poster_time(plan), size)),
        (None, None, Some(cover)) => Some(argv::cover(source, cover, size)),
        (None, None, None) => None,
    }
}

fn poster_size(plan: &Plan) -> PosterSize {
    let sizes = plan.ladder.iter().map(|rung| (rung.width, rung.height));
    let smallest = sizes.clone().min_by_key(|(w, h)| w * h);
    let fits = sizes.filter(|(w, h)| *w.min(h) <= POSTER_HEIGHT).max_by_key(|(w, h)| w * h);
    fits.or(smallest).map_or(PosterSize::AtMost(POSTER_HEIGHT), |(width, height)| PosterSize::Exactly(width, height))
}

/// A tenth into the title: past black and titles, short of the story. Microseconds.
fn poster_time(plan: &Plan) -> i64 {
    i64::try_from(plan.grid.rate.span(plan.grid.frames / 10).ticks_at(1_000_000)).unwrap_or(0)
}

/// The demuxer for an operator's own picture, by how it begins. Nothing else is tried: what is called a picture may be a
/// script that names other files. What is none of these fails as a JPEG.
pub(super) fn image_format(path: &Path) -> &'static str {
    let mut head = [0; 12];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    match (read, &head) {
        (Ok(()), [0x89, b'P', b'N', b'G', ..]) => "png_pipe",
        (Ok(()), [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P']) => "webp_pipe",
        _ => "jpeg_pipe",
    }
}
