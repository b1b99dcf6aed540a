//! The exact bit rates of a run of segments: integers, rounded up where they do not come out even.

/// A segment, or what an I-frame playlist takes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Bytes.
    pub bytes: u64,
    /// Duration, ticks.
    pub ticks: u64,
}

/// The least whole number of seconds that no piece's duration, rounded to the nearest second, is above (RFC 8216bis
/// §4.4.3.1); at least 1.
#[must_use]
pub fn target_duration(pieces: &[Piece], timescale: u32) -> u32 {
    let longest = pieces.iter().map(|piece| piece.ticks).max().unwrap_or(0);
    let rounded = (longest + u64::from(timescale / 2)) / u64::from(timescale.max(1));
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

/// Bits a second over all pieces; 0 when they have no length.
#[must_use]
pub fn average(pieces: &[Piece], timescale: u32) -> u64 {
    let bytes = pieces.iter().map(|piece| piece.bytes).sum();
    let ticks = pieces.iter().map(|piece| piece.ticks).sum();
    rate(bytes, ticks, timescale)
}

/// The largest rate of any contiguous run whose duration is between 0.5 and 1.5 `target`s, seconds (RFC 8216bis §4.1).
/// Where no run is, because the whole is shorter or its pieces are long, that of the whole or of the worst piece.
#[must_use]
pub fn peak(pieces: &[Piece], timescale: u32, target: u32) -> u64 {
    let target = u64::from(target) * u64::from(timescale);
    let mut peak = None;
    for (start, _) in pieces.iter().enumerate() {
        let (mut bytes, mut ticks) = (0, 0);
        for piece in pieces.iter().skip(start) {
            bytes += piece.bytes;
            ticks += piece.ticks;
            if 2 * ticks > 3 * target {
                break;
            }
            if 2 * ticks >= target {
                peak = peak.max(Some(rate(bytes, ticks, timescale)));
            }
        }
    }
    let long = pieces.iter().filter(|piece| 2 * piece.ticks > 3 * target);
    let worst = long.map(|piece| rate(piece.bytes, piece.ticks, timescale)).max();
    peak.or(worst).unwrap_or_else(|| average(pieces, timescale))
}

/// The least rate at which a player never stalls that starts at any piece and plays `buffer` seconds later, each piece
/// being whole before it is played (ISO/IEC 23009-1 §5.3.5.2, `@bandwidth` for `@minBufferTime`).
#[must_use]
pub fn sustained(pieces: &[Piece], timescale: u32, buffer: u32) -> u64 {
    // Never stalling is monotonic in the rate, and delivering everything within the buffer's time surely suffices.
    let (mut low, mut high) = (0, pieces.iter().map(|piece| piece.bytes).sum::<u64>() * 8);
    while low < high {
        let middle = low + (high - low) / 2;
        if stalls(pieces, timescale, buffer, middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// A leaky bucket: what is still to come when a piece should be played must have come within the buffer's time. It
/// empties no further than to nothing, which is a player that starts there.
fn stalls(pieces: &[Piece], timescale: u32, buffer: u32, rate: u64) -> bool {
    let allowed = u128::from(rate) * u128::from(buffer) * u128::from(timescale);
    let mut backlog = 0u128;
    for piece in pieces {
        backlog += u128::from(piece.bytes) * 8 * u128::from(timescale);
        if backlog > allowed {
            return true;
        }
        backlog = backlog.saturating_sub(u128::from(rate) * u128::from(piece.ticks));
    }
    false
}

fn rate(bytes: u64, ticks: u64, timescale: u32) -> u64 {
    if ticks == 0 {
        return 0;
    }
    let bits = u128::from(bytes) * 8 * u128::from(timescale);
    u64::try_from(bits.div_ceil(u128::from(ticks))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A rate as a fraction, compared without rounding.
    fn reaches(bytes: u64, ticks: u64, timescale: u32, rate: u64) -> bool {
        u128::from(bytes) * 8 * u128::from(timescale) <= u128::from(rate) * u128::from(ticks)
    }

    fn pieces() -> impl Strategy<Value = Vec<Piece>> {
        let piece = (1u64..5_000_000, 1u64..9_000).prop_map(|(bytes, ticks)| Piece { bytes, ticks });
        prop::collection::vec(piece, 1..40)
    }

    /// All contiguous runs.
    fn runs(pieces: &[Piece]) -> Vec<(u64, u64)> {
        let bounds = (0..pieces.len()).flat_map(|start| (start + 1..=pieces.len()).map(move |end| start..end));
        let sum = |run: &[Piece]| (run.iter().map(|p| p.bytes).sum(), run.iter().map(|p| p.ticks).sum());
        bounds.map(|run| sum(&pieces[run])).collect()
    }

    proptest! {
        #[test]
        fn the_peak_is_the_largest_rate_of_the_runs_that_count(pieces in pieces(), target in 1u32..10) {
            let timescale = 1000;
            let counts = |ticks: u64| (500 * u64::from(target)..=1500 * u64::from(target)).contains(&ticks);
            let rates = runs(&pieces).into_iter().filter(|run| counts(run.1));
            let naive = rates.map(|(bytes, ticks)| (bytes * 8 * 1000).div_ceil(ticks)).max();
            if let Some(naive) = naive {
                prop_assert_eq!(peak(&pieces, timescale, target), naive);
            }
        }

        #[test]
        fn the_sustained_rate_is_the_least_that_never_stalls(pieces in pieces(), buffer in 1u32..10) {
            let timescale = 1000;
            // Delivery of pieces i to j begins at 0; piece j is played at buffer + T(j) - T(i).
            let in_time = |rate: u64| {
                (0..pieces.len()).all(|i| (i..pieces.len()).all(|j| {
                    let bytes = pieces[i..=j].iter().map(|p| p.bytes).sum();
                    let wait = u64::from(buffer) * 1000 + pieces[i..j].iter().map(|p| p.ticks).sum::<u64>();
                    reaches(bytes, wait, timescale, rate)
                }))
            };
            let rate = sustained(&pieces, timescale, buffer);
            prop_assert!(in_time(rate));
            prop_assert!(!in_time(rate - 1));
        }

        #[test]
        fn the_average_is_the_least_rate_that_carries_all(pieces in pieces()) {
            let (bytes, ticks) = runs(&pieces).into_iter().max_by_key(|run| run.1).unwrap();
            let rate = average(&pieces, 1000);
            prop_assert!(reaches(bytes, ticks, 1000, rate) && !reaches(bytes, ticks, 1000, rate - 1));
        }
    }

    #[test]
    fn the_target_is_the_longest_duration_rounded() {
        let target = |ticks: &[u64], timescale| {
            target_duration(&ticks.iter().map(|t| Piece { bytes: 1, ticks: *t }).collect::<Vec<_>>(), timescale)
        };
        assert_eq!(target(&[180_180, 60_060], 30_000), 6); // 6.006 s
        assert_eq!(target(&[6499, 1000], 1000), 6);
        assert_eq!(target(&[6500], 1000), 7);
        assert_eq!(target(&[40], 1000), 1);
        assert_eq!(target(&[], 1000), 1);
    }

    #[test]
    fn a_title_without_a_run_that_counts_still_has_a_peak() {
        let piece = |bytes, ticks| Piece { bytes, ticks };
        assert_eq!(peak(&[piece(125, 40)], 1000, 1), 25_000); // one frame
        assert_eq!(peak(&[piece(1000, 4000), piece(9000, 6000)], 1000, 1), 12_000); // longer than any run may be
        assert_eq!(peak(&[], 1000, 6), 0);
    }
}
