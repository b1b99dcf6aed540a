//! Certificates: read from files, and chosen by the name that a client asks for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::origin::Certificate;
use rustls::SignatureScheme;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_cert::Certificate as X509;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::error::TlsError;

/// Seconds before its end at which an operator is warned: by then a certificate should long be renewed, which is done
/// a third of its time before the end (of 90 days, 30).
const RENEWAL_DUE: u64 = 14 * 86_400;

/// The certificates there are.
#[derive(Debug)]
pub struct Certificates {
    all: Vec<LoadedCertificate>,
    /// Indexes into `all` by name. Wildcards are kept as they are written: `*.example.com`.
    by_name: HashMap<String, Vec<usize>>,
}

/// A certificate with its key.
#[derive(Debug)]
pub struct LoadedCertificate {
    /// Its file.
    pub file: PathBuf,
    /// The names that it is good for, lower case.
    pub names: Vec<String>,
    /// The beginning of its validity, seconds since the Unix epoch.
    pub begins: u64,
    /// The end of its validity, seconds since the Unix epoch.
    pub expires: u64,
    key: Arc<CertifiedKey>,
}

impl Certificates {
    /// Reads `files`.
    ///
    /// # Errors
    /// When there are none, one can't be read, or a key is not that of its certificate.
    pub fn load(files: &[Certificate]) -> Result<Self, TlsError> {
        let all = files.iter().map(LoadedCertificate::read).collect::<Result<Vec<_>, _>>()?;
        if all.is_empty() {
            return Err(TlsError::None);
        }
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, loaded) in all.iter().enumerate() {
            for name in &loaded.names {
                by_name.entry(name.clone()).or_default().push(at);
            }
        }
        Ok(Self { all, by_name })
    }

    /// All of them, the default first.
    #[must_use]
    pub fn all(&self) -> &[LoadedCertificate] {
        &self.all
    }

    /// The one for a client that asks for `name` and can verify signatures of `schemes`: one that has the name itself,
    /// else one with a wildcard for it, else the first. Of several, the first whose signatures the client can verify.
    #[must_use]
    pub fn choose(&self, name: Option<&str>, schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let name = name.map(|name| name.trim_end_matches('.').to_ascii_lowercase());
        // RFC 9525 §6.3: a wildcard stands for one whole label, the left-most.
        let wildcard = name.as_deref().and_then(|name| name.split_once('.')).map(|(_, parent)| format!("*.{parent}"));
        let named = [name, wildcard].into_iter().flatten().filter_map(|name| self.by_name.get(&name)).flatten();
        let named = named.filter_map(|at| self.all.get(*at));
        let usable = |loaded: &&LoadedCertificate| loaded.key.key.choose_scheme(schemes).is_some();
        named.chain(&self.all).find(usable).map(|loaded| loaded.key.clone())
    }
}

impl LoadedCertificate {
    fn read(pair: &Certificate) -> Result<Self, TlsError> {
        let file = &pair.certificate;
        let bad = |why: String| TlsError::File { file: file.clone(), why };
        let chain = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let chain = chain.map_err(|error| unreadable(file, "certificate", &error))?;
        let own =
            chain.first().ok_or_else(|| bad("holds no certificate; it must be PEM, the host's own first".into()))?;
        let x509 = X509::from_der(own).map_err(|error| bad(format!("its first certificate can't be read: {error}")))?;
        let names = names(&x509).map_err(|error| bad(format!("its names can't be read: {error}")))?;
        let key =
            PrivateKeyDer::from_pem_file(&pair.key).map_err(|error| unreadable(&pair.key, "private key", &error))?;
        let provider = rustls::crypto::ring::default_provider();
        let key = CertifiedKey::from_der(chain, key, &provider).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => bad(format!("{} is not its key", pair.key.display())),
            error => TlsError::File { file: pair.key.clone(), why: format!("this key can't be used: {error}") },
        })?;
        let validity = &x509.tbs_certificate.validity;
        Ok(Self {
            file: file.clone(),
            names,
            begins: validity.not_before.to_unix_duration().as_secs(),
            expires: validity.not_after.to_unix_duration().as_secs(),
            key: Arc::new(key),
        })
    }

    /// The warning that an operator should see at `now`, seconds since the Unix epoch; `None` where all is well.
    #[must_use]
    pub fn warning(&self, now: u64) -> Option<String> {
        let file = self.file.display();
        if now < self.begins {
            Some(format!("certificate {file} is not good before {}", date(self.begins)))
        } else if now >= self.expires {
            Some(format!("certificate {file} ended on {}: clients refuse it; renew it", date(self.expires)))
        } else if self.expires - now < RENEWAL_DUE {
            Some(format!("certificate {file} ends on {}; renew it", date(self.expires)))
        } else {
            None
        }
    }
}

fn date(seconds: u64) -> String {
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.min(LAST_SECOND)))
}

/// The end of the year 9999, the last that a certificate or a date of HTTP can name.
const LAST_SECOND: u64 = 253_402_300_799;

fn unreadable(file: &Path, what: &str, error: &pem::Error) -> TlsError {
    let why = match error {
        pem::Error::Io(error) => format!("can't read the {what}: {error}"),
        pem::Error::NoItemsFound => format!("holds no {what}; it must be PEM"),
        error => format!("holds no {what} that can be read: {error:?}; it must be PEM"),
    };
    TlsError::File { file: file.to_owned(), why }
}

/// The DNS names among the subject's alternative names (RFC 5280 §4.2.1.6), which alone count (RFC 9525 §2).
fn names(certificate: &X509) -> Result<Vec<String>, x509_cert::der::Error> {
    let alternative = certificate.tbs_certificate.get::<SubjectAltName>()?;
    let names = alternative.into_iter().flat_map(|(_, names)| names.0);
    Ok(names
        .filter_map(|name| match name {
            GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
            _ => None,
        })
        .collect())
}

#[cfg(test)]
mod tests;
