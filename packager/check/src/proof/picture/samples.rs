//! Which pictures are looked at, and what is told of them.

use super::alike::{Look, is_poor, look, moves, still};
use super::standard::HighRange;
use super::{Picture, Treatment};
use crate::proof::source::reading::Laid;
use crate::report::rules::agreement::proof as rules;
use crate::report::{Findings, Place};
use crate::syntax::decimal::show_signed;

/// A clock that goes back by more than this is another one, nanoseconds.
const BACK: i64 = 500_000_000;
/// Findings of one kind that are told of each by itself, at most.
const TOLD: usize = 5;

/// Time in which one brightest picture is found, nanoseconds.
const APART: i64 = 6_000_000_000;
/// Brightest pictures that are looked at, at most.
const MOST_BRIGHT: usize = 10;

/// A key picture of the package, and what the source shows at about that time.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    /// Index of the segment.
    pub(crate) segment: usize,
    /// When the package shows it, nanoseconds on the presentation's timeline.
    pub(crate) at: i64,
    /// The same on the source's clock, laid end to end.
    pub(crate) laid: i64,
    pub(crate) seen: Option<Picture>,
    pub(crate) source: Vec<Picture>,
    /// The source could not be decoded there without complaint.
    pub(crate) damaged: bool,
}

impl Sample {
    /// True if it shows what the source does, or shows nothing at all.
    pub(crate) fn fits(&self, range: Option<HighRange>, treatment: Treatment) -> bool {
        self.look(range, treatment).is_none_or(|look| look == Look::Same)
    }

    /// True if an encoder may have had too few bits for it: it has not the source's colours, or next to nothing of the
    /// detail of any picture that the source shows.
    pub(crate) fn is_starved(&self, treatment: Treatment) -> bool {
        let poor = |seen: &Picture| self.source.iter().all(|picture| is_poor(picture, seen));
        match self.look(None, treatment) {
            _ if treatment == Treatment::ToneMapped || self.source.is_empty() => false,
            None | Some(Look::Same) => false,
            Some(Look::Colours) => true,
            Some(Look::Turned(_) | Look::Other) => self.seen.as_ref().is_some_and(poor),
        }
    }

    fn look(&self, range: Option<HighRange>, treatment: Treatment) -> Option<Look> {
        let seen = self.seen.as_ref()?;
        let standard = |picture: &Picture| range.map_or_else(|| picture.clone(), |range| range.standard(picture));
        let source: Vec<Picture> = self.source.iter().map(standard).collect();
        Some(look(seen, &source.iter().collect::<Vec<_>>(), treatment))
    }
}

/// The brightest pictures of a rendition, one of each stretch of [`APART`]: white is where a tone map goes wrong first, and
/// may be seen for a moment only.
#[derive(Debug, Default)]
pub(crate) struct Brightest {
    found: Vec<(u64, i64, Picture)>,
}

impl Brightest {
    /// Sees the rendition's next picture, which it shows at `at`.
    pub(crate) fn see(&mut self, at: i64, picture: &Picture) {
        let bright = picture.cells().map(|[_, green, _]| u64::from(green.unsigned_abs()).pow(4)).sum();
        let found = self.found.len();
        match self.found.last_mut().filter(|(_, first, _)| at / APART == first / APART) {
            Some(last) if bright > last.0 => *last = (bright, at, picture.clone()),
            None if found < MOST_BRIGHT => self.found.push((bright, at, picture.clone())),
            _ => {}
        }
    }

    /// Adds them to `samples`, which are in the order of their times and have one at the start.
    pub(crate) fn add_to(self, samples: &mut Vec<Sample>) {
        for (_, at, picture) in self.found {
            let behind = samples.partition_point(|sample| sample.at <= at);
            let before = behind.checked_sub(1).and_then(|before| samples.get(before));
            if let Some(before) = before.filter(|before| before.at < at) {
                let (segment, laid) = (before.segment, before.laid + at - before.at);
                let sample = Sample { segment, at, laid, seen: Some(picture), source: Vec::new(), damaged: false };
                samples.insert(behind, sample);
            }
        }
    }
}

