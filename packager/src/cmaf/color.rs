//! ffmpeg's names of colours as code points of ISO/IEC 23091-2.

use crate::plan::ColorTags;

/// The code point of something that is not described.
const UNSPECIFIED: u16 = 2;

/// Primaries, transfer characteristics and matrix coefficients of a `colr` box.
pub(super) fn code_points(color: &ColorTags) -> [u16; 3] {
    [primaries(&color.primaries), transfer(&color.transfer), matrix(&color.matrix)]
}

fn primaries(name: &str) -> u16 {
    match name {
        "bt709" => 1,
        "bt470m" => 4,
        "bt470bg" => 5,
        "smpte170m" => 6,
        "smpte240m" => 7,
        "film" => 8,
        "bt2020" => 9,
        "smpte428" => 10,
        "smpte431" => 11,
        "smpte432" => 12,
        "jedec-p22" | "ebu3213" => 22,
        _ => UNSPECIFIED,
    }
}

fn transfer(name: &str) -> u16 {
    match name {
        "bt709" => 1,
        "gamma22" | "bt470m" => 4,
        "gamma28" | "bt470bg" => 5,
        "smpte170m" => 6,
        "smpte240m" => 7,
        "linear" => 8,
        "log100" | "log" => 9,
        "log316" | "log_sqrt" => 10,
        "iec61966-2-4" | "iec61966_2_4" => 11,
        "bt1361e" | "bt1361" => 12,
        "iec61966-2-1" | "iec61966_2_1" => 13,
        "bt2020-10" | "bt2020_10bit" => 14,
        "bt2020-12" | "bt2020_12bit" => 15,
        "smpte2084" => 16,
        "smpte428" => 17,
        "arib-std-b67" => 18,
        _ => UNSPECIFIED,
    }
}

fn matrix(name: &str) -> u16 {
    match name {
        "gbr" | "rgb" => 0,
        "bt709" => 1,
        "fcc" => 4,
        "bt470bg" => 5,
        "smpte170m" => 6,
        "smpte240m" => 7,
        "ycgco" | "ycocg" => 8,
        "bt2020nc" | "bt2020_ncl" => 9,
        "bt2020c" | "bt2020_cl" => 10,
        "smpte2085" => 11,
        "chroma-derived-nc" => 12,
        "chroma-derived-c" => 13,
        "ictcp" => 14,
        _ => UNSPECIFIED,
    }
}
