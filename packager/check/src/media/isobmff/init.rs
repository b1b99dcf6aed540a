//! An init segment: `ftyp` and `moov` without samples.

use super::sample_entry::{self, SampleEntry};
use super::{BoxRef, FourCc, Malformed, boxes};

/// Content of an init segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Init {
    /// Bytes of the resource.
    pub(crate) bytes: u64,
    /// Major and compatible brands; empty without `ftyp`.
    pub(crate) brands: Vec<FourCc>,
    pub(crate) tracks: Vec<TrackInit>,
    /// `mvex` is there.
    pub(crate) fragmented: bool,
    /// Boxes at the top other than those that an init segment may have.
    pub(crate) strangers: Vec<FourCc>,
}

/// A `trak` with its `trex`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TrackInit {
    pub(crate) id: u32,
    pub(crate) timescale: u32,
    /// `tkhd`'s, whole pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// `hdlr`'s type; zeros when there is none.
    pub(crate) handler: [u8; 4],
    pub(crate) entries: Vec<SampleEntry>,
    pub(crate) edits: Vec<Edit>,
    /// Samples that `stts`, `stsz`, `stsc` or the chunk offsets describe in `moov`.
    pub(crate) samples: u64,
    pub(crate) trex: Option<Defaults>,
    /// A loudness box is in the track's user data.
    pub(crate) loudness: bool,
}

/// Defaults for samples, from `trex`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Defaults {
    pub(crate) duration: u32,
    pub(crate) size: u32,
    pub(crate) flags: u32,
}

/// An entry of `elst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Ticks of the movie.
    pub(crate) duration: u64,
    /// Ticks of the track; −1 is an empty edit.
    pub(crate) media_time: i64,
}

impl Init {
    pub(crate) fn has_brand(&self, brand: &[u8; 4]) -> bool {
        self.brands.iter().any(|b| b.is(brand))
    }

    /// The only track, or the first.
    pub(crate) fn track(&self) -> Option<&TrackInit> {
        self.tracks.first()
    }
}

impl TrackInit {
    pub(crate) fn entry(&self) -> Option<&SampleEntry> {
        self.entries.first()
    }

    /// Ticks of the track that its edit list takes away before presentation time 0 (ISO/IEC 14496-12 §8.6.6).
    pub(crate) fn edit_shift(&self) -> i64 {
        self.edits.iter().map(|e| e.media_time).find(|&t| t >= 0).unwrap_or(0)
    }
}

/// Reads a whole init segment that is in memory.
pub(crate) fn parse(data: &[u8], at: u64) -> Result<Init, Malformed> {
    let mut init = Init { bytes: data.len() as u64, ..Init::default() };
    let mut found = false;
    for top in boxes(data, at, FourCc(*b"file"))? {
        match &top.kind.0 {
            b"ftyp" => init.brands = brands(&top)?,
            b"moov" => {
                found = true;
                movie(&top, &mut init)?;
            }
            b"free" | b"skip" | b"sidx" | b"pssh" | b"meta" | b"uuid" | b"prft" | b"emsg" | b"styp" => {}
            _ => init.strangers.push(top.kind),
        }
    }
    if found { Ok(init) } else { Err(Malformed { byte: at, what: "has no 'moov' box".into() }) }
}

/// Brands of `ftyp` or `styp`, the major one first.
pub(super) fn brands(ftyp: &BoxRef<'_>) -> Result<Vec<FourCc>, Malformed> {
    let mut at = ftyp.cursor();
    let major = FourCc(at.array()?);
    at.u32()?;
    let compatible = at.data.chunks_exact(4).map(|c| FourCc([c[0], c[1], c[2], c[3]]));
    Ok(std::iter::once(major).chain(compatible).collect())
}

fn movie(moov: &BoxRef<'_>, init: &mut Init) -> Result<(), Malformed> {
    let mut trex = Vec::new();
    for child in moov.children()? {
        match &child.kind.0 {
            b"trak" => init.tracks.push(track(&child)?),
            b"mvex" => {
                init.fragmented = true;
                for child in child.children()?.iter().filter(|b| b.kind.is(b"trex")) {
                    let mut at = child.cursor();
                    at.full()?;
                    let id = at.u32()?;
                    at.u32()?;
                    trex.push((id, Defaults { duration: at.u32()?, size: at.u32()?, flags: at.u32()? }));
                }
            }
            _ => {}
        }
    }
    for track in &mut init.tracks {
        track.trex = trex.iter().find(|(id, _)| *id == track.id).map(|(_, defaults)| *defaults);
    }
    Ok(())
}

fn track(trak: &BoxRef<'_>) -> Result<TrackInit, Malformed> {
    let mut track = TrackInit::default();
    for child in trak.children()? {
        match &child.kind.0 {
            b"tkhd" => header(&child, &mut track)?,
            b"edts" => {
                for list in child.children()?.iter().filter(|b| b.kind.is(b"elst")) {
                    track.edits = edits(list)?;
                }
            }
            b"mdia" => media(&child, &mut track)?,
            b"udta" => track.loudness = child.children().is_ok_and(|all| all.iter().any(|b| b.kind.is(b"ludt"))),
            _ => {}
        }
    }
    Ok(track)
}

fn header(tkhd: &BoxRef<'_>, track: &mut TrackInit) -> Result<(), Malformed> {
    let mut at = tkhd.cursor();
    let (version, _) = at.full()?;
    at.sized(version)?;
    at.sized(version)?;
    track.id = at.u32()?;
    at.u32()?;
    at.sized(version)?;
    at.bytes(52)?;
    (track.width, track.height) = (at.u32()? >> 16, at.u32()? >> 16);
    Ok(())
}

fn edits(elst: &BoxRef<'_>) -> Result<Vec<Edit>, Malformed> {
    let mut at = elst.cursor();
    let (version, _) = at.full()?;
    let count = at.u32()?;
    let mut edits = Vec::new();
    for _ in 0..count {
        let duration = at.sized(version)?;
        let media_time = if version == 1 { at.array().map(i64::from_be_bytes)? } else { i64::from(at.i32()?) };
        at.u32()?;
        edits.push(Edit { duration, media_time });
    }
    Ok(edits)
}

fn media(mdia: &BoxRef<'_>, track: &mut TrackInit) -> Result<(), Malformed> {
    for child in mdia.children()? {
        let mut at = child.cursor();
        match &child.kind.0 {
            b"mdhd" => {
                let (version, _) = at.full()?;
                at.sized(version)?;
                at.sized(version)?;
                track.timescale = at.u32()?;
            }
            b"hdlr" => {
                at.bytes(8)?;
                track.handler = at.array()?;
            }
            b"minf" => {
                for table in child.children()?.iter().filter(|b| b.kind.is(b"stbl")) {
                    sample_table(table, track)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn sample_table(stbl: &BoxRef<'_>, track: &mut TrackInit) -> Result<(), Malformed> {
    for child in stbl.children()? {
        let mut at = child.cursor();
        match &child.kind.0 {
            b"stsd" => {
                at.bytes(8)?;
                let entries = boxes(at.data, at.at, child.kind)?;
                track.entries = entries.iter().map(sample_entry::parse).collect::<Result<_, _>>()?;
            }
            b"stts" | b"stsc" | b"stco" | b"co64" => {
                at.full()?;
                track.samples = track.samples.max(u64::from(at.u32()?));
            }
            b"stsz" => {
                at.full()?;
                at.u32()?;
                track.samples = track.samples.max(u64::from(at.u32()?));
            }
            _ => {}
        }
    }
    Ok(())
}
