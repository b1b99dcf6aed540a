//! What providers say of themselves, kept for an hour: their addresses and keys.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use config::settings::Provider;
use openidconnect::core::CoreProviderMetadata;
use openidconnect::{HttpRequest, IssuerUrl};

use super::fetch::fetch;
use super::provider::{away, is_plain};
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::Micros;

/// Seconds after which a provider is asked again.
const KEPT: i64 = 3600;
/// Seconds between two questions to a provider whose keys don't fit a token, so that bad tokens make no flood of them.
const APART: i64 = 60;

/// What is known of the providers that the settings name.
#[derive(Default)]
pub struct Directory(Mutex<HashMap<String, Entry>>);

#[derive(Clone)]
struct Entry {
    metadata: CoreProviderMetadata,
    asked: Micros,
}

impl Directory {
    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a provider said less than `age` seconds before `now`.
    fn younger(&self, provider: &Provider, age: i64, now: Micros) -> Option<CoreProviderMetadata> {
        let entries = self.entries();
        let entry = entries.get(&provider.id)?;
        (0..age).contains(&now.seconds_since(entry.asked)).then(|| entry.metadata.clone())
    }
}

/// What a provider says of itself.
///
/// # Errors
/// 502 where it doesn't answer as it should.
pub(super) async fn of(app: &App, provider: &Provider) -> Result<CoreProviderMetadata, Problem> {
    match app.providers.younger(provider, KEPT, app.now()) {
        Some(metadata) => Ok(metadata),
        None => ask(app, provider).await,
    }
}

/// The same, asked anew since its keys may be others by now (OpenID Connect Core 1.0 §10.1.1); `None` where it was asked
/// just now.
///
/// # Errors
/// 502 where it doesn't answer as it should.
pub(super) async fn again(app: &App, provider: &Provider) -> Result<Option<CoreProviderMetadata>, Problem> {
    match app.providers.younger(provider, APART, app.now()) {
        Some(_) => Ok(None),
        None => ask(app, provider).await.map(Some),
    }
}

async fn ask(app: &App, provider: &Provider) -> Result<CoreProviderMetadata, Problem> {
    let issuer = IssuerUrl::new(provider.issuer.clone()).map_err(|error| Problem::internal(&error.to_string()))?;
    let plain = is_plain(provider);
    // It compares the issuer in the document with the one that was asked (Discovery §4.3).
    let answer = CoreProviderMetadata::discover_async(issuer, &|request: HttpRequest| fetch(request, plain)).await;
    let metadata = answer.map_err(|error| away(provider, &error))?;
    let entry = Entry { metadata: metadata.clone(), asked: app.now() };
    app.providers.entries().insert(provider.id.clone(), entry);
    Ok(metadata)
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Directory").field(&self.entries().len()).finish()
    }
}
