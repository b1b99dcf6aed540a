//! Bits of a NAL unit's payload (ITU-T H.264 §7.2 and §9.1).

/// Reads bits, most significant first; `None` at the end.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    bit: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { data, bit: 0 }
    }

    pub(super) fn bit(&mut self) -> Option<bool> {
        let byte = self.data.get(self.bit / 8)?;
        let set = byte >> (7 - self.bit % 8) & 1 == 1;
        self.bit += 1;
        Some(set)
    }

    /// Up to 8 bits.
    pub(super) fn u8(&mut self, count: u32) -> Option<u8> {
        self.u(count.min(8)).and_then(|value| u8::try_from(value).ok())
    }

    /// Up to 32 bits.
    pub(super) fn u(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0u32, |value, _| Some(value << 1 | u32::from(self.bit()?)))
    }

    /// `ue(v)`: an unsigned Exp-Golomb code.
    pub(super) fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        let rest = self.u(zeros)?;
        // At most 31 zeros: 2^31 − 1 and 31 bits more fit.
        Some((1u32 << zeros) - 1 + rest)
    }

    /// `se(v)`: a signed one.
    pub(super) fn se(&mut self) -> Option<i64> {
        let code = i64::from(self.ue()?);
        Some(if code % 2 == 0 { -(code / 2) } else { code / 2 + 1 })
    }
}

/// Takes the emulation prevention bytes out: `00 00 03` stands for `00 00`.
pub(super) fn unescape(nal: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(nal.len());
    let mut zeros = 0;
    for &byte in nal {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}
