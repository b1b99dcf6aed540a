//! The bench's settings, which the environment holds.

/// A number from the environment, for longer or shorter runs.
pub(crate) fn number(name: &str, default: u32) -> u32 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}='{text}' is no number")),
        Err(_) => default,
    }
}
