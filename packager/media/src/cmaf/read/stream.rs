//! ffmpeg's output, read box by box as it comes.

use std::io::{self, Read};

use super::movie::{Entry, Moof, Movie, Sample};
use crate::bmff::FourCc;
use crate::cmaf::error::Fault;

/// A `moov` or `moof` that is larger did not come from ffmpeg: a sample takes 16 bytes of a `moof`.
const MAX_HEADER: u64 = 2 << 20;
/// Bytes of a box's size and type.
const BOX_HEADER: u64 = 8;

/// A stream of boxes.
#[derive(Debug)]
pub(crate) struct Stream<R> {
    reader: R,
    /// Bytes read so far.
    at: u64,
}

/// Where a box is, and how long its body.
#[derive(Debug, Clone, Copy)]
struct BoxHeader {
    kind: FourCc,
    at: u64,
    body: u64,
}

/// A fragment's description; its samples' bytes come next from the stream, one after another, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incoming {
    /// Decode time of the first sample, ticks of the movie.
    pub decode_time: u64,
    pub samples: Vec<Sample>,
}

impl BoxHeader {
    fn problem(self, problem: impl Into<String>) -> Fault {
        Fault::Box { kind: self.kind, at: self.at, problem: problem.into() }
    }
}

impl<R: Read> Stream<R> {
    pub(crate) const fn new(reader: R) -> Self {
        Self { reader, at: 0 }
    }

    /// Reads up to and with the `moov`, whose track has this sample entry.
    pub(crate) fn movie(&mut self, entry: Entry) -> Result<Movie, Fault> {
        let header = self.until(b"moov")?.ok_or(Fault::Cut { at: self.at, inside: "before its 'moov' box" })?;
        let body = self.body(header)?;
        Movie::parse(&body, entry).map_err(|problem| header.problem(problem))
    }

    /// Reads a fragment's `moof` and the start of its `mdat`. `None` at the end of the stream.
    pub(crate) fn fragment(&mut self, movie: &Movie) -> Result<Option<Incoming>, Fault> {
        let Some(moof) = self.until(b"moof")? else { return Ok(None) };
        let body = self.body(moof)?;
        let Moof { decode_time, data_offset, samples } =
            movie.fragment(&body).map_err(|problem| moof.problem(problem))?;
        let mdat = self.until(b"mdat")?.ok_or(Fault::Cut { at: self.at, inside: "before the 'mdat' of a fragment" })?;
        if i64::from(data_offset).cast_unsigned() != self.at - moof.at {
            let problem = format!("says that its samples are {data_offset} bytes after it, not {}", self.at - moof.at);
            return Err(moof.problem(problem));
        }
        let size: u64 = samples.iter().map(|s| u64::from(s.size)).sum();
        if size != mdat.body {
            return Err(mdat.problem(format!("has {} bytes, but its fragment's samples have {size}", mdat.body)));
        }
        Ok(Some(Incoming { decode_time, samples }))
    }

    /// Fills `buffer`.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Fault> {
        let at = self.at;
        self.reader.read_exact(buffer).map_err(|cause| match cause.kind() {
            io::ErrorKind::UnexpectedEof => Fault::Cut { at, inside: "in the middle of a fragment" },
            _ => Fault::Read { at, cause },
        })?;
        self.at += buffer.len() as u64;
        Ok(())
    }

    /// Skips boxes until one of the kind that is wanted: ffmpeg adds `ftyp`, `free`, `mfra`, by version and option.
    /// A header box out of order is not skipped.
    fn until(&mut self, wanted: &[u8; 4]) -> Result<Option<BoxHeader>, Fault> {
        while let Some(header) = self.header()? {
            if &header.kind.0 == wanted {
                return Ok(Some(header));
            }
            if matches!(&header.kind.0, b"moov" | b"moof" | b"mdat") {
                return Err(header.problem(format!("stands where '{}' should be", FourCc(*wanted))));
            }
            self.skip(header)?;
        }
        Ok(None)
    }

    fn header(&mut self) -> Result<Option<BoxHeader>, Fault> {
        let at = self.at;
        let mut bytes = Vec::with_capacity(8);
        self.append(&mut bytes, BOX_HEADER)?;
        let Some((size, kind)) = bytes.first_chunk::<4>().zip(bytes.last_chunk::<4>()) else {
            return if bytes.is_empty() {
                Ok(None)
            } else {
                Err(Fault::Cut { at: self.at, inside: "in a box header" })
            };
        };
        if bytes.len() < 8 {
            return Err(Fault::Cut { at: self.at, inside: "in a box header" });
        }
        let (size, kind) = (u32::from_be_bytes(*size), FourCc(*kind));
        // 0 (to the end of the file) and 1 (64 bits follow) are legal, but not in a fragment of seconds.
        let body = u64::from(size).checked_sub(BOX_HEADER).ok_or_else(|| Fault::Box {
            kind,
            at,
            problem: format!("has the size {size}, which no fragment of ffmpeg's has"),
        })?;
        Ok(Some(BoxHeader { kind, at, body }))
    }

    fn body(&mut self, header: BoxHeader) -> Result<Vec<u8>, Fault> {
        if header.body > MAX_HEADER {
            return Err(header.problem(format!("has {} bytes; at most {MAX_HEADER} are possible", header.body)));
        }
        let mut body = Vec::new();
        self.append(&mut body, header.body)?;
        if body.len() as u64 == header.body { Ok(body) } else { Err(self.cut_in_box()) }
    }

    fn skip(&mut self, header: BoxHeader) -> Result<(), Fault> {
        let at = self.at;
        let skipped = io::copy(&mut self.reader.by_ref().take(header.body), &mut io::sink())
            .map_err(|cause| Fault::Read { at, cause })?;
        self.at += skipped;
        if skipped == header.body { Ok(()) } else { Err(self.cut_in_box()) }
    }

    /// Appends up to `count` bytes: what is allocated follows what comes, not what a size field says.
    fn append(&mut self, bytes: &mut Vec<u8>, count: u64) -> Result<(), Fault> {
        let at = self.at;
        let read = self.reader.by_ref().take(count).read_to_end(bytes).map_err(|cause| Fault::Read { at, cause })?;
        self.at += read as u64;
        Ok(())
    }

    const fn cut_in_box(&self) -> Fault {
        Fault::Cut { at: self.at, inside: "in the middle of a box" }
    }
}
