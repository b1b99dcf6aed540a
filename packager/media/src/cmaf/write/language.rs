//! The language of an init segment, which is all that an operator can change of a track after it was encoded.

use super::init::packed_language;

/// Bytes of a box's size and type.
const HEADER: usize = 8;
/// Where the language stands in an `mdhd` of version 0 (ISO/IEC 14496-12 §8.4.2.2).
const MDHD_LANGUAGE: usize = HEADER + 4 + 16;

/// An init segment of ours in another language, a BCP 47 tag. `None` where `init` is none of ours.
#[must_use]
pub fn in_language(init: &[u8], tag: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(init.len() + tag.len());
    copy_boxes(init, tag, &mut out)?;
    Some(out)
}

/// Copies boxes, with `mdhd` and `elng` in the language. Boxes around them get the size that follows.
fn copy_boxes(mut boxes: &[u8], tag: &str, out: &mut Vec<u8>) -> Option<()> {
    while let Some((header, _)) = boxes.split_first_chunk::<HEADER>() {
        let size = usize::try_from(u32::from_be_bytes(*header.first_chunk::<4>()?)).ok()?;
        let (one, rest) = boxes.split_at_checked(size.max(HEADER))?;
        boxes = rest;
        let start = out.len();
        match header.last_chunk::<4>()? {
            b"moov" | b"trak" | b"mdia" => {
                out.extend_from_slice(header);
                copy_boxes(one.get(HEADER..)?, tag, out)?;
            }
            b"mdhd" => {
                out.extend_from_slice(one);
                let language = out.get_mut(start + MDHD_LANGUAGE..start + MDHD_LANGUAGE + 2)?;
                language.copy_from_slice(&packed_language(tag).to_be_bytes());
            }
            b"elng" => {
                out.extend_from_slice(one.get(..HEADER + 4)?);
                out.extend_from_slice(tag.as_bytes());
                out.push(0);
            }
            _ => out.extend_from_slice(one),
        }
        let size = u32::try_from(out.len() - start).ok()?;
        out.get_mut(start..start + 4)?.copy_from_slice(&size.to_be_bytes());
    }
    boxes.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(HEADER + body.len()).unwrap();
        [&size.to_be_bytes(), kind.as_slice(), body].concat()
    }

    fn init(tag: &str) -> Vec<u8> {
        let mdhd = [[0; 20].as_slice(), &packed_language(tag).to_be_bytes(), &[0; 2]].concat();
        let elng = [[0; 4].as_slice(), tag.as_bytes(), &[0]].concat();
        let mdia = [boxed(b"mdhd", &mdhd), boxed(b"elng", &elng), boxed(b"minf", b"tables")].concat();
        let trak = [boxed(b"tkhd", b"header"), boxed(b"mdia", &mdia)].concat();
        [boxed(b"ftyp", b"cmfc"), boxed(b"moov", &boxed(b"trak", &trak)), boxed(b"free", b"")].concat()
    }

    #[test]
    fn only_the_language_changes_and_the_sizes_around_it() {
        for (from, to) in [("und", "de"), ("und", "pt-BR"), ("zh-Hant", "en")] {
            assert_eq!(in_language(&init(from), to), Some(init(to)));
        }
    }

    #[test]
    fn what_is_cut_is_refused() {
        let whole = init("und");
        for end in [3, 10, whole.len() - 1] {
            assert_eq!(in_language(&whole[..end], "de"), None);
        }
    }
}
