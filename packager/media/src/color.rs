//! Colour as the code points of ISO/IEC 23091-2 (Rec. ITU-T H.273), and ffmpeg's names for them.

use serde::{Deserialize, Serialize};

/// A complete colour description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cicp {
    /// `ColourPrimaries`.
    pub primaries: u8,
    /// `TransferCharacteristics`.
    pub transfer: u8,
    /// `MatrixCoefficients`.
    pub matrix: u8,
    /// `VideoFullRangeFlag`.
    pub full_range: bool,
}

/// The code points that a source declares; `None` where it says nothing, or something that nobody knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// `ColourPrimaries`.
    pub primaries: Option<u8>,
    /// `TransferCharacteristics`.
    pub transfer: Option<u8>,
    /// `MatrixCoefficients`.
    pub matrix: Option<u8>,
    /// `VideoFullRangeFlag`.
    pub full_range: Option<bool>,
}

/// A transfer of high dynamic range (Rec. ITU-R BT.2100).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HighRange {
    /// Perceptual quantisation, SMPTE ST 2084.
    Pq,
    /// Hybrid log-gamma.
    Hlg,
}

impl HighRange {
    /// The range of a transfer's code point; `None` for standard dynamic range.
    #[must_use]
    pub const fn of(transfer: u8) -> Option<Self> {
        match transfer {
            PQ => Some(Self::Pq),
            HLG => Some(Self::Hlg),
            _ => None,
        }
    }
}

/// `MatrixCoefficients` of RGB.
pub const IDENTITY: u8 = 0;
/// `TransferCharacteristics` of SMPTE ST 2084.
const PQ: u8 = 16;
/// `TransferCharacteristics` of hybrid log-gamma.
const HLG: u8 = 18;

/// Code points that ffmpeg and x264 both know, with the names that ffmpeg's filters take. Code 22 (EBU Tech. 3213-E) is
/// left out: x264 cannot write it.
const PRIMARIES: [(u8, &str); 10] = [
    (1, "bt709"),
    (4, "bt470m"),
    (5, "bt470bg"),
    (6, "smpte170m"),
    (7, "smpte240m"),
    (8, "film"),
    (9, "bt2020"),
    (10, "smpte428"),
    (11, "smpte431"),
    (12, "smpte432"),
];
const TRANSFERS: [(u8, &str); 16] = [
    (1, "bt709"),
    (4, "bt470m"),
    (5, "bt470bg"),
    (6, "smpte170m"),
    (7, "smpte240m"),
    (8, "linear"),
    (9, "log100"),
    (10, "log316"),
    (11, "iec61966-2-4"),
    (12, "bt1361e"),
    (13, "iec61966-2-1"),
    (14, "bt2020-10"),
    (15, "bt2020-12"),
    (PQ, "smpte2084"),
    (17, "smpte428"),
    (HLG, "arib-std-b67"),
];
const MATRICES: [(u8, &str); 8] = [
    (IDENTITY, "gbr"),
    (1, "bt709"),
    (4, "fcc"),
    (5, "bt470bg"),
    (6, "smpte170m"),
    (7, "smpte240m"),
    (9, "bt2020nc"),
    (10, "bt2020c"),
];
/// Other names that ffprobe has for the same, by version.
const OTHER_NAMES: [(&str, &str); 8] = [
    ("gamma22", "bt470m"),
    ("gamma28", "bt470bg"),
    ("log", "log100"),
    ("log_sqrt", "log316"),
    ("iec61966_2_4", "iec61966-2-4"),
    ("iec61966_2_1", "iec61966-2-1"),
    ("bt1361", "bt1361e"),
    ("rgb", "gbr"),
];

/// The code point of ffprobe's `color_primaries`.
#[must_use]
pub fn primaries(name: &str) -> Option<u8> {
    code(&PRIMARIES, name)
}

/// The code point of ffprobe's `color_transfer`.
#[must_use]
pub fn transfer(name: &str) -> Option<u8> {
    code(&TRANSFERS, name)
}

/// The code point of ffprobe's `color_space`.
#[must_use]
pub fn matrix(name: &str) -> Option<u8> {
    code(&MATRICES, name)
}

impl Cicp {
    /// Rec. ITU-R BT.709, limited range.
    pub const BT709: Self = Self::same(1);
    /// Rec. ITU-R BT.601, 525 lines.
    pub const BT601_525: Self = Self::same(6);
    /// Rec. ITU-R BT.601-7, 625 lines: they have primaries of their own, and the transfer of 525.
    pub const BT601_625: Self = Self { primaries: 5, transfer: 6, matrix: 5, full_range: false };
    /// Rec. ITU-R BT.2020, 10 bits.
    pub const BT2020: Self = Self { primaries: 9, transfer: 14, matrix: 9, full_range: false };
    /// Rec. ITU-R BT.2100 with perceptual quantisation.
    pub const BT2100_PQ: Self = Self { primaries: 9, transfer: PQ, matrix: 9, full_range: false };

    /// Rec. ITU-R BT.2100 with hybrid log-gamma.
    pub const BT2100_HLG: Self = Self { primaries: 9, transfer: HLG, matrix: 9, full_range: false };

    const fn same(code: u8) -> Self {
        Self { primaries: code, transfer: code, matrix: code, full_range: false }
    }

    /// ffmpeg's names of primaries, transfer and matrix.
    #[must_use]
    pub fn names(&self) -> [&'static str; 3] {
        [name(&PRIMARIES, self.primaries), name(&TRANSFERS, self.transfer), name(&MATRICES, self.matrix)]
    }

    /// The matrix as ffmpeg's `scale` calls it.
    #[must_use]
    pub fn scale_matrix(&self) -> &'static str {
        match self.matrix {
            4 => "fcc",
            5 => "bt470",
            6 => "smpte170m",
            7 => "smpte240m",
            9 | 10 => "bt2020",
            _ => "bt709",
        }
    }
}

fn code(table: &[(u8, &str)], name: &str) -> Option<u8> {
    let name = OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, usual)| usual);
    table.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)
}

fn name(table: &[(u8, &'static str)], code: u8) -> &'static str {
    table.iter().find(|(known, _)| *known == code).map_or("unknown", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_code_points_and_back() {
        assert_eq!(primaries("bt2020"), Some(9));
        assert_eq!(transfer("arib-std-b67").and_then(HighRange::of), Some(HighRange::Hlg));
        assert_eq!((matrix("bt2020nc"), matrix("gbr"), transfer("gamma28")), (Some(9), Some(0), Some(5)));
        for unknown in ["", "unknown", "reserved", "ebu3213", "jedec-p22", "22", "bt709x"] {
            assert_eq!((primaries(unknown), transfer(unknown), matrix(unknown)), (None, None, None), "{unknown}");
        }
        assert_eq!(Cicp::BT2100_PQ.names(), ["bt2020", "smpte2084", "bt2020nc"]);
        assert_eq!(Cicp::BT601_625.names(), ["bt470bg", "smpte170m", "bt470bg"]);
    }
}
