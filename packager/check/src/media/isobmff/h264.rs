//! Sequence parameter sets of H.264 (ITU-T H.264 §7.3.2.1.1 and annex E).

use super::bits::{Bits, unescape};

/// A picture's size, shape and colour, as the decoder will see them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sps {
    pub(crate) profile: u8,
    pub(crate) constraints: u8,
    pub(crate) level: u8,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Every picture is a frame, never a field.
    pub(crate) progressive: bool,
    /// Sample aspect ratio.
    pub(crate) sar: Option<(u32, u32)>,
    /// Primaries, transfer characteristics, matrix coefficients (ISO/IEC 23091-2).
    pub(crate) colour: Option<(u16, u16, u16)>,
}

/// Profiles whose parameter sets describe their chroma format.
const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// Reads the NAL unit `nal`, its header included.
pub(crate) fn parse_sps(nal: &[u8]) -> Option<Sps> {
    let rbsp = unescape(nal);
    let mut bits = Bits::new(rbsp.get(1..)?);
    let (profile, constraints, level) = (bits.u8(8)?, bits.u8(8)?, bits.u8(8)?);
    bits.ue()?;
    let chroma = if HIGH_PROFILES.contains(&profile) { high_profile_fields(&mut bits)? } else { 1 };
    bits.ue()?;
    picture_order(&mut bits)?;
    bits.ue()?;
    bits.bit()?;
    let (columns, rows) = (bits.ue()?.checked_add(1)?, bits.ue()?.checked_add(1)?);
    let progressive = bits.bit()?;
    if !progressive {
        bits.bit()?;
    }
    bits.bit()?;
    let crop = if bits.bit()? { [bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?] } else { [0; 4] };
    let fields = if progressive { 1 } else { 2 };
    // §7.4.2.1.1: cropping counts in chroma samples (table 6-1), rows also in fields.
    let (unit_x, unit_y) = match chroma {
        1 => (2, 2 * fields),
        2 => (2, fields),
        _ => (1, fields),
    };
    let cut = |a: u32, b: u32, unit: u32| a.checked_add(b)?.checked_mul(unit);
    let width = columns.checked_mul(16)?.checked_sub(cut(crop[0], crop[1], unit_x)?)?;
    let height = rows.checked_mul(16)?.checked_mul(fields)?.checked_sub(cut(crop[2], crop[3], unit_y)?)?;
    let (sar, colour) = if bits.bit()? { vui(&mut bits)? } else { (None, None) };
    Some(Sps { profile, constraints, level, width, height, progressive, sar, colour })
}

/// Reads on to behind the scaling lists; gives `chroma_format_idc`.
fn high_profile_fields(bits: &mut Bits<'_>) -> Option<u32> {
    let chroma = bits.ue()?;
    if chroma == 3 {
        bits.bit()?;
    }
    bits.ue()?;
    bits.ue()?;
    bits.bit()?;
    if bits.bit()? {
        for list in 0..if chroma == 3 { 12 } else { 8 } {
            if bits.bit()? {
                scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(chroma)
}

fn scaling_list(bits: &mut Bits<'_>, size: u32) -> Option<()> {
    let (mut last, mut next) = (8i64, 8i64);
    for _ in 0..size {
        if next != 0 {
            next = (last + bits.se()? + 256).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

fn picture_order(bits: &mut Bits<'_>) -> Option<()> {
    match bits.ue()? {
        0 => {
            bits.ue()?;
        }
        1 => {
            bits.bit()?;
            bits.se()?;
            bits.se()?;
            let cycle = bits.ue()?;
            if cycle > 255 {
                return None;
            }
            for _ in 0..cycle {
                bits.se()?;
            }
        }
        _ => {}
    }
    Some(())
}

type Shape = Option<(u32, u32)>;
type Colour = Option<(u16, u16, u16)>;

fn vui(bits: &mut Bits<'_>) -> Option<(Shape, Colour)> {
    // Table E-1.
    const SHAPES: [(u32, u32); 17] = [
        (0, 0),
        (1, 1),
        (12, 11),
        (10, 11),
        (16, 11),
        (40, 33),
        (24, 11),
        (20, 11),
        (32, 11),
        (80, 33),
        (18, 11),
        (15, 11),
        (64, 33),
        (160, 99),
        (4, 3),
        (3, 2),
        (2, 1),
    ];
    let mut sar = None;
    if bits.bit()? {
        let index = bits.u(8)?;
        let shape = if index == 255 { Some((bits.u(16)?, bits.u(16)?)) } else { SHAPES.get(index as usize).copied() };
        sar = shape.filter(|&(x, y)| x > 0 && y > 0);
    }
    if bits.bit()? {
        bits.bit()?;
    }
    let mut colour = None;
    if bits.bit()? {
        bits.u(4)?;
        if bits.bit()? {
            colour = Some((bits.u8(8)?.into(), bits.u8(8)?.into(), bits.u8(8)?.into()));
        }
    }
    Some((sar, colour))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by x264 for 1920×1080 at 25 fps, High 4.0, BT.709.
    #[test]
    fn x264s_parameter_set_is_understood() {
        let hex = "67640028acd940780227e5c05a808080a0000003002000000651e30632c0";
        let nal: Vec<u8> =
            (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        let sps = parse_sps(&nal).unwrap();
        assert_eq!((sps.profile, sps.level, sps.progressive), (100, 40, true));
        assert_eq!((sps.width, sps.height), (1920, 1080));
        assert_eq!(sps.sar, Some((1, 1)));
        assert_eq!(sps.colour, Some((1, 1, 1)));
    }
}
