//! Where bytes come from: files on disk, or HTTP.

pub(crate) mod http;
pub(crate) mod names;
pub(crate) mod parallel;
pub(crate) mod target;
pub(crate) mod tools;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use url::Url;

/// Largest playlist or MPD that is read.
pub(crate) const MAX_MANIFEST: u64 = 16 << 20;
/// Largest resource whose bytes are read through when they cannot be jumped over.
pub(crate) const MAX_STREAMED: u64 = 512 << 20;

/// A file or URL, or a range of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Resource {
    pub(crate) url: Url,
    pub(crate) range: Option<ByteRange>,
}

/// A run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    pub(crate) length: u64,
}

impl Resource {
    pub(crate) fn whole(url: Url) -> Self {
        Self { url, range: None }
    }

    /// Where its first byte stands in the file.
    pub(crate) fn start(&self) -> u64 {
        self.range.map_or(0, |r| r.start)
    }
}

/// Why bytes could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// No such file, or 404 or 410.
    #[error("is not there ({0})")]
    Missing(String),
    /// Any other status.
    #[error("was answered with status {0}")]
    Status(u16),
    /// A scheme that this target must not lead to.
    #[error("has scheme '{0}', which this target must not refer to")]
    Scheme(String),
    /// Beyond a limit.
    #[error("is larger than {0} bytes, the most that is read")]
    TooLarge(u64),
    /// The range lies beyond the end.
    #[error("has {length} bytes, the range ends at {end}")]
    Beyond { length: u64, end: u64 },
    /// The server was too slow too often.
    #[error("was not asked for: {0} requests in a row ran into the time limit")]
    GaveUp(u32),
    /// Anything else.
    #[error("could not be read: {0}")]
    Io(String),
}

impl From<std::io::Error> for FetchError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing("no such file".into()),
            _ => Self::Io(error.to_string()),
        }
    }
}

/// Gives resources.
pub(crate) trait Store: Sync {
    /// Opens `resource` for reading forward.
    fn open(&self, resource: &Resource) -> Result<Input, FetchError>;

    /// Seconds for which caches may give the playlist or MPD at `url` as it was when it was last had.
    fn may_be_old(&self, _url: &Url) -> Option<u64> {
        None
    }

    /// A playlist's or MPD's bytes.
    fn manifest(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let mut input = self.open(&Resource::whole(url.clone()))?;
        input.read_all(MAX_MANIFEST)
    }
}

/// Files.
#[derive(Debug)]
pub(crate) struct Disk;

impl Store for Disk {
    fn open(&self, resource: &Resource) -> Result<Input, FetchError> {
        let scheme = || FetchError::Scheme(resource.url.scheme().to_owned());
        if resource.url.scheme() != "file" {
            return Err(scheme());
        }
        let path = resource.url.to_file_path().map_err(|()| scheme())?;
        // A pipe or device may have no end, or wait for ever to be opened.
        let meta = std::fs::metadata(&path)?;
        if !meta.is_file() {
            return Err(FetchError::Io("it is not a regular file".into()));
        }
        let mut file = File::open(path)?;
        let mut end = meta.len();
        if let Some(range) = resource.range {
            let wanted = range.start.saturating_add(range.length);
            if wanted > end {
                return Err(FetchError::Beyond { length: end, end: wanted });
            }
            file.seek(SeekFrom::Start(range.start))?;
            end = wanted;
        }
        let start = resource.start();
        Ok(Input { source: Source::File(BufReader::new(file)), at: start, start, end: Some(end) })
    }
}

/// A resource that is read forward, by byte of the file.
pub(crate) struct Input {
    source: Source,
    at: u64,
    start: u64,
    end: Option<u64>,
}

enum Source {
    File(BufReader<File>),
    Stream(Box<dyn Read + Send>),
}

