//! Headers for caches and browsers, by the lifetime of a response.

use config::access::Visibility;
use config::origin::Origin;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, HeaderName, RETRY_AFTER, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue};

use super::lifetime::Lifetime;

/// RFC 9213.
pub(crate) const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

/// The headers that a page's script may read of a response (CTA-5006 names CMSD's two).
const EXPOSED: &str = "Content-Length, Content-Range, Date, ETag, Age, Cache-Status, CMSD-Static, CMSD-Dynamic";
/// [`EXPOSED`] where requests have ids.
const EXPOSED_WITH_IDS: &str =
    "Content-Length, Content-Range, Date, ETag, Age, Cache-Status, CMSD-Static, CMSD-Dynamic, X-Request-Id";
const METHODS: &str = "GET, HEAD, OPTIONS";
const ALLOWED: &str = "Range, If-Range, CMCD-Request, CMCD-Object, CMCD-Status, CMCD-Session";

/// A setting that holds what no header can.
#[derive(Debug, thiserror::Error)]
#[error("setting origin.{setting}: '{value}' can't be a header's value; use printable ASCII without line breaks")]
pub struct Unsendable {
    setting: &'static str,
    value: String,
}

/// The headers that depend on nothing but the settings and the lifetime, made once.
#[derive(Debug, PartialEq)]
pub(crate) struct Policy {
    current: HeaderMap,
    immutable: HeaderMap,
    missing: HeaderMap,
    overload: HeaderMap,
    never: HeaderMap,
    preflight: HeaderMap,
    origins: Vec<HeaderValue>,
}

impl Policy {
    /// Makes the headers that `settings` ask for.
    ///
    /// # Errors
    /// When a setting holds what no header can.
    pub(crate) fn new(settings: &Origin) -> Result<Self, Unsendable> {
        let c = &settings.cache_control;
        let anyone = settings.cors_origins.iter().any(|origin| origin == "*");
        let base = |name, own: &str, cdn: &str| -> Result<HeaderMap, Unsendable> {
            let mut headers = HeaderMap::with_capacity(16);
            headers.insert(CACHE_CONTROL, value(name, own)?);
            headers.insert(CDN_CACHE_CONTROL, value(name, cdn)?);
            let exposed = if settings.request_ids { EXPOSED_WITH_IDS } else { EXPOSED };
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(exposed));
            headers.insert(TIMING_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            if anyone {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
            Ok(headers)
        };
        let mut overload = base("overload", &c.overload, &c.overload_cdn)?;
        overload.insert(RETRY_AFTER, HeaderValue::from(c.retry_after_seconds));
        let kept = format!("public, max-age={}", settings.preflight_seconds);
        let mut preflight = base("preflight_seconds", &kept, &kept)?;
        preflight.insert(ALLOW, HeaderValue::from_static(METHODS));
        preflight.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        preflight.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed(settings)?);
        preflight.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from(settings.preflight_seconds));
        let origins = if anyone { &[] } else { settings.cors_origins.as_slice() };
        Ok(Self {
            current: base("current", &c.current, &c.current_cdn)?,
            immutable: base("immutable", &c.immutable, &c.immutable_cdn)?,
            missing: base("missing", &c.missing, &c.missing_cdn)?,
            never: base("error", &c.error, &c.error_cdn)?,
            overload,
            preflight,
            origins: origins.iter().map(|origin| value("cors_origins", origin)).collect::<Result<_, _>>()?,
        })
    }

    /// The headers of every response of this lifetime.
    #[must_use]
    pub(crate) fn headers(&self, lifetime: Lifetime) -> &HeaderMap {
        match lifetime {
            Lifetime::Current => &self.current,
            Lifetime::Immutable => &self.immutable,
            Lifetime::Missing => &self.missing,
            Lifetime::Overload => &self.overload,
            Lifetime::Never => &self.never,
        }
    }

    /// The headers of the answer to `OPTIONS`.
    #[must_use]
    pub(crate) fn preflight(&self) -> &HeaderMap {
        &self.preflight
    }

    /// True if answers depend on the asker's origin.
    #[must_use]
    pub(crate) fn names_origins(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Adds what depends on who asks: nothing where all may; else the asker's origin where it is allowed, and that the
    /// answer varies by it, whatever it is, since a shared cache would give one origin's answer to another.
    pub(crate) fn add_origin(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if self.origins.is_empty() {
            return;
        }
        add_vary(headers, "Origin");
        if let Some(allowed) = origin.and_then(|asker| self.origins.iter().find(|allowed| *allowed == asker)) {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed.clone());
        }
    }
}

