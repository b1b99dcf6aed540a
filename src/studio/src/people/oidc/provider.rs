//! What is said between the studio and a provider.

use std::fs;

use config::settings::Provider;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::url::Url;
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
};

use super::fetch::fetch;
use super::known;
use crate::http::App;
use crate::http::problem::Problem;

/// Signatures that count: those of keys that the provider alone has.
const SIGNED_BY: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Known =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// Somebody, as a provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) provider: String,
    pub(super) issuer: String,
    pub(super) subject: String,
    /// The name that they would like.
    pub(super) name: Option<String>,
    /// The address that the provider has confirmed.
    pub(super) email: Option<String>,
}

/// The provider's page, and what a browser has to bring back from it.
pub(super) async fn authorize(
    app: &App,
    provider: &Provider,
) -> Result<(Url, CsrfToken, Nonce, PkceCodeVerifier), Problem> {
    let client = client(app, provider, known::of(app, provider).await?)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".into()))
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(challenge)
        .url();
    Ok((url, state, nonce, verifier))
}

/// The one whom the provider gave `code` for.
pub(super) async fn identify(
    app: &App,
    provider: &Provider,
    code: String,
    verifier: PkceCodeVerifier,
    nonce: &Nonce,
) -> Result<Identity, Problem> {
    let client = client(app, provider, known::of(app, provider).await?)?;
    let plain = is_plain(provider);
    let request = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| away(provider, &error))?;
    let request = request.set_pkce_verifier(verifier);
    let answer = request.request_async(&|request: HttpRequest| fetch(request, plain)).await;
    let answer = answer.map_err(|error| away(provider, &error))?;
    let token = answer.id_token().ok_or_else(|| away(provider, &"it gave no ID Token"))?;
    let claims = match token.claims(&judge(&client), nonce) {
        Err(error @ ClaimsVerificationError::SignatureVerification(_)) => {
            let newer = known::again(app, provider).await?.ok_or_else(|| away(provider, &error))?;
            token.claims(&judge(&self::client(app, provider, newer)?), nonce)
        }
        judged => judged,
    };
    let claims = claims.map_err(|error| away(provider, &error))?;
    let is_confirmed = claims.email_verified() == Some(true);
    Ok(Identity {
        provider: provider.id.clone(),
        issuer: claims.issuer().as_str().into(),
        subject: claims.subject().as_str().into(),
        name: claims.preferred_username().map(|name| name.as_str().into()),
        email: claims.email().filter(|_| is_confirmed).map(|email| email.as_str().into()),
    })
}

/// Judges tokens by the keys that the provider says are its own.
fn judge(client: &Known) -> CoreIdTokenVerifier<'_> {
    client.id_token_verifier().set_allowed_algs(SIGNED_BY)
}

fn client(app: &App, provider: &Provider, metadata: CoreProviderMetadata) -> Result<Known, Problem> {
    let callback = format!("{}/api/v1/oidc/{}/callback", app.settings.address, provider.id);
    let callback = RedirectUrl::new(callback).map_err(|_| Problem::internal("studio.oidc needs studio.address"))?;
    let id = ClientId::new(provider.client_id.clone());
    Ok(CoreClient::from_provider_metadata(metadata, id, secret(provider)?).set_redirect_uri(callback))
}

fn secret(provider: &Provider) -> Result<Option<ClientSecret>, Problem> {
    let path = &provider.client_secret_file;
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let text = fs::read_to_string(path);
    let text = text.map_err(|error| Problem::internal(&format!("can't read {}: {error}", path.display())))?;
    Ok(Some(ClientSecret::new(text.trim().into())))
}

/// True if the settings name an issuer on this machine, without TLS.
pub(super) fn is_plain(provider: &Provider) -> bool {
    provider.issuer.starts_with("http://")
}

/// The provider is away, or says what it should not. What it said is in the log alone.
pub(super) fn away(provider: &Provider, error: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(provider = provider.id, "OpenID Connect: {error}");
    let detail = format!("{} is away, or its answer is not to be trusted; try again", provider.name);
    Problem::new(http::StatusCode::BAD_GATEWAY, "oidc", &detail)
}
