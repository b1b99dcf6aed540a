//! The seal of a published file: its digest, kept beside it, so that who serves it need not read all of it for an ETag.
//!
//! The packager puts it into an extended attribute of each file below a revision, as 48 bytes, the numbers big-endian:
//!
//! ```text
//!  0  BLAKE3 of the content, as b3sum(1) prints it
//! 32  bytes of the content
//! 40  modification time when it was sealed, nanoseconds since 1970
//! ```
//!
//! A library without seals is as good: what has none is hashed when it is served. So nothing depends on the file system
//! knowing extended attributes, nor on copies keeping them. `cp -a` and `rsync -aX` do, with the modification time.

use std::ffi::CStr;

/// Name of the extended attribute. Another layout takes another name.
pub const ATTRIBUTE: &CStr = c"user.pack.blake3";

/// A digest, and the state of the file that it is of.
///
/// It counts as long as the file has the size and the modification time that it had then, so that whatever writes to
/// the file breaks the seal. It does not vouch for files that were written to in place and then given their old
/// modification time again: those are served under the ETag of what they were, and caches mix old bytes with new. Nor
/// does it find a disk that gives other bytes than it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// BLAKE3 of the content.
    pub digest: [u8; 32],
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub mtime: u64,
}

impl Seal {
    /// Its length, bytes. Few enough for ext4 to keep it in the inode, which is read anyway, rather than in a block.
    pub const LEN: usize = 48;

    /// The attribute's value.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let (digest, state) = bytes.split_at_mut(32);
        let (size, mtime) = state.split_at_mut(8);
        digest.copy_from_slice(&self.digest);
        size.copy_from_slice(&self.size.to_be_bytes());
        mtime.copy_from_slice(&self.mtime.to_be_bytes());
        bytes
    }

    /// Reads an attribute's value; `None` when it is no seal.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (digest, state) = bytes.split_first_chunk()?;
        let (size, mtime) = state.split_first_chunk()?;
        let mtime = mtime.try_into().ok()?;
        Some(Self { digest: *digest, size: u64::from_be_bytes(*size), mtime: u64::from_be_bytes(mtime) })
    }

    /// BLAKE3 of a file of `size` bytes, last modified at `mtime` (nanoseconds since 1970); `None` when it was sealed in
    /// another state.
    #[must_use]
    pub fn digest_of(&self, size: u64, mtime: u128) -> Option<[u8; 32]> {
        ((self.size, u128::from(self.mtime)) == (size, mtime)).then_some(self.digest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SEAL: Seal = Seal { digest: [0xab; 32], size: 0x0102, mtime: 1_700_000_000_123_456_789 };

    #[test]
    fn a_seal_is_laid_out_as_described() {
        let bytes = SEAL.encode();
        assert_eq!(bytes[..32], [0xab; 32]);
        assert_eq!(bytes[32..40], [0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(bytes[40..], 1_700_000_000_123_456_789_u64.to_be_bytes());
    }

    #[test]
    fn a_seal_counts_for_the_state_that_it_was_made_of() {
        let (size, mtime) = (SEAL.size, u128::from(SEAL.mtime));
        for (size, mtime, counts) in [
            (size, mtime, true),
            (size + 1, mtime, false),
            (size - 1, mtime, false),
            (size, mtime + 1, false),
            (size, mtime - 1, false),
            (size, mtime + (1 << 64), false),
            (size, 0, false),
        ] {
            assert_eq!(SEAL.digest_of(size, mtime), counts.then_some(SEAL.digest), "{size} {mtime}");
        }
    }

    #[test]
    fn what_is_cut_short_or_goes_on_is_no_seal() {
        let bytes = SEAL.encode();
        let longer = [bytes.as_slice(), &[0]].concat();
        for bytes in [&bytes[..0], &bytes[..32], &bytes[..40], &bytes[..47], &longer] {
            assert_eq!(Seal::parse(bytes), None, "{} bytes", bytes.len());
        }
    }

    proptest! {
        #[test]
        fn a_seal_reads_as_it_was_written(digest: [u8; 32], size: u64, mtime: u64) {
            let seal = Seal { digest, size, mtime };
            prop_assert_eq!(Seal::parse(&seal.encode()), Some(seal));
        }

        #[test]
        fn any_bytes_are_that_seal_or_none(bytes in prop::collection::vec(any::<u8>(), 0..2 * Seal::LEN)) {
            let encoded = Seal::parse(&bytes).map(|seal| seal.encode().to_vec());
            prop_assert_eq!(encoded, (bytes.len() == Seal::LEN).then_some(bytes));
        }
    }
}
