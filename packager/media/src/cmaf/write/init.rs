//! Writing init segments. They hold no clock: the same track gives the same bytes.

use isolang::Language;

use crate::bmff::Boxes;
use crate::codec::{AudioConfig, VideoConfig};
use crate::color::Cicp;
use crate::time::FrameRate;
use crate::track::{AudioPlan, Rung};

/// The only track of a file.
pub(crate) const TRACK_ID: u32 = 1;
/// The unity matrix (ISO/IEC 14496-12 §8.2.2).
const MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// The init segment of a video track, whose decoder's configuration is `config`, in a box with this body.
///
/// The structural brand is `cmfc`, with an edit list that takes the delay away, and not `cmf2`, which would have negative
/// composition offsets instead: ffmpeg's demuxer (seen with 5.1 and 9.0), and with it mpv, adds the largest negative
/// offset to every presentation time, so that the picture is late by two frames against the sound.
pub(crate) fn video(rung: &Rung, rate: FrameRate, color: Cicp, config: &dyn VideoConfig, body: &[u8]) -> Vec<u8> {
    let timescale = rate.timescale();
    let delay = rung.codec.row().delay_frames * rate.frame_ticks();
    let mut out = Boxes::default();
    let mut brands = vec![b"cmfc", b"iso6"];
    brands.extend(config.brands((rung.width, rung.height), rate));
    file_type(&mut out, &brands);
    movie(&mut out, timescale, |b| {
        track_header(b, 0, [rung.width, rung.height]);
        edit_list(b, delay);
        b.boxed(b"mdia", |b| {
            media_header(b, timescale, "und");
            handler(b, b"vide", "Video");
            b.boxed(b"minf", |b| {
                b.full(b"vmhd", 0, 1, |b| b.zeros(8));
                data_information(b);
                sample_table(b, |b| visual_entry(b, rung, color, body));
            });
        });
    });
    out.0
}

/// The init segment of an audio track. `priming` samples at its start are not to be heard.
pub(crate) fn audio(plan: &AudioPlan, config: &dyn AudioConfig, priming: u32) -> Vec<u8> {
    let mut out = Boxes::default();
    file_type(&mut out, &[b"cmfc", b"iso6", plan.codec.row().brand]);
    movie(&mut out, plan.sample_rate, |b| {
        track_header(b, 0x0100, [0, 0]);
        edit_list(b, priming);
        b.boxed(b"mdia", |b| {
            media_header(b, plan.sample_rate, &plan.language);
            handler(b, b"soun", "Audio");
            // The whole tag; mdhd can only say its language (ISO/IEC 14496-12 §8.4.6).
            b.full(b"elng", 0, 0, |b| {
                b.bytes(plan.language.as_bytes());
                b.u8(0);
            });
            b.boxed(b"minf", |b| {
                b.full(b"smhd", 0, 0, |b| b.zeros(4));
                data_information(b);
                sample_table(b, |b| audio_entry(b, plan, config));
            });
        });
    });
    out.0
}

fn file_type(out: &mut Boxes, brands: &[&[u8; 4]]) {
    out.boxed(b"ftyp", |b| {
        b.bytes(b"cmfc");
        b.u32(0);
        for brand in brands {
            b.bytes(*brand);
        }
    });
}

fn movie(out: &mut Boxes, timescale: u32, track: impl FnOnce(&mut Boxes)) {
    out.boxed(b"moov", |b| {
        b.full(b"mvhd", 0, 0, |b| {
            b.zeros(8);
            b.u32(timescale);
            b.u32(0); // duration: that of the fragments
            b.u32(0x1_0000); // rate
            b.u16(0x0100); // volume
            b.zeros(10);
            MATRIX.iter().for_each(|value| b.u32(*value));
            b.zeros(24);
            b.u32(TRACK_ID + 1); // next_track_ID
        });
        b.boxed(b"trak", track);
        b.boxed(b"mvex", |b| {
            b.full(b"trex", 0, 0, |b| {
                b.u32(TRACK_ID);
                b.u32(1); // default_sample_description_index
                b.zeros(12); // every fragment brings its defaults
            });
        });
    });
}

