//! The command that copies a source into a file that can be entered anywhere.

use std::ffi::OsString;
use std::path::Path;

use super::argv::{common, extend, input, url};
use super::time::seconds;
use crate::clock::{APART_US, Piece};
use crate::source::{Copy, CopyTrack};

/// All times are moved by so many seconds on their way in, and back on their way out. A time near zero would not tell what
/// its ticks are: before 6.1, `setts` gives `PTS` in ticks of the output, but `TB` as the tick of the input.
const ASIDE: &str = "1000";

/// Gives a presentation time to packets that have none, from the order in which their pictures are shown.
pub const GENERATE: [&str; 2] = ["-fflags", "+genpts"];

/// A shape that no picture has: Matroska's muxer writes one that is not square, with its unit, which is made unknown then.
/// No checksum is written, as that would be of what was there before.
const SOME_SHAPE: [&str; 4] = ["-aspect:v", "97:89", "-write_crc32", "0"];

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
        let decoded = if track.reordered { late(pieces, &laid("DTS")) } else { laid("DTS") };
        extend(&mut args, [&format!("-bsf:{index}"), &format!("setts=pts='{}':dts='{decoded}'", laid("PTS"))]);
    }
    if copy.pixels_change {
        extend(&mut args, SOME_SHAPE);
    }
    // `max_interleave_delta` 0: packets are in the order of their times, however far apart the source had them.
    extend(&mut args, ["-avoid_negative_ts", "disabled", "-max_interleave_delta", "0", "-f", "matroska", "-y"]);
    args.push(url(to));
    args
}

/// The place of a packet's time, `PTS` or `DTS`, as an expression of `setts`. `N` is the packet's number in its track;
/// `ld(0)` is the tick that times are counted in, in seconds, `ld(1)` the presentation time of the piece's first packet.
fn laid(track: &CopyTrack, pieces: &[Piece], time: &str, wraps: bool) -> String {
    let Some((last, before)) = pieces.split_last() else { return time.into() };
    let since_start = modulo(&format!("STARTPTS*TB-{ASIDE}-({})", seconds(track.source_us)), wraps);
    let tick = format!("st(0,if(lt(abs({since_start}),1),TB,1/1000))");
    // Times count from the piece's first packet, not from 0: ffmpeg moves clocks that jump where it believes that they
    // wrapped, which ffprobe doesn't.
    let firsts: Vec<String> = pieces.iter().map(|piece| format!("eq(N,{})", piece.packet)).collect();
    let first = format!("st(1,if({},PTS,ld(1)))", firsts.join("+"));
    let one = |piece: &Piece| {
        let (laid, since) = (seconds(piece.laid_us), modulo(&format!("({time}-ld(1))*ld(0)"), wraps));
        if piece.stray {
            format!("({laid}+st(3,{since})*lt(abs(ld(3)),{}))/ld(0)", seconds(APART_US))
        } else {
            format!("({laid}+{since})/ld(0)")
        }
    };
    let nexts = pieces.iter().skip(1).map(|next| next.packet);
    let nested = before.iter().zip(nexts).map(|(piece, next)| format!("if(lt(N,{next}),{},", one(piece)));
    let (opened, closed) = (nested.collect::<String>(), ")".repeat(before.len()));
    format!("{tick};{first};{opened}{}{closed}", one(last))
}

/// Decode times that rise also where the clock jumps: ffmpeg makes them of the presentation times, for the first packets
/// after a jump wrongly, and would move a picture that is shown before the one decoded before it. From there on they are a
/// second earlier.
fn late(pieces: &[Piece], decoded: &str) -> String {
    let Some(second) = pieces.get(1) else { return decoded.into() };
    format!("st(2,{decoded});if(lt(N,{}),ld(2),max(PREV_OUTDTS+1,ld(2)-1/ld(0)))", second.packet)
}

/// A difference of times, in seconds, between which MPEG's clock may have begun anew.
fn modulo(difference: &str, wraps: bool) -> String {
    if wraps { format!("(mod({difference}+{HALF_WRAP},{WRAP})-{HALF_WRAP})") } else { format!("({difference})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_of_a_track_has_its_place() {
        let track = CopyTrack {
            stream: 0,
            packets: 300,
            source_us: 1_400_000,
            first_us: 1_400_000,
            last_us: 13_360_000,
            reordered: false,
        };
        let piece = |packet, source_us, laid_us, stray| Piece { packet, source_us, laid_us, stray };
        let pieces = [
            piece(0, 1_400_000, 1_400_000, false),
            piece(150, -500_000, 7_400_000, false),
            piece(200, 90_000_000, 9_400_000, true),
        ];
        let expected = "st(0,if(lt(abs((STARTPTS*TB-1000-(1.400000))),1),TB,1/1000));\
            st(1,if(eq(N,0)+eq(N,150)+eq(N,200),PTS,ld(1)));\
            if(lt(N,150),(1.400000+((PTS-ld(1))*ld(0)))/ld(0),\
            if(lt(N,200),(7.400000+((PTS-ld(1))*ld(0)))/ld(0),\
            (9.400000+st(3,((PTS-ld(1))*ld(0)))*lt(abs(ld(3)),1.000000))/ld(0)))";
        assert_eq!(laid(&track, &pieces, "PTS", false), expected);
    }
}
