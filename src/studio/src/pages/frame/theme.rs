//! The colours of the pages.

/// Dark or light colours, or what the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// The theme of a name; what is none leaves it to the system.
    pub(crate) fn parse(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Light | Self::Dark => Some(self.name()),
        }
    }
}
