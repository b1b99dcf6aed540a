//! From high dynamic range to standard, as a filter graph's text: a table of colours that ffmpeg computes itself.
//!
//! The largest of R, G and B goes through the EETF of Report ITU-R BT.2390 (§5.4.1), from the source's peak to 203 cd/m²:
//! what is at most about half as bright as reference white (Report ITU-R BT.2408) is as it was, and white itself stays
//! above 210 of 255. R, G and B are scaled alike, in linear light, so that hue and saturation stay. What BT.709 cannot
//! show is drawn towards its own grey until it can.

use crate::plan::ToneMap;
use media::color::{Cicp, HighRange};

/// Points of the table along each of its three sides are the square of this.
const LEVEL: u32 = 7;

/// SDR's white: HDR reference white (Report ITU-R BT.2408), cd/m².
const WHITE: f64 = 203.0;

/// Constants of SMPTE ST 2084.
const M1: f64 = 2610.0 / 16384.0;
const M2: f64 = 2523.0 / 4096.0 * 128.0;
const C1: f64 = 3424.0 / 4096.0;
const C2: f64 = 2413.0 / 4096.0 * 32.0;
const C3: f64 = 2392.0 / 4096.0 * 32.0;

/// The luminance that a PQ signal of 1 stands for, cd/m².
const PQ_PEAK: f64 = 10_000.0;

/// A filter chain with its comma, or nothing: it takes the picture as it was decoded, and gives 10 bits of BT.709.
pub(super) fn filters(map: Option<ToneMap>, source: Cicp) -> String {
    let Some(map) = map else { return String::new() };
    // Packed pixels: `haldclut` takes the colours of planar ones for each other (seen with 5.1 and 9.0), and its code for
    // these rounds alike on every processor.
    format!(
        "scale=in_color_matrix={}:flags=bicubic+accurate_rnd+full_chroma_int,format=rgb48[hdr];\
         haldclutsrc=level={LEVEL}:rate=1,trim=end_frame=1,format=rgb48,format=gbrp16,{},format=rgb48[table];\
         [hdr][table]haldclut,scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+bitexact,\
         format=yuv420p10,",
        source.scale_matrix(),
        table(map, source)
    )
}

/// `geq` over the identity table. Its variables: 0 to 2 are the source's R, G and B in linear light, 1 for 10,000 cd/m²;
/// 5 to 7 those of BT.709, and 8 their luminance; the others hold what the next step needs.
fn table(map: ToneMap, source: Cicp) -> String {
    let mut steps = match map.from {
        HighRange::Pq => pq().to_vec(),
        HighRange::Hlg => hlg(),
    };
    steps.extend(to_bt709(source));
    steps.extend(eetf(map.peak));
    let steps = steps.join(";");
    // Rec. ITU-R BT.1886, turned round.
    let plane = |name, at| format!("{name}='{steps};65535*pow(clip(ld(4)*(ld(8)+ld(9)*(ld({at})-ld(8))),0,1),1/2.4)'");
    // `nearest`: otherwise `geq` never reads the last column and row.
    format!("geq={}:{}:{}:interpolation=nearest", plane("r", 5), plane("g", 6), plane("b", 7))
}

/// SMPTE ST 2084's EOTF of each channel.
fn pq() -> [String; 3] {
    [("r", 0), ("g", 1), ("b", 2)].map(|(name, at)| format!("st({at},{})", pq_linear(&format!("({name}(X,Y)/65535)"))))
}

/// Hybrid log-gamma's inverse OETF and its OOTF for 1000 cd/m² (Rec. ITU-R BT.2100, tables 5).
fn hlg() -> Vec<String> {
    let scene = [("r", 0), ("g", 1), ("b", 2)].map(|(name, at)| {
        let signal = format!("({name}(X,Y)/65535)");
        let bright = format!("(exp(({signal}-0.55991073)/0.17883277)+0.28466892)/12");
        format!("st({at},if(lte({signal},0.5),{signal}*{signal}/3,{bright}))")
    });
    let gain = "st(3,0.1*pow(0.2627*ld(0)+0.6780*ld(1)+0.0593*ld(2),0.2))".to_owned();
    let shown = [0, 1, 2].map(|at| format!("st({at},ld({at})*ld(3))"));
    scene.into_iter().chain([gain]).chain(shown).collect()
}

/// BT.2390's EETF of the largest channel, and in 4 the factor that all three are scaled by, SDR's white becoming 1.
fn eetf(peak: u32) -> [String; 5] {
    let brightest = pq_signal(f64::from(peak) / PQ_PEAK);
    let white = pq_signal(WHITE / PQ_PEAK) / brightest;
    let knee = 1.5 * white - 0.5;
    let spline = format!(
        "(2*pow(ld(0),3)-3*pow(ld(0),2)+1)*{knee:.9}+(pow(ld(0),3)-2*pow(ld(0),2)+ld(0))*{:.9}\
         +(3*pow(ld(0),2)-2*pow(ld(0),3))*{white:.9}",
        1.0 - knee
    );
    [
        "st(3,max(max(ld(5),ld(6)),ld(7)))".to_owned(),
        format!("st(4,min({}/{brightest:.9},1))", pq_coded("max(ld(3),0)")),
        format!("st(0,(ld(4)-{knee:.9})/{:.9})", 1.0 - knee),
        format!("st(4,if(lt(ld(4),{knee:.9}),ld(4),{spline})*{brightest:.9})"),
        format!("st(4,{}/{}/max(ld(3),1e-9))", pq_linear("ld(4)"), WHITE / PQ_PEAK),
    ]
}

