//! Finds where a track's times don't follow one another. Memory does not grow with the length of the source.

use std::collections::BTreeMap;

/// A longer duration that a packet declares is not believed: stills are shown for minutes, not for hours. Microseconds.
pub(crate) const LONGEST_PACKET_US: i64 = 600_000_000;

/// A step back of less is a mistake of the muxer's, and no new stretch. Microseconds.
const BACK_US: i64 = 500_000;

/// So many packets by themselves, between others that follow one another, have mistaken times.
pub(super) const STRAY_PACKETS: u64 = 2;

/// Runs of a track that are kept. With more the times mean nothing.
const MOST_RUNS: usize = 500;

/// The time that a clock may run ahead without packets, microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Where several tracks miss their packets.
    pub(crate) together_us: i64,
    /// Where there is one track only: the picture may have stood still.
    pub(crate) alone_us: i64,
    /// Times are of presentation, as the container has no others: pictures come in another order.
    pub(crate) by_display: bool,
    /// The counter begins anew after 33 bits of 90 kHz (ISO/IEC 13818-1 §2.4.3.7); ffprobe goes on counting.
    pub(crate) wraps: bool,
}

/// The time after which a counter that wraps is 0 again, microseconds.
const WRAP_US: i64 = 95_443_717_689;

impl Limits {
    /// Broadcast streams have a packet of each track several times a second (ISO/IEC 13818-1 §2.7.4: 0.7 s for a time
    /// stamp); files may have long stills.
    pub(crate) fn of(broadcast: bool, by_display: bool) -> Self {
        let (together_us, alone_us) = if broadcast { (1_000_000, 10_000_000) } else { (10_000_000, LONGEST_PACKET_US) };
        Self { together_us, alone_us, by_display, wraps: broadcast }
    }

    /// A time as the source's own counter has it.
    pub(crate) fn counted(self, time_us: i64) -> i64 {
        if self.wraps && time_us >= WRAP_US { time_us - WRAP_US } else { time_us }
    }
}

/// A packet's times, microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timed {
    /// The time by which packets follow one another: of decoding, where the container has it.
    pub(crate) time_us: Option<i64>,
    /// The time of presentation.
    pub(crate) shown_us: Option<i64>,
    pub(crate) duration_us: i64,
    /// A decoder may start here.
    pub(crate) key: bool,
}

/// Packets of a track whose times follow one another. Times are microseconds of the source's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// Its first packet, counted from the track's first.
    pub(crate) packet: u64,
    pub(crate) packets: u64,
    /// Its first and last packet's places among the packets of all tracks.
    pub(crate) first_at: u64,
    pub(crate) last_at: u64,
    pub(crate) start_us: i64,
    /// The first packet's presentation time, which is later where pictures are reordered.
    pub(crate) shown_us: i64,
    /// End of the last packet.
    pub(crate) end_us: i64,
}

/// The runs of each track, by ffmpeg's stream index.
#[derive(Debug)]
pub(crate) struct Runs {
    limits: Limits,
    at: u64,
    tracks: BTreeMap<u32, Track>,
}

#[derive(Debug, Default)]
struct Track {
    packets: u64,
    runs: Vec<Run>,
    time_us: i64,
    step_us: i64,
    /// The times of the last key frame and of the one before.
    keys_us: Option<(i64, i64)>,
}

impl Runs {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, at: 0, tracks: BTreeMap::new() }
    }

    /// Takes a track's next packet.
    pub(crate) fn take(&mut self, track: u32, packet: Timed) {
        self.at += 1;
        let (at, limits) = (self.at, self.limits);
        self.tracks.entry(track).or_default().take(at, limits, packet);
    }

    /// The time that a track's packets last, with the stills between them, microseconds.
    pub(crate) fn lasting(&self, track: u32) -> i64 {
        let runs = self.of(track);
        let stills = runs.windows(2).map(|pair| match pair {
            [a, b] => Some(b.start_us.saturating_sub(a.end_us)).filter(|gap| (0..=LONGEST_PACKET_US).contains(gap)),
            _ => None,
        });
        let own = runs.iter().map(|run| run.end_us.saturating_sub(run.start_us));
        own.chain(stills.flatten()).fold(0, i64::saturating_add)
    }

    /// True if a track's times jump so often that they mean nothing.
    pub(crate) fn is_wild(&self, track: u32) -> bool {
        self.of(track).len() > MOST_RUNS
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// The runs of one track; none where it has no times.
    pub(crate) fn of(&self, track: u32) -> &[Run] {
        self.tracks.get(&track).map_or([].as_slice(), |track| track.runs.as_slice())
    }
}

impl Track {
    fn take(&mut self, at: u64, limits: Limits, timed: Timed) {
        let packet = self.packets;
        self.packets += 1;
        let Timed { duration_us, key, .. } = timed;
        let Some(time_us) = timed.time_us else { return };
        let believed = (0..=LONGEST_PACKET_US).contains(&duration_us);
        let duration_us = if believed { duration_us } else { 0 };
        let full = self.runs.len() > MOST_RUNS;
        let earliest_us = self.earliest(limits, key);
        let returns = self.returns(limits, time_us);
        match self.runs.last_mut() {
            Some(run) if !returns && follows(run, earliest_us, limits, time_us) => {
                let step_us = time_us.saturating_sub(self.time_us);
                if step_us > 0 && step_us <= limits.together_us {
                    self.step_us = step_us;
                }
                run.packets += 1;
                run.last_at = at;
                run.end_us = run.end_us.max(time_us.saturating_add(lasts(duration_us, self.step_us)));
            }
            _ if full => return,
            _ => {
                self.keys_us = Some((time_us, time_us));
                self.runs.push(Run {
                    packet,
                    packets: 1,
                    first_at: at,
                    last_at: at,
                    start_us: time_us,
                    shown_us: timed.shown_us.unwrap_or(time_us),
                    end_us: time_us.saturating_add(lasts(duration_us, self.step_us)),
                });
            }
        }
        if key {
            self.keys_us = Some((time_us, self.keys_us.map_or(time_us, |(last, _)| last)));
        }
        self.time_us = time_us;
    }
}

impl Track {
    /// True if a packet goes on where the run before the last one ended, and that is the nearer: the last one's few packets
    /// have mistaken times.
    fn returns(&self, limits: Limits, time_us: i64) -> bool {
        let [.., before, last] = self.runs.as_slice() else { return false };
        let from = |run: &Run| time_us.abs_diff(run.end_us);
        let resumes = from(before) <= limits.together_us.unsigned_abs() && from(before) < from(last);
        last.packets <= STRAY_PACKETS && resumes
    }

    /// The earliest time that the next packet of a run may have. Key frames are shown in the order in which they are
    /// decoded, and what is decoded after one is shown after the one before.
    fn earliest(&self, limits: Limits, key: bool) -> i64 {
        let by_key = self.keys_us.filter(|_| limits.by_display);
        by_key.map_or(self.time_us, |(last, before)| if key { last } else { before })
    }
}

/// Many containers don't say how long a packet lasts: then it is as long as the one before.
fn lasts(duration_us: i64, step_us: i64) -> i64 {
    if duration_us > 0 { duration_us } else { step_us }
}

fn follows(run: &Run, earliest_us: i64, limits: Limits, time_us: i64) -> bool {
    time_us >= earliest_us.saturating_sub(BACK_US) && time_us.saturating_sub(run.end_us) <= limits.together_us
}
