//! The colour that a picture track declares.

use super::json::Stream;
use media::color::{self, Cicp, Declared};

/// The declared colour description: the stream's, and where that says nothing the `container`'s, or what Dolby Vision's
/// base layer is said to be.
pub(in crate::probe) fn declared(stream: &Stream, container: Option<&Stream>) -> Declared {
    let of = |stream: &Stream| Declared {
        primaries: stream.color_primaries.as_deref().and_then(color::primaries),
        transfer: stream.color_transfer.as_deref().and_then(color::transfer),
        matrix: stream.color_space.as_deref().and_then(color::matrix),
        full_range: full_range(stream),
    };
    [Some(of(stream)), container.map(of), base_layer(stream)].into_iter().flatten().fold(
        Declared::default(),
        |known, other| Declared {
            primaries: known.primaries.or(other.primaries),
            transfer: known.transfer.or(other.transfer),
            matrix: known.matrix.or(other.matrix),
            full_range: known.full_range.or(other.full_range),
        },
    )
}

/// The colour of Dolby Vision's base layer by itself: HDR10 (1 and 6), SDR (2) or HLG (4).
fn base_layer(stream: &Stream) -> Option<Declared> {
    let color = match stream.side_data_list.iter().find_map(|data| data.dv_bl_signal_compatibility_id)? {
        1 | 6 => Cicp::BT2100_PQ,
        2 => Cicp::BT709,
        4 => Cicp::BT2100_HLG,
        _ => return None,
    };
    let Cicp { primaries, transfer, matrix, full_range } = color;
    let full_range = Some(full_range);
    Some(Declared { primaries: Some(primaries), transfer: Some(transfer), matrix: Some(matrix), full_range })
}

/// `None` where the stream does not say; the pixel formats of JPEG are of full range.
fn full_range(stream: &Stream) -> Option<bool> {
    let jpeg = stream.pix_fmt.as_deref().is_some_and(|format| format.starts_with("yuvj"));
    match stream.color_range.as_deref() {
        Some("tv") if !jpeg => Some(false),
        Some("pc") => Some(true),
        _ => jpeg.then_some(true),
    }
}

/// True if a colour description lacks something that the container may know.
pub(in crate::probe) fn is_incomplete(stream: &Stream) -> bool {
    let color = declared(stream, None);
    color.primaries.is_none() || color.transfer.is_none() || color.matrix.is_none()
}

/// The brightest that a picture of high dynamic range becomes, cd/m²: MaxCLL (CTA-861.3), or the peak of the display
/// that it was graded on (SMPTE ST 2086).
pub(in crate::probe) fn peak(stream: &Stream) -> Option<u32> {
    let data = || stream.side_data_list.iter();
    let content = data().find_map(|data| data.max_content).filter(|peak| *peak > 0);
    let mastering = || {
        let (num, den) = data().find_map(|data| data.max_luminance.as_deref())?.split_once('/')?;
        num.parse::<u64>().ok()?.checked_div(den.parse().ok()?).filter(|peak| *peak > 0)
    };
    content.or_else(mastering).and_then(|peak| u32::try_from(peak).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(json: &str) -> Stream {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_container_speaks_where_the_stream_does_not() {
        let own = stream(r#"{"pix_fmt": "yuv420p10le", "color_transfer": "unknown", "color_primaries": "ebu3213"}"#);
        let container = stream(r#"{"color_transfer": "smpte2084", "color_primaries": "bt2020", "color_range": "tv"}"#);
        let expected = Declared { primaries: Some(9), transfer: Some(16), matrix: None, full_range: Some(false) };
        assert_eq!(declared(&own, Some(&container)), expected);
        assert_eq!(declared(&own, None), Declared::default());
        let dolby = stream(r#"{"side_data_list": [{"dv_profile": 8, "dv_bl_signal_compatibility_id": 4}]}"#);
        assert_eq!(declared(&dolby, None).transfer, Some(18));
        let jpeg = stream(r#"{"pix_fmt": "yuvj420p", "color_space": "bt470bg"}"#);
        assert_eq!(declared(&jpeg, None), Declared { matrix: Some(5), full_range: Some(true), ..Declared::default() });
    }
}
