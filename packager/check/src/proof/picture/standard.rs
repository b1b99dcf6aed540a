//! Reference tone mapping of high dynamic range to standard range: reference white near white, hues kept.

use super::Picture;

/// Luminance of reference white, cd/m² (Rec. ITU-R BT.2408 §2.2).
const WHITE: f32 = 203.0;
/// Rows from linear light in some primaries to that in BT.709's.
type ToBt709 = [[f32; 3]; 3];
/// From those of Rec. ITU-R BT.2020 (BT.2087 annex 1).
const BT2020: ToBt709 = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]];
/// From those of P3 with the white of D65 (SMPTE EG 432-1), by SMPTE RP 177.
const P3: ToBt709 = [[1.2249, -0.2249, 0.0], [-0.0421, 1.0421, 0.0], [-0.0196, -0.0786, 1.0983]];
const BT709: ToBt709 = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// A high dynamic range: how light is coded, and the colours that it is counted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct HighRange {
    transfer: Transfer,
    primaries: ToBt709,
}

/// A transfer of high dynamic range (Rec. ITU-R BT.2100).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transfer {
    Pq,
    Hlg,
}

impl HighRange {
    /// Of ffprobe's names of transfer and primaries; `None` of standard range. Primaries that nobody named are BT.2020's.
    pub(crate) fn of(transfer: &str, primaries: &str) -> Option<Self> {
        let transfer = match transfer {
            "smpte2084" => Transfer::Pq,
            "arib-std-b67" => Transfer::Hlg,
            _ => return None,
        };
        let primaries = match primaries {
            "bt709" => BT709,
            "smpte432" => P3,
            _ => BT2020,
        };
        Some(Self { transfer, primaries })
    }

    /// `picture`, whose cells are code values of this range, as a screen of standard range should show it: what is
    /// brighter than reference white or more colourful than BT.709 as far as it goes, in its own hue.
    pub(crate) fn standard(self, picture: &Picture) -> Picture {
        let rgb = picture.rgb.chunks_exact(3).filter_map(|cell| cell.first_chunk::<3>());
        Picture {
            size: picture.size,
            rgb: rgb.flat_map(|cell| self.cell(cell.map(|code| f32::from(code) / 255.0))).collect(),
        }
    }

    fn cell(self, codes: [f32; 3]) -> [u8; 3] {
        let light = match self.transfer {
            Transfer::Pq => codes.map(pq),
            Transfer::Hlg => {
                let scene = codes.map(hlg);
                let bright = 0.2627 * scene[0] + 0.678 * scene[1] + 0.0593 * scene[2];
                scene.map(|light| 1000.0 * light * bright.powf(0.2))
            }
        };
        let [r, g, b] = light.map(|nits| nits / WHITE);
        within(self.primaries.map(|row| row[0] * r + row[1] * g + row[2] * b)).map(code)
    }
}

/// Light that BT.709 can show: drawn towards its own grey until nothing is below 0, and dimmed until nothing is above 1.
fn within([r, g, b]: [f32; 3]) -> [f32; 3] {
    let grey = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let least = r.min(g).min(b);
    let kept = if least < 0.0 && grey > least { (grey / (grey - least)).max(0.0) } else { 1.0 };
    let shown = [r, g, b].map(|light| grey + kept * (light - grey));
    let most = shown[0].max(shown[1]).max(shown[2]).max(1.0);
    shown.map(|light| light / most)
}

/// BT.1886's code value of relative light.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255 after clamping")]
fn code(light: f32) -> u8 {
    (light.clamp(0.0, 1.0).powf(1.0 / 2.4) * 255.0).round() as u8
}

/// cd/m² of a code value, SMPTE ST 2084.
fn pq(code: f32) -> f32 {
    let power = code.powf(1.0 / 78.84375);
    10_000.0 * ((power - 0.835_937_5).max(0.0) / (18.851_563 - 18.6875 * power)).powf(1.0 / 0.159_301_76)
}

/// Scene light of a code value, BT.2100 table 5.
fn hlg(code: f32) -> f32 {
    if code <= 0.5 { code * code / 3.0 } else { (((code - 0.559_910_7) / 0.178_832_77).exp() + 0.284_668_92) / 12.0 }
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;

    #[test]
    fn reference_white_is_white_in_both_ranges() {
        let shown = |transfer: Transfer, code: u8| {
            let picture = Picture { size: Size { wide: 1, high: 1 }, rgb: vec![code; 3] };
            let shown =
                [BT2020, P3, BT709].map(|primaries| HighRange { transfer, primaries }.standard(&picture).rgb[1]);
            assert!(shown.iter().all(|one| one.abs_diff(shown[0]) <= 1), "grey is grey in all: {shown:?}");
            shown[0]
        };
        // 58 % of PQ and 75 % of HLG are 203 cd/m² (BT.2408 table 1).
        assert!((252..=255).contains(&shown(Transfer::Pq, 148)), "{}", shown(Transfer::Pq, 148));
        assert!((250..=255).contains(&shown(Transfer::Hlg, 191)), "{}", shown(Transfer::Hlg, 191));
        assert_eq!([0, 255].map(|code| shown(Transfer::Pq, code)), [0, 255]);
        assert!(shown(Transfer::Pq, 100) < 150 && shown(Transfer::Hlg, 100) > 40);
        assert_eq!(HighRange::of("bt709", "bt2020"), None);
    }

    #[test]
    fn what_is_too_bright_or_too_colourful_keeps_its_hue() {
        let shown = |transfer: Transfer, rgb: [u8; 3]| {
            let picture = Picture { size: Size { wide: 1, high: 1 }, rgb: rgb.into() };
            *HighRange { transfer, primaries: BT2020 }.standard(&picture).rgb.first_chunk::<3>().unwrap()
        };
        for transfer in [Transfer::Pq, Transfer::Hlg] {
            let [r, g, b] = shown(transfer, [230, 190, 60]);
            assert!(
                r >= 254 && (100..230).contains(&g) && b < g,
                "{transfer:?} {r} {g} {b}: a lamp is yellow, not white"
            );
            let [r, g, b] = shown(transfer, [20, 180, 20]);
            assert!(r < 160 && b < 160 && g > 200, "{transfer:?} {r} {g} {b}: BT.2020's green is green");
        }
    }
}
