//! Making content codings.

use std::io::{self, Write as _};

use crate::http::content::negotiate::Encoding;

/// Encodes `content` in this `encoding`. The result is kept, so that strong compression is cheap; above `STRONG_MAX`
/// bytes it would hold a thread for long, and a weaker one is used.
///
/// # Errors
/// Only those of writing to memory.
pub(super) fn compress(content: &[u8], encoding: Encoding) -> io::Result<Vec<u8>> {
    const STRONG_MAX: usize = 1 << 20;
    let strong = content.len() <= STRONG_MAX;
    match encoding {
        Encoding::Identity => Ok(content.to_vec()),
        Encoding::Gzip => {
            let level = flate2::Compression::new(if strong { 9 } else { 5 });
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(content)?;
            encoder.finish()
        }
        Encoding::Brotli => {
            let mut encoded = Vec::new();
            let quality = if strong { 9 } else { 5 };
            brotli::CompressorWriter::new(&mut encoded, 4096, quality, 20).write_all(content)?;
            Ok(encoded)
        }
        Encoding::Zstd => zstd::bulk::compress(content, if strong { 15 } else { 5 }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn every_coding_is_read_back_whole() {
        for content in [&b""[..], b"x", &b"#EXTM3U\n".repeat(1000), &vec![7; (1 << 20) + 1]] {
            let made = |encoding| compress(content, encoding).unwrap();
            let mut gzip = Vec::new();
            flate2::read::GzDecoder::new(&made(Encoding::Gzip)[..]).read_to_end(&mut gzip).unwrap();
            let mut br = Vec::new();
            brotli::Decompressor::new(&made(Encoding::Brotli)[..], 4096).read_to_end(&mut br).unwrap();
            let zst = zstd::stream::decode_all(&made(Encoding::Zstd)[..]).unwrap();
            assert!(gzip == content && br == content && zst == content, "{} bytes", content.len());
        }
    }
}
