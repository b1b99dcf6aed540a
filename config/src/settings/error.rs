use super::layer::Place;

/// An error in the settings: the defect, its place, and the expected value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// The file is no TOML.
    #[error("{place}: not valid TOML: {problem}")]
    Syntax {
        /// File and line.
        place: Place,
        /// The parser's message, on one line.
        problem: String,
    },
    /// There is no such key, section or environment variable.
    #[error("{place}: there is no setting {name}; {hint}")]
    Unknown {
        /// Where it stands.
        place: Place,
        /// The key, section or variable.
        name: String,
        /// The nearest one that exists, or where all are listed.
        hint: String,
    },
    /// The value has the wrong type or unit, or lies outside its range.
    #[error("{place}: {key} = {value}: {problem}")]
    Value {
        /// Where it stands.
        place: Place,
        /// The key.
        key: String,
        /// The value, as TOML.
        value: String,
        /// The expected value.
        problem: String,
    },
    /// Two values, each right by itself, can't both be.
    #[error("{place}: {key} = {value} {why}")]
    Conflict {
        /// Where the one to blame stands.
        place: Place,
        /// The key to blame.
        key: String,
        /// Its value, as TOML.
        value: String,
        /// The contradiction, as a clause.
        why: String,
    },
    /// A title's own file sets something that holds for all titles.
    #[error("{place}: {key} can't be set for one title; only keys of [encode], and priority in [ingest], can")]
    NotForOneTitle {
        /// Where it stands.
        place: Place,
        /// The key.
        key: String,
    },
}
