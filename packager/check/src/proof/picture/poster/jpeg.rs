//! The size of a JPEG.

/// Width and height, pixels, of the first frame header (Rec. ITU-T T.81 §B.2.2); `None` of what is no JPEG.
pub(crate) fn size(image: &[u8]) -> Option<(u32, u32)> {
    let mut rest = image.strip_prefix(b"\xff\xd8")?;
    loop {
        let &[0xff, marker, high, low, ..] = rest else { return None };
        let segment = rest.get(2..2 + usize::from(u16::from_be_bytes([high, low])))?;
        // All but tables that share the range: DHT, JPG, DAC.
        if (0xc0..=0xcf).contains(&marker) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let &[_, _, _, a, b, c, d, ..] = segment else { return None };
            return Some((u16::from_be_bytes([c, d]).into(), u16::from_be_bytes([a, b]).into()));
        }
        rest = rest.get(2 + segment.len()..).filter(|_| segment.len() >= 2)?;
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_found_behind_other_segments() {
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc4\x00\x03x\xff\xc0\x00\x0b\x08\x00\xb4\x01\x40\x01\x01\x11\x00";
        assert_eq!(size(jpeg), Some((320, 180)));
        for bad in [&b""[..], b"\x89PNG", &jpeg[..20], b"\xff\xd8\xff\xe0\x00\x00\xff\xe0", b"\xff\xd8ab"] {
            assert_eq!(size(bad), None, "{bad:?}");
        }
    }
}
