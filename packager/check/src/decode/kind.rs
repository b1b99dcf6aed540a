//! Kinds of decoding, by what is looked at or listened to.

/// Samples a second that are compared.
pub(crate) const RATE: u32 = 4000;

/// Kinds of output that are decoded from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Small grey pictures go to the first pipe, their times to the second.
    Picture,
    /// Times of frames and silences go to the first pipe.
    Sound,
    /// Samples of one channel, 16 bits each, [`RATE`] a second, go to the first pipe, gaps filled with silence; times of
    /// runs of them to the second.
    Samples,
}

impl Kind {
    /// Pipes that ffmpeg writes.
    pub(super) const fn pipes(self) -> usize {
        match self {
            Self::Picture | Self::Samples => 2,
            Self::Sound => 1,
        }
    }

    /// Which of them has the times.
    pub(super) const fn times(self) -> usize {
        self.pipes() - 1
    }
}