/// Picks, of the source's pictures as they pass, those that a sample may show.
pub(crate) struct Keeper<'a> {
    samples: &'a mut [Sample],
    /// Largest distance of a picture of the source from its sample's time.
    reach: i64,
    last: Option<(i64, Picture)>,
    next: usize,
}

impl<'a> Keeper<'a> {
    /// For samples in the order of their times.
    pub(crate) fn new(samples: &'a mut [Sample], reach: i64) -> Self {
        Self { samples, reach, last: None, next: 0 }
    }

    /// Sees the source's next picture, laid at `at`.
    pub(crate) fn see(&mut self, at: i64, picture: Picture) {
        while let Some(sample) =
            self.samples.get_mut(self.next).filter(|sample| sample.laid.saturating_add(self.reach) < at)
        {
            // None near it: what came before stands, and before the first, the first is held.
            if sample.source.is_empty() {
                let held = self.last.as_ref().map_or_else(|| picture.clone(), |(_, last)| last.clone());
                sample.source.push(held);
            }
            self.next += 1;
        }
        let near = |sample: &&mut Sample| sample.laid.saturating_sub(self.reach) <= at;
        for sample in self.samples.iter_mut().skip(self.next).take_while(near) {
            // The one before may be on display still.
            if let Some((_, last)) = self.last.as_ref().filter(|_| sample.source.is_empty()) {
                sample.source.push(last.clone());
            }
            sample.source.push(picture.clone());
        }
        self.last = Some((at, picture));
    }

    /// The source's end: its last picture is held.
    pub(crate) fn finish(self) {
        let Some((_, last)) = self.last else { return };
        for sample in self.samples.iter_mut().filter(|sample| sample.source.is_empty()) {
            sample.source.push(last.clone());
        }
    }
}

/// From the source's own clock to the laid one, for pictures that come in the order of the stretches.
pub(crate) struct Placer<'a> {
    laid: &'a Laid,
    at: usize,
    /// The last picture's own time, and where it was laid.
    last: Option<(i64, i64)>,
}

impl<'a> Placer<'a> {
    pub(crate) fn new(laid: &'a Laid) -> Self {
        Self { laid, at: 0, last: None }
    }

    /// Where the next picture is laid, whose own time is `own`.
    pub(crate) fn place(&mut self, own: i64) -> i64 {
        let stretches = &self.laid.stretches;
        let holds = |index: usize, beyond: i64| {
            let stretch = stretches.get(index);
            stretch
                .is_some_and(|stretch| (stretch.first() - 1_000_000 - beyond..=stretch.end() + beyond).contains(&own))
        };
        // Pictures come in order: one that goes back is of a later stretch; else the present one is asked first.
        let from = self.at + usize::from(self.last.is_some_and(|(last, _)| own < last - BACK));
        let found = (from..stretches.len()).find(|index| holds(*index, 0));
        self.at = found.unwrap_or(self.at);
        let shift = stretches.get(self.at).map_or(0, |stretch| stretch.shift);
        // Far from every stretch it is ffmpeg that closed a jump up, or the time is mistaken, and the picture is shown after
        // the one before.
        let far = (0..stretches.len()).all(|index| !holds(index, BACK));
        let (laid, counts) = match self.last.filter(|_| far) {
            Some((last, laid)) if (0..=BACK).contains(&(own - last)) => (laid.saturating_add(own - last), true),
            Some((_, laid)) => (laid, false),
            None => (own.saturating_add(shift), found.is_some() || self.last.is_none_or(|(last, _)| own >= last)),
        };
        if counts {
            self.last = Some((own, laid));
        }
        laid
    }
}

