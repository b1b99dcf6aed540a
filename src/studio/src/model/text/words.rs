//! Words as the search knows them: Latin letters and digits, in lower case, whatever script and accents they had.

use deunicode::deunicode_char;

/// Longest word, letters. What is longer is no word that anybody types.
const LONGEST: usize = 40;

/// The words of a text.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let mut latin = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // "don't" is "dont", as it is typed.
            '\'' | '\u{2019}' | '\u{301}' => {}
            c if c.is_ascii() => latin.push(c.to_ascii_lowercase()),
            c => latin.push_str(&of_letter(c)),
        }
    }
    let parts = latin.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(|word| word.chars().take(LONGEST).collect()).collect()
}

/// The words of a text, joined by spaces: what names are sorted by.
#[must_use]
pub fn folded(text: &str) -> String {
    words(text).join(" ")
}

/// What stands for a letter in Latin ones; the marks that some transliterations have are left out.
fn of_letter(c: char) -> String {
    let Some(latin) = deunicode_char(c) else { return " ".into() };
    let is_mark = |l: &char| matches!(l, '\'' | '`' | '"') && c.is_alphabetic();
    latin.chars().filter(|l| !is_mark(l)).map(|l| l.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_however_they_are_written() {
        for (text, expected) in [
            ("Ünïcödé été", "unicode ete"),
            ("Don't — l’été №5", "dont lete no5"),
            ("Видео: Подъезд", "video podezd"),
            ("東京 (1953)", "dong jing 1953"),
            ("C++ \"NEAR\" a*b%_", "c near a b"),
            ("  ", ""),
        ] {
            assert_eq!(folded(text), expected, "{text}");
        }
        assert_eq!(words(&"x".repeat(90)), ["x".repeat(40)]);
    }
}