impl Input {
    /// Bytes from a stream that cannot be jumped in; `start` is the place of its first byte in the file.
    pub(crate) fn stream(reader: Box<dyn Read + Send>, start: u64, length: Option<u64>) -> Self {
        let end = length.map(|l| start.saturating_add(l));
        Self { source: Source::Stream(reader), at: start, start, end }
    }

    /// Byte of the file that is read next.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Bytes left, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        self.end.map(|end| end.saturating_sub(self.at))
    }

    /// Fills `buffer` as far as there are bytes; gives how many there were.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, FetchError> {
        let most =
            self.left().map_or(buffer.len(), |left| buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
        let mut got = 0;
        while got < most {
            let count = match &mut self.source {
                Source::File(file) => file.read(&mut buffer[got..most])?,
                Source::Stream(stream) => stream.read(&mut buffer[got..most])?,
            };
            if count == 0 {
                break;
            }
            got += count;
        }
        self.at += got as u64;
        Ok(got)
    }

    /// Jumps over `count` bytes; gives how many there were.
    pub(crate) fn skip(&mut self, count: u64) -> Result<u64, FetchError> {
        let count = self.left().map_or(count, |left| left.min(count));
        match &mut self.source {
            Source::File(file) => {
                file.seek_relative(i64::try_from(count).unwrap_or(i64::MAX))?;
                self.at += count;
                Ok(count)
            }
            Source::Stream(stream) => {
                if (self.at - self.start).saturating_add(count) > MAX_STREAMED {
                    return Err(FetchError::TooLarge(MAX_STREAMED));
                }
                let done = std::io::copy(&mut stream.take(count), &mut std::io::sink())?;
                self.at += done;
                Ok(done)
            }
        }
    }

    /// Reads on to the end; gives the length of the whole resource.
    pub(crate) fn finish(&mut self) -> Result<u64, FetchError> {
        if let (Source::File(_), Some(end)) = (&self.source, self.end) {
            return Ok(end - self.start);
        }
        self.skip(MAX_STREAMED.saturating_sub(self.at - self.start))?;
        let length = self.at - self.start;
        if length >= MAX_STREAMED && self.fill(&mut [0; 1])? > 0 {
            return Err(FetchError::TooLarge(MAX_STREAMED));
        }
        Ok(length)
    }

    /// Writes what is left to `out`; at most [`MAX_STREAMED`] bytes are read.
    pub(crate) fn copy_to(&mut self, out: &mut dyn Write) -> Result<(), FetchError> {
        let most = self.left().unwrap_or(MAX_STREAMED);
        let reader: &mut dyn Read = match &mut self.source {
            Source::File(file) => file,
            Source::Stream(stream) => stream,
        };
        if most > MAX_STREAMED {
            return Err(FetchError::TooLarge(MAX_STREAMED));
        }
        self.at += std::io::copy(&mut reader.take(most), out)?;
        Ok(())
    }

    /// All bytes, when they are not more than `limit`.
    pub(crate) fn read_all(&mut self, limit: u64) -> Result<Vec<u8>, FetchError> {
        if self.left().is_some_and(|left| left > limit) {
            return Err(FetchError::TooLarge(limit));
        }
        let mut all = Vec::new();
        let reader: &mut dyn Read = match &mut self.source {
            Source::File(file) => file,
            Source::Stream(stream) => stream,
        };
        let most = self.end.map_or(limit + 1, |end| end - self.at);
        reader.take(most).read_to_end(&mut all)?;
        self.at += all.len() as u64;
        if all.len() as u64 > limit { Err(FetchError::TooLarge(limit)) } else { Ok(all) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_too_large() {
        let endless = || Input::stream(Box::new(std::io::repeat(0)), 0, None);
        assert!(matches!(endless().finish(), Err(FetchError::TooLarge(MAX_STREAMED))));
        assert!(matches!(endless().skip(MAX_STREAMED + 1), Err(FetchError::TooLarge(MAX_STREAMED))));
        assert!(matches!(endless().read_all(1000), Err(FetchError::TooLarge(1000))));
    }
}
