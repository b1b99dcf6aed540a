//! Made-up words whose frequencies are as those of a language: the n-th is 1/n times as frequent as the first (Zipf's law).

use std::collections::HashSet;

use fastrand::Rng;

const CONSONANTS: [&str; 20] =
    ["b", "br", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w", "z"];
const VOWELS: [&str; 8] = ["a", "e", "i", "o", "u", "ea", "ou", "y"];

/// Words, the most frequent first.
pub(crate) struct Vocabulary {
    words: Vec<String>,
    /// The sum of the frequencies up to each word.
    sums: Vec<f64>,
}

impl Vocabulary {
    /// `count` words, no two of them the same. Frequent ones are short.
    pub(crate) fn new(count: usize, random: &mut Rng) -> Self {
        let (mut words, mut known) = (Vec::with_capacity(count), HashSet::new());
        while words.len() < count {
            let word = word(1 + words.len().checked_ilog10().unwrap_or(0) as usize / 2 + random.usize(..2), random);
            // What is taken is made longer, or there would not be enough short ones.
            let word = if known.contains(&word) { word + &self::word(1, random) } else { word };
            if known.insert(word.clone()) {
                words.push(word);
            }
        }
        let sums = (1..=count).scan(0.0, |sum, rank| {
            *sum += 1.0 / rank as f64;
            Some(*sum)
        });
        Self { sums: sums.collect(), words }
    }

    /// A word as often as it is frequent.
    pub(crate) fn draw(&self, random: &mut Rng) -> &str {
        let at = random.f64() * self.sums[self.sums.len() - 1];
        &self.words[self.sums.partition_point(|sum| *sum < at).min(self.words.len() - 1)]
    }

    /// So many words, with spaces between.
    pub(crate) fn text(&self, count: usize, random: &mut Rng) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.draw(random)).collect();
        words.join(" ")
    }

    /// One of the `count` most frequent.
    pub(crate) fn common(&self, count: usize, random: &mut Rng) -> &str {
        &self.words[random.usize(..count)]
    }
}

fn word(syllables: usize, random: &mut Rng) -> String {
    let syllable = |random: &mut Rng| {
        let consonant = CONSONANTS[random.usize(..CONSONANTS.len())];
        consonant.to_owned() + VOWELS[random.usize(..VOWELS.len())]
    };
    let end = if random.bool() { CONSONANTS[random.usize(..CONSONANTS.len())] } else { "" };
    (0..syllables).map(|_| syllable(random)).collect::<String>() + end
}

/// The word with one letter left out, or two that changed places.
pub(crate) fn mistyped(word: &str, random: &mut Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = random.usize(1..letters.len() - 1);
    if random.bool() || letters[at] == letters[at + 1] {
        letters.remove(at);
    } else {
        letters.swap(at, at + 1);
    }
    letters.into_iter().collect()
}
