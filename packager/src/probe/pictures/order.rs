//! Which of a picture's two fields is the earlier, told by how far things move: from the last field of a frame to the first
//! of the next they move by a field's time where the order is right, and by three where it is not. Frames that are of one
//! moment look alike either way.

use crate::source::Scan;

/// By this they must move farther in the wrong order. Measured: 1.4 and more with fields, at most 1.12 without, scrolling
/// text and moving patterns among them.
const FARTHER: f64 = 1.25;
/// The least that pictures must differ on the whole, in parts of 255 a pixel and frame: what stands still tells nothing.
const STILL: f64 = 0.05;

/// Prints how much each field, made a picture, differs from the one before, in either order.
pub(in crate::probe) fn graph(top_first: bool) -> String {
    let order = if top_first { "tff" } else { "bff" };
    format!(
        "trim=end_frame=24,bwdif=mode=send_field:parity={order}:deint=all,signalstats,\
         metadata=mode=print:key=lavfi.signalstats.YDIF:file=-"
    )
}

/// [`Scan::Unflagged`], from what ffmpeg said of each place in the one order and in the other; `None` where there is no
/// telling.
pub(in crate::probe) fn scan(top_first: &[String], bottom_first: &[String]) -> Option<Scan> {
    let (top, bottom) = (moved(top_first)?, moved(bottom_first)?);
    let (right, wrong) = (top.min(bottom), top.max(bottom));
    (wrong > STILL && wrong > FARTHER * right).then_some(Scan::Unflagged { top_first: top < bottom })
}

/// The mean difference from one frame to the next; `None` where none was measured.
fn moved(said: &[String]) -> Option<f64> {
    // Of each place's fields, the first has none before it, and each second comes within one frame.
    let between = |said: &String| {
        let fields = said.lines().filter_map(|line| line.split_once("YDIF=")?.1.trim().parse::<f64>().ok());
        fields.skip(2).step_by(2).collect::<Vec<_>>()
    };
    let between: Vec<f64> = said.iter().flat_map(between).collect();
    let count = u32::try_from(between.len()).ok().filter(|count| *count > 0)?;
    Some(between.iter().sum::<f64>() / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place whose fields move by so much within a frame, and from one to the next.
    fn place(within: f64, between: f64) -> String {
        let line = |differs: f64| format!("frame:0 pts:0 pts_time:0\nlavfi.signalstats.YDIF={differs}\n");
        line(0.0) + &(0..23).map(|_| line(within) + &line(between)).collect::<String>()
    }

    #[test]
    fn the_order_in_which_things_move_less_is_the_right_one() {
        let scan = |top, bottom| scan(&[place(9.0, top)], &[place(9.0, bottom)]);
        assert_eq!(scan(1.3, 1.84), Some(Scan::Unflagged { top_first: true }));
        assert_eq!(scan(3.6, 2.1), Some(Scan::Unflagged { top_first: false }));
        assert_eq!(scan(2.29, 2.56), None, "a pattern that scrolls");
        assert_eq!(scan(0.01, 0.02), None, "a still");
        assert_eq!(super::scan(&[], &[]), None);
        assert_eq!(super::scan(&[String::new()], &[place(1.0, 1.0)]), None);
    }
}