/// Judges what was seen; `name` is the rendition, `begins` when the source's pictures begin, laid. Whether each picture has
/// the source's structure.
pub(crate) fn judge(
    samples: &[Sample],
    treatment: Treatment,
    name: &str,
    begins: i64,
    findings: &mut Findings,
) -> bool {
    let mut told = [0usize; 3];
    let mut tell = |kind: usize, rule, sample: &Sample, text: String| {
        if let Some(count) = told.get_mut(kind).filter(|count| **count < TOLD) {
            *count += 1;
            findings.add(rule, Place::segment(name, sample.segment), text);
        }
    };
    let mut before: Option<&Sample> = None;
    for sample in samples {
        let Some(seen) = &sample.seen else {
            tell(0, &rules::READ, sample, format!("no key picture was decoded at {}", show_signed(sample.at)));
            continue;
        };
        if sample.damaged || sample.source.is_empty() {
            continue;
        }
        let source: Vec<&Picture> = sample.source.iter().collect();
        let times = format!("at {} (the source's {})", show_signed(sample.at), show_signed(sample.laid));
        match look(seen, &source, treatment) {
            Look::Same => {}
            Look::Other if sample.laid < begins && seen.is_black() => {}
            Look::Other if stands(before, sample) => {
                tell(1, &rules::STILL, sample, format!("stands {times}, where the source moves"));
            }
            Look::Other => tell(0, &rules::PICTURE, sample, format!("shows another picture than the source {times}")),
            Look::Turned(how) => tell(0, &rules::PICTURE, sample, format!("{how} {times}")),
            Look::Colours => tell(2, &rules::COLOUR, sample, format!("has other colours than the source {times}")),
        }
        before = Some(sample);
    }
    told.iter().take(2).all(|count| *count == 0)
}

/// True if the package still shows the sample before, while the source went on.
fn stands(before: Option<&Sample>, sample: &Sample) -> bool {
    let Some(before) = before else { return false };
    let (Some(shown), Some(seen)) = (&before.seen, &sample.seen) else { return false };
    still(shown, seen) && before.source.iter().all(|then| sample.source.iter().all(|now| moves(then, now)))
}

#[cfg(test)]
mod tests {
    use super::super::Size;
    use super::*;
    use crate::proof::source::stretches::Stretch;

    fn picture(value: u8) -> Picture {
        Picture { size: Size { wide: 4, high: 4 }, rgb: vec![value; 48] }
    }

    fn sample(laid: i64) -> Sample {
        Sample { segment: 0, at: laid, laid, seen: None, source: Vec::new(), damaged: false }
    }

    #[test]
    fn what_stands_at_a_time_is_kept_for_it() {
        let mut samples = [0, 100, 450, 500, 900].map(sample);
        let mut keeper = Keeper::new(&mut samples, 15);
        for (at, value) in [(60, 1), (90, 2), (110, 3), (130, 4), (300, 5), (505, 6), (520, 7)] {
            keeper.see(at, picture(value));
        }
        keeper.finish();
        let kept: Vec<Vec<u8>> = samples.iter().map(|s| s.source.iter().map(|p| p.rgb[0]).collect()).collect();
        assert_eq!(kept, [vec![1], vec![1, 2, 3], vec![5], vec![5, 6], vec![7]]);
    }

    #[test]
    fn the_brightest_of_each_stretch_is_looked_at() {
        let mut brightest = Brightest::default();
        let seconds = |seconds: i64| seconds * 1_000_000_000;
        for (at, value) in [(0, 9), (1, 200), (2, 200), (5, 10), (6, 70), (8, 60)] {
            brightest.see(seconds(at), &picture(value));
        }
        let mut samples = vec![sample(0), sample(seconds(4)), sample(seconds(6))];
        brightest.add_to(&mut samples);
        let found: Vec<i64> = samples.iter().map(|sample| sample.at).collect();
        assert_eq!(found, [0, 1, 4, 6].map(seconds), "that at 6 s is looked at anyway");
    }

    #[test]
    fn pictures_follow_the_stretches() {
        let stretch =
            |times: &[i64], shift| Stretch { times: times.to_vec(), last_duration: 40_000_000, unsteady: 0, shift };
        let ms = |ms: i64| ms * 1_000_000;
        let stretches = vec![stretch(&[ms(500), ms(9000)], 0), stretch(&[ms(400), ms(8000)], ms(8640))];
        let laid = Laid { stream: 0, stretches, keys: Vec::new() };
        let mut placer = Placer::new(&laid);
        // The second stretch begins with a picture of the first, and has one whose time is an hour off.
        let placed = [500, 9000, 360, 400, 3_600_000, 8000].map(|own| placer.place(ms(own)) / 1_000_000);
        assert_eq!(placed, [500, 9000, 360, 9040, 9040, 16_640]);
        let closed_up = [8400, 8800, 9200].map(|own| placer.place(ms(own)) / 1_000_000);
        assert_eq!(closed_up, [17_040, 17_440, 17_840]);
    }
}
