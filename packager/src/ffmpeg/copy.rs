//! The command that copies a source into a file that can be entered anywhere.

use std::ffi::OsString;
use std::path::Path;

use super::argv::{common, extend, input, url};
use super::filter::seconds;
use crate::clock::{APART_US, Piece};
use crate::source::{Copy, CopyTrack};

/// All times are moved by so many seconds on their way in, and back on their way out. A time near zero would not tell what
/// its ticks are: before 6.1, `setts` gives `PTS` in ticks of the output, but `TB` as the tick of the input.
const ASIDE: &str = "1000";

/// Gives a presentation time to packets that have none, from the order in which their pictures are shown.
pub const GENERATE: [&str; 2] = ["-fflags", "+genpts"];

/// After so many seconds MPEG's clock begins again at 0 (ISO/IEC 13818-1 §2.4.3.7).
const WRAP: &str = "8589934592/90000";
const HALF_WRAP: &str = "4294967296/90000";

/// Copies packets, unchanged, from `source` into a Matroska file at `to`, each at the time where the source's clock lays it.
#[must_use]
pub fn copy(source: &Path, copy: &Copy, to: &Path) -> Vec<OsString> {
    let mut args = common();
    extend(&mut args, ["-itsoffset", ASIDE]);
    if copy.generated {
        extend(&mut args, GENERATE);
    }
    input(&mut args, source);
    for track in &copy.tracks {
        extend(&mut args, ["-map", &format!("0:{}", track.stream)]);
    }
    // Every packet, as packets are counted: also those before the first key frame.
    extend(&mut args, ["-c", "copy", "-copyinkf", "-copypriorss", "1", "-map_chapters", "-1", "-map_metadata", "-1"]);
    for (index, track) in copy.tracks.iter().enumerate() {
        let pieces = copy.clock.tracks.get(&track.stream).map_or([].as_slice(), Vec::as_slice);
        let laid = |time: &str| laid(track, pieces, time, copy.wraps);
        extend(&mut args, [&format!("-bsf:{index}"), &format!("setts=pts='{}':dts='{}'", laid("PTS"), laid("DTS"))]);
    }
    // `max_interleave_delta` 0: packets are in the order of their times, however far apart the source had them.
    extend(&mut args, ["-avoid_negative_ts", "disabled", "-max_interleave_delta", "0", "-f", "matroska", "-y"]);
    args.push(url(to));
    args
}

/// The place of a packet's time, `PTS` or `DTS`, as an expression of `setts`. `N` is the packet's number in its track;
/// `ld(0)` is the tick that times are counted in, in seconds.
fn laid(track: &CopyTrack, pieces: &[Piece], time: &str, wraps: bool) -> String {
    let tick = format!("st(0,if(lt(abs({}),1),TB,1/1000))", since("STARTPTS*TB", track.source_us, wraps));
    let one = |piece: &Piece| {
        let since = since(&format!("{time}*ld(0)"), piece.source_us, wraps);
        let laid = seconds(piece.laid_us);
        if piece.stray {
            format!("({laid}+st(1,{since})*lt(abs(ld(1)),{}))/ld(0)", seconds(APART_US))
        } else {
            format!("({laid}+{since})/ld(0)")
        }
    };
    let Some((last, before)) = pieces.split_last() else { return time.into() };
    let nexts = pieces.iter().skip(1).map(|next| next.packet);
    let nested = before.iter().zip(nexts).map(|(piece, next)| format!("if(lt(N,{next}),{},", one(piece)));
    let (opened, closed) = (nested.collect::<String>(), ")".repeat(before.len()));
    format!("{tick};{opened}{}{closed}", one(last))
}

/// Seconds since a time on the source's clock. ffmpeg and ffprobe may differ in where they take a counter to have begun
/// anew.
fn since(time: &str, source_us: i64, wraps: bool) -> String {
    let since = format!("{time}-{ASIDE}-({})", seconds(source_us));
    if wraps { format!("(mod({since}+{HALF_WRAP},{WRAP})-{HALF_WRAP})") } else { format!("({since})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_a_track_has_its_place() {
        let track =
            CopyTrack { stream: 0, packets: 300, source_us: 1_400_000, first_us: 1_400_000, last_us: 13_360_000 };
        let piece = |packet, source_us, laid_us, stray| Piece { packet, source_us, laid_us, stray };
        let pieces = [
            piece(0, 1_400_000, 1_400_000, false),
            piece(150, -500_000, 7_400_000, false),
            piece(200, 90_000_000, 9_400_000, true),
        ];
        let expected = "st(0,if(lt(abs((STARTPTS*TB-1000-(1.400000))),1),TB,1/1000));\
            if(lt(N,150),(1.400000+(PTS*ld(0)-1000-(1.400000)))/ld(0),\
            if(lt(N,200),(7.400000+(PTS*ld(0)-1000-(-0.500000)))/ld(0),\
            (9.400000+st(1,(PTS*ld(0)-1000-(90.000000)))*lt(abs(ld(1)),1.000000))/ld(0)))";
        assert_eq!(laid(&track, &pieces, "PTS", false), expected);
    }
}