fn track_header(out: &mut Boxes, volume: u16, [width, height]: [u32; 2]) {
    // enabled, in movie, in preview
    out.full(b"tkhd", 0, 7, |b| {
        b.zeros(8);
        b.u32(TRACK_ID);
        b.zeros(4 + 4 + 8 + 4);
        b.u16(volume);
        b.zeros(2);
        MATRIX.iter().for_each(|value| b.u32(*value));
        b.u32(width << 16);
        b.u32(height << 16);
    });
}

/// One edit, from the first sample that is presented to the end (ISO/IEC 14496-12 §8.6.6; duration 0 in fragmented files).
fn edit_list(out: &mut Boxes, media_time: u32) {
    out.boxed(b"edts", |b| {
        b.full(b"elst", 0, 0, |b| {
            b.u32(1);
            b.u32(0);
            b.u32(media_time);
            b.u32(0x1_0000); // media_rate 1
        });
    });
}

fn media_header(out: &mut Boxes, timescale: u32, language: &str) {
    out.full(b"mdhd", 0, 0, |b| {
        b.zeros(8);
        b.u32(timescale);
        b.u32(0);
        b.u16(packed_language(language));
        b.zeros(2);
    });
}

/// ISO 639-2/T, five bits a letter (ISO/IEC 14496-12 §8.4.2.3), of a BCP 47 tag.
pub(crate) fn packed_language(tag: &str) -> u16 {
    let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let language = if primary.len() == 2 { Language::from_639_1(&primary) } else { Language::from_639_3(&primary) };
    let code = language.map_or("und", |language| language.to_639_3());
    code.bytes().fold(0, |packed, letter| packed << 5 | u16::from(letter & 0x1f))
}

fn handler(out: &mut Boxes, kind: &[u8; 4], name: &str) {
    out.full(b"hdlr", 0, 0, |b| {
        b.u32(0);
        b.bytes(kind);
        b.zeros(12);
        b.bytes(name.as_bytes());
        b.u8(0);
    });
}

fn data_information(out: &mut Boxes) {
    out.boxed(b"dinf", |b| {
        b.full(b"dref", 0, 0, |b| {
            b.u32(1);
            b.full(b"url ", 0, 1, |_| {}); // in this file
        });
    });
}

/// Samples are in fragments alone: every table but the first is empty.
fn sample_table(out: &mut Boxes, entry: impl FnOnce(&mut Boxes)) {
    out.boxed(b"stbl", |b| {
        b.full(b"stsd", 0, 0, |b| {
            b.u32(1);
            entry(b);
        });
        b.full(b"stts", 0, 0, |b| b.u32(0));
        b.full(b"stsc", 0, 0, |b| b.u32(0));
        b.full(b"stsz", 0, 0, |b| b.zeros(8));
        b.full(b"stco", 0, 0, |b| b.u32(0));
    });
}

fn visual_entry(out: &mut Boxes, rung: &Rung, color: Cicp, config: &[u8]) {
    out.boxed(rung.codec.row().entry, |b| {
        b.zeros(6);
        b.u16(1); // data_reference_index
        b.zeros(16);
        b.u16(u16::try_from(rung.width).unwrap_or(u16::MAX));
        b.u16(u16::try_from(rung.height).unwrap_or(u16::MAX));
        b.u32(72 << 16); // dots an inch
        b.u32(72 << 16);
        b.zeros(4);
        b.u16(1); // frame_count
        b.zeros(32); // compressorname
        b.u16(24); // depth
        b.u16(u16::MAX); // pre_defined
        b.boxed(rung.codec.row().config, |b| b.bytes(config));
        b.boxed(b"colr", |b| {
            b.bytes(b"nclx");
            [color.primaries, color.transfer, color.matrix].into_iter().for_each(|point| b.u16(point.into()));
            b.u8(u8::from(color.full_range) << 7);
        });
        b.boxed(b"pasp", |b| {
            b.u32(1);
            b.u32(1);
        });
    });
}

fn audio_entry(out: &mut Boxes, plan: &AudioPlan, config: &dyn AudioConfig) {
    out.boxed(plan.codec.row().entry, |b| {
        b.zeros(6);
        b.u16(1); // data_reference_index
        b.zeros(8);
        b.u16(u16::try_from(plan.channels).unwrap_or(u16::MAX));
        b.u16(16); // samplesize
        b.zeros(4);
        // 16.16; 0 where the rate does not fit, as decoders take it from the configuration.
        b.u32(u16::try_from(plan.sample_rate).map_or(0, |rate| u32::from(rate) << 16));
        config.write(b);
    });
}
