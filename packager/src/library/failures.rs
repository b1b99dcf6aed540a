//! The report of a failure, a file for whoever looks into it.

use std::path::PathBuf;

use config::tree::TitleName;

use crate::library::{DiskError, Library, flat, remove_file, write_replace};

impl Library {
    /// The report's place.
    #[must_use]
    pub fn report_path(&self, title: &TitleName) -> PathBuf {
        self.private("failed").join(format!("{}.json", flat(title)))
    }

    /// Keeps what is known of a failure.
    ///
    /// # Errors
    /// The file system's error.
    pub fn report(&self, title: &TitleName, errors: &[String], stderr: Option<&str>) -> Result<(), DiskError> {
        let report = serde_json::json!({ "title": title.as_str(), "errors": errors, "ffmpeg": stderr });
        write_replace(&self.report_path(title), report.to_string().as_bytes(), &self.private("new"))
    }

    /// Forgets an earlier failure.
    ///
    /// # Errors
    /// The file system's error.
    pub fn forget_report(&self, title: &TitleName) -> Result<(), DiskError> {
        remove_file(&self.report_path(title))
    }
}
