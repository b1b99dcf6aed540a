//! Filters that see the pictures as they are decoded: what may change in the course of a source ends here.

use super::time::seconds;
use crate::plan::{Deinterlace, Plan, VideoPlan};
use crate::source::{Crop, Frame};

/// Bounds within which ffmpeg and ffprobe look for what tracks hold: microseconds, and bytes. A track may begin long
/// after the others; a reader that has found all that it was promised stops looking at once.
pub const LOOK_AHEAD: [&str; 4] = ["-analyzeduration", "120000000", "-probesize", "200000000"];

/// Has decoders take off as many columns at the left as the stream says: otherwise ffmpeg before 7 leaves some, so that
/// rows begin where processors like it.
pub const EXACT_CROP: [&str; 2] = ["-flags", "+unaligned"];

/// Takes off what is not shown, and brings each picture into the plan's frame, with bars where its shape is another; a
/// filter's text with its comma, or nothing. A picture that is of that frame passes untouched.
pub(super) fn framed(video: &VideoPlan) -> String {
    let mut cropped = video.crop.map(cropped).unwrap_or_default();
    let Some(Frame { width, height, pixel: (num, den) }) = video.frame else { return cropped };
    if !cropped.is_empty() && !video.pixels_change {
        // Where ffmpeg does not know that the container crops, it makes the shape of pixels of the whole picture.
        cropped.push_str(&format!("setsar={num}/{den}:max=65535,"));
    }
    let shape = format!("({width}*{num}/({height}*{den}))");
    // By fields where a picture is of fields (`interl`); heights and places in fours, so that each field's lines of 4:2:0
    // stay its own.
    format!(
        "{cropped}scale=w='if(lt(dar,{shape}*0.998),max(2,2*round({width}*dar/{shape}/2)),{width})'\
         :h='if(gt(dar,{shape}*1.002),max(4,4*round({height}*{shape}/dar/4)),{height})'\
         :eval=frame:interl=-1:flags=bicubic+accurate_rnd+bitexact,\
         pad={width}:{height}:(ow-iw)/2:4*floor((oh-ih)/8):eval=frame,"
    )
}

/// Takes the edges off, unless ffmpeg has: from 7.1 on it does.
fn cropped(Crop { left, top, width, height }: Crop) -> String {
    format!("crop='min(iw,{width})':'min(ih,{height})':'if(gt(iw,{width}),{left})':'if(gt(ih,{height}),{top})',")
}

/// Lays the picture over black where it is transparent; a filter's text with its comma, or nothing.
pub(super) fn over_black(video: &VideoPlan) -> &'static str {
    if video.over_black { "premultiply=inplace=1," } else { "" }
}

/// Makes frames of fields; a filter's text with its comma, or nothing.
pub(super) fn deinterlaced(video: &VideoPlan) -> String {
    let which = match video.deinterlace {
        Deinterlace::Off => return String::new(),
        Deinterlace::Pulldown { first_us, phase } => return film(first_us, phase),
        Deinterlace::Matched => return format!("{MATCHED},"),
        Deinterlace::Flagged => "deint=interlaced",
        Deinterlace::All { top_first: true } => "parity=tff:deint=all",
        Deinterlace::All { top_first: false } => "parity=bff:deint=all",
    };
    format!("bwdif=mode={}:{which},", if video.field_rate { "send_field" } else { "send_frame" })
}

/// Puts the fields of each picture together, from whichever frames they are in. What no field matches, as at a cut, is
/// deinterlaced.
const MATCHED: &str = "fieldmatch=combmatch=full,bwdif=mode=send_frame:deint=interlaced";

/// Undoes 3:2 pulldown: fields are matched, and of each five frames four are kept, a frame of film apart. A frame is known
/// by its time, so that every chunk keeps the same ones.
fn film(first_us: i64, phase: u8) -> String {
    let first = seconds(first_us);
    let number = |time: &str| format!("(floor(({time}-({first}))*30000/1001+0.5)-{})", phase + 1);
    let (of_t, of_pts) = (number("t"), number("T"));
    format!(
        "{MATCHED},select='lt(mod({of_t},5),4)',\
         setpts='((4*floor({of_pts}/5)+mod({of_pts},5)+{phase})*1001/24000+({first}))/TB',"
    )
}

/// Options of the input that let those filters see every picture as it is.
pub(super) fn options(video: &VideoPlan) -> Vec<&str> {
    let mut options = EXACT_CROP.to_vec();
    if let Some(decoder) = &video.decoder {
        options.extend(["-c:v", decoder]);
    }
    if video.frame.is_some() {
        // Otherwise ffmpeg makes the graph anew where the size changes: what is on its way is lost, and `fps` counts anew.
        options.extend(["-reinit_filter", "0"]);
    }
    options
}

/// Bounds of ffmpeg's look before it decodes. Where pixels change, it takes none: the shape that it finds then would be
/// every picture's. A program stream's first track is there all the same; a copy's are listed.
pub(super) fn look_ahead(plan: &Plan, video: &VideoPlan) -> &'static [&'static str] {
    match &plan.copy {
        Some(copy) if copy.pixels_change => &["-nofind_stream_info"],
        None if video.pixels_change => &["-analyzeduration", "1", "-probesize", "32"],
        _ => &LOOK_AHEAD,
    }
}