/// BT.709's R, G and B, and in 9 the share of each one's distance from their grey that leaves none below 0.
fn to_bt709(source: Cicp) -> Vec<String> {
    let rows = primaries(source.primaries).into_iter().zip(5..);
    let rows = rows.map(|([r, g, b], at)| format!("st({at},{r}*ld(0)+({g})*ld(1)+({b})*ld(2))"));
    let rest = [
        "st(8,0.2126*ld(5)+0.7152*ld(6)+0.0722*ld(7))",
        "st(3,min(min(ld(5),ld(6)),ld(7)))",
        "st(9,if(lt(ld(3),0),ld(8)/(ld(8)-ld(3)),1))",
    ];
    rows.chain(rest.map(String::from)).collect()
}

/// Rows of the matrix from linear light in these primaries to BT.709 (Report ITU-R BT.2407, and SMPTE RP 177 for P3).
const fn primaries(code: u8) -> [[f64; 3]; 3] {
    match code {
        1 => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        12 => [[1.224_940, -0.224_940, 0.0], [-0.042_057, 1.042_057, 0.0], [-0.019_638, -0.078_636, 1.098_274]],
        _ => [
            [1.660_491, -0.587_641, -0.072_850],
            [-0.124_550, 1.132_900, -0.008_349],
            [-0.018_151, -0.100_579, 1.118_730],
        ],
    }
}

/// The PQ signal of a luminance (1 for 10,000 cd/m²).
fn pq_signal(luminance: f64) -> f64 {
    let power = luminance.powf(M1);
    ((C1 + C2 * power) / (1.0 + C3 * power)).powf(M2)
}

/// The same as an expression.
fn pq_coded(luminance: &str) -> String {
    let power = format!("pow({luminance},{M1})");
    format!("pow(({C1}+{C2}*{power})/(1+{C3}*{power}),{M2})")
}

/// The luminance of a PQ signal, as an expression.
fn pq_linear(signal: &str) -> String {
    let power = format!("pow({signal},1/{M2})");
    format!("pow(max({power}-{C1},0)/({C2}-{C3}*{power}),1/{M1})")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// The 8-bit R, G and B that full-range signals become.
    fn shown(map: ToneMap, signals: &[[f64; 3]]) -> Vec<[u8; 3]> {
        let bars = |channel: usize| {
            let bar = |(at, signal): (usize, &[f64; 3])| format!("+{}*eq(floor(X/16),{at})", 65535.0 * signal[channel]);
            signals.iter().enumerate().map(bar).collect::<String>()
        };
        let width = 16 * signals.len();
        let graph = format!(
            "color=black:size={width}x16:rate=1:duration=1,format=gbrp16,geq=r='0{}':g='0{}':b='0{}',format=rgb48,\
             {}scale=in_color_matrix=bt709,format=rgb24[out]",
            bars(0),
            bars(1),
            bars(2),
            filters(Some(map), Cicp::BT2100_PQ)
        );
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-filter_complex", &graph, "-map", "[out]", "-frames:v", "1", "-f", "rawvideo", "-"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let row = &made.stdout[8 * width * 3..9 * width * 3];
        row.chunks(16 * 3).map(|bar| bar[8 * 3..9 * 3].try_into().unwrap()).collect()
    }

    /// HLG's signal of a grey, cd/m².
    fn hlg_signal(luminance: f64) -> f64 {
        let scene: f64 = (luminance / 1000.0).powf(1.0 / 1.2);
        if scene <= 1.0 / 12.0 {
            (3.0 * scene).sqrt()
        } else {
            0.178_832_77 * (12.0 * scene - 0.284_668_92).ln() + 0.559_910_73
        }
    }

    #[test]
    fn greys_become_what_bt2390_says() {
        let pq = |peak| ToneMap { from: HighRange::Pq, peak };
        let hlg = ToneMap { from: HighRange::Hlg, peak: 1000 };
        // Below the knee a luminance stays: 50 of 203 cd/m² is 0.558 of the signal.
        for (map, levels) in [
            (pq(1000), &[(0.0, 0), (50.0, 142), (203.0, 230), (1000.0, 255), (4000.0, 255)][..]),
            (pq(400), &[(203.0, 244)]),
            (pq(2000), &[(203.0, 220)]),
            (hlg, &[(50.0, 142), (203.0, 230), (1000.0, 255)]),
        ] {
            let signal = |(luminance, _): &(f64, u8)| match map.from {
                HighRange::Pq => [pq_signal(luminance / PQ_PEAK); 3],
                HighRange::Hlg => [hlg_signal(*luminance); 3],
            };
            let seen = shown(map, &levels.iter().map(signal).collect::<Vec<_>>());
            for ((luminance, expected), seen) in levels.iter().zip(seen) {
                assert!(seen.iter().all(|level| level.abs_diff(*expected) <= 2), "{map:?} {luminance}: {seen:?}");
            }
        }
    }

    #[test]
    fn colours_keep_their_hue() {
        // Orange of BT.709 in BT.2020's primaries, darker and far brighter than SDR's white: G over R stays.
        let orange = |luminance: f64| {
            [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
                .map(|row: [f64; 3]| row[0] + 0.25 * row[1] + 0.05 * row[2])
                .map(|linear| pq_signal(linear * luminance / PQ_PEAK))
        };
        let seen = shown(ToneMap { from: HighRange::Pq, peak: 1000 }, &[orange(20.0), orange(800.0), [0.0, 0.5, 0.0]]);
        for orange in &seen[..2] {
            let linear = orange.map(|level| (f64::from(level) / 255.0).powf(2.4));
            assert!((linear[1] / linear[0] - 0.25).abs() < 0.03, "{seen:?}");
        }
        // BT.2020's green, which BT.709 lacks, is green.
        let [r, g, b] = seen[2];
        assert!(g > 120 && r < g / 2 && b < g / 3 * 2, "{seen:?}");
    }
}
