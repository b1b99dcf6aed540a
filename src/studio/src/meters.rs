//! Metrics of the studio, for Prometheus. Labels have few fixed values: people's names are never among them.

use http::StatusCode;
use prometheus::{IntCounter, IntCounterVec, Opts, Registry};

/// The kind of a problem that a quota makes.
pub const QUOTA: &str = "quota";

/// The studio's metrics.
#[derive(Debug)]
pub struct Meters {
    sign_ins: IntCounterVec,
    uploads: IntCounterVec,
    upload_bytes: IntCounter,
    refusals: IntCounterVec,
}

/// Why somebody was refused what they may do otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too often.
    Rate,
    /// Larger than one may be.
    Size,
    /// More than the account's quota has room for.
    Quota,
    /// More of them than there may be.
    Count,
    /// The disk is full.
    Disk,
}

/// The end of an attempt to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// A session began.
    Accepted,
    /// The name, the password or the code was wrong, or the account can't come in.
    Refused,
}

/// The end of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// It is a title.
    Finished,
    /// Its sender ended it, or it expired.
    GivenUp,
}

impl Meters {
    /// All of them, at zero.
    ///
    /// # Errors
    /// When a name is none that Prometheus takes.
    pub fn new() -> prometheus::Result<Self> {
        let counters = |name: &str, help: &str| IntCounterVec::new(Opts::new(name, help), &["outcome"]);
        let meters = Self {
            sign_ins: counters("pack_studio_sign_ins_total", "Attempts to sign in, by what became of them")?,
            uploads: counters("pack_studio_uploads_total", "Uploads that came to an end, by what became of them")?,
            upload_bytes: IntCounter::new(
                "pack_studio_upload_bytes_total",
                "Bytes of uploads that are on disk for good",
            )?,
            refusals: IntCounterVec::new(
                Opts::new("pack_studio_refusals_total", "Requests that were refused for a limit, by the limit"),
                &["limit"],
            )?,
        };
        for refusal in Refusal::ALL {
            meters.refusals.with_label_values(&[refusal.label()]);
        }
        for outcome in [SignIn::Accepted, SignIn::Refused] {
            meters.sign_ins.with_label_values(&[outcome.label()]);
        }
        for outcome in [Upload::Finished, Upload::GivenUp] {
            meters.uploads.with_label_values(&[outcome.label()]);
        }
        Ok(meters)
    }

    /// Shows them in `registry`.
    ///
    /// # Errors
    /// When it has metrics of these names already.
    pub fn register(&self, registry: &Registry) -> prometheus::Result<()> {
        registry.register(Box::new(self.sign_ins.clone()))?;
        registry.register(Box::new(self.uploads.clone()))?;
        registry.register(Box::new(self.refusals.clone()))?;
        registry.register(Box::new(self.upload_bytes.clone()))
    }

    /// Counts an attempt to sign in.
    pub fn signed_in(&self, outcome: SignIn) {
        self.sign_ins.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts a refusal.
    pub fn refused(&self, refusal: Refusal) {
        self.refusals.with_label_values(&[refusal.label()]).inc();
    }

    /// Counts the end of an upload.
    pub fn upload(&self, outcome: Upload) {
        self.uploads.with_label_values(&[outcome.label()]).inc();
    }

    /// Counts bytes that were put on disk.
    pub fn received(&self, bytes: u64) {
        self.upload_bytes.inc_by(bytes);
    }
}

impl Refusal {
    const ALL: [Self; 5] = [Self::Rate, Self::Size, Self::Quota, Self::Count, Self::Disk];

    /// The limit that a problem with this status and of this kind is about; `None` for other problems.
    #[must_use]
    pub fn of(status: StatusCode, kind: &str) -> Option<Self> {
        match status {
            StatusCode::TOO_MANY_REQUESTS => Some(Self::Rate),
            StatusCode::PAYLOAD_TOO_LARGE if kind == QUOTA => Some(Self::Quota),
            StatusCode::PAYLOAD_TOO_LARGE => Some(Self::Size),
            StatusCode::INSUFFICIENT_STORAGE => Some(Self::Disk),
            StatusCode::CONFLICT if kind.starts_with("too-many") => Some(Self::Count),
            _ => None,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Size => "size",
            Self::Quota => "quota",
            Self::Count => "count",
            Self::Disk => "disk",
        }
    }
}

impl SignIn {
    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

impl Upload {
    const fn label(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::GivenUp => "given_up",
        }
    }
}