/// Adds that the answer varies by the request's header `name`, in one line: not every cache joins several.
pub(crate) fn add_vary(headers: &mut HeaderMap, name: &'static str) {
    let joined = headers.get(VARY).and_then(|known| known.to_str().ok()).map(|known| format!("{known}, {name}"));
    let value = joined.and_then(|text| HeaderValue::try_from(text).ok());
    headers.insert(VARY, value.unwrap_or(HeaderValue::from_static(name)));
}

/// The methods there are, for a 405's `Allow`.
#[must_use]
pub(crate) fn allow() -> HeaderValue {
    HeaderValue::from_static(METHODS)
}

/// The request headers that a page's script may send. `*` would not cover `Authorization`, in which tokens may come: it is
/// named where settings say that they do. A library's records and its own key are no setting, and a preflight that went by
/// them would tell strangers that there is a restricted title; for players of such there is `cors_headers`.
fn allowed(settings: &Origin) -> Result<HeaderValue, Unsendable> {
    let has_keys = !settings.jwt.keys.is_empty() || !settings.signing_keys.is_empty();
    let tokens = (has_keys || settings.visibility == Visibility::Restricted).then_some("Authorization");
    let more = settings.cors_headers.iter().map(String::as_str);
    let all: Vec<_> = [ALLOWED].into_iter().chain(tokens).chain(more).collect();
    value("cors_headers", &all.join(", "))
}

fn value(setting: &'static str, text: &str) -> Result<HeaderValue, Unsendable> {
    HeaderValue::from_str(text).map_err(|_| Unsendable { setting, value: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_table() {
        let policy = Policy::new(&Origin::default()).unwrap();
        for (lifetime, own, cdn) in [
            (
                Lifetime::Current,
                "public, max-age=60, stale-if-error=86400",
                "max-age=60, stale-while-revalidate=60, stale-if-error=86400",
            ),
            (Lifetime::Immutable, "public, max-age=31536000, immutable", "public, max-age=31536000, immutable"),
            (Lifetime::Missing, "public, max-age=10", "public, max-age=10"),
            (Lifetime::Overload, "public, max-age=5", "public, max-age=5"),
            (Lifetime::Never, "no-store", "no-store"),
        ] {
            let headers = policy.headers(lifetime);
            assert_eq!(headers[CACHE_CONTROL], own);
            assert_eq!(headers[CDN_CACHE_CONTROL], cdn);
            assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
            assert_eq!(headers[TIMING_ALLOW_ORIGIN], "*");
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[ACCESS_CONTROL_EXPOSE_HEADERS], EXPOSED);
            assert_eq!(headers.contains_key(RETRY_AFTER), lifetime == Lifetime::Overload);
        }
        assert_eq!(policy.preflight()[ACCESS_CONTROL_MAX_AGE], "86400");
    }

    #[test]
    fn a_preflight_allows_authorization_where_it_is_read() {
        let mut settings = Origin::default();
        let allowed =
            |settings: &Origin| Policy::new(settings).unwrap().preflight()[ACCESS_CONTROL_ALLOW_HEADERS].clone();
        assert_eq!(allowed(&settings), ALLOWED);
        for takes_tokens in [
            Origin { signing_keys: vec!["k1.key".into()], ..Origin::default() },
            Origin { visibility: Visibility::Restricted, ..Origin::default() },
        ] {
            assert_eq!(allowed(&takes_tokens), format!("{ALLOWED}, Authorization"));
        }
        settings.jwt.keys = vec!["a.pem".into()];
        assert_eq!(allowed(&settings), format!("{ALLOWED}, Authorization"));
        settings.cors_headers = vec!["X-Player".into()];
        assert_eq!(allowed(&settings), format!("{ALLOWED}, Authorization, X-Player"));
    }

    #[test]
    fn origins_by_setting() {
        let asker = HeaderValue::from_static("https://a.example");
        let stranger = HeaderValue::from_static("https://b.example");
        let settings = Origin { cors_origins: vec!["https://a.example".into()], ..Origin::default() };
        let policy = Policy::new(&settings).unwrap();
        for (origin, allowed) in [(None, None), (Some(&asker), Some(&asker)), (Some(&stranger), None)] {
            let mut headers = policy.headers(Lifetime::Current).clone();
            policy.add_origin(&mut headers, origin);
            assert_eq!(headers.get(ACCESS_CONTROL_ALLOW_ORIGIN), allowed);
            assert_eq!(headers[VARY], "Origin");
            let mut text = HeaderMap::from_iter([(VARY, HeaderValue::from_static("Accept-Encoding"))]);
            policy.add_origin(&mut text, origin);
            assert!(text.get_all(VARY).iter().eq(["Accept-Encoding, Origin"]));
        }
    }

    #[test]
    fn a_setting_that_is_no_header_is_refused_by_name() {
        let mut settings = Origin::default();
        settings.cache_control.missing = "a\nb".into();
        let error = Policy::new(&settings).unwrap_err().to_string();
        assert!(error.contains("missing"), "{error}");
    }
}
