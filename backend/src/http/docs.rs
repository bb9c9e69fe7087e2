//! The contract and a page to read it. The contract is generated from the handlers; the reader is
//! Swagger UI, compiled in and served from this origin.

use super::precompressed::Precompressed;
use super::problem::{Kind, Problem};
use super::{health, receipts, settings, verifications};
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{RefOr, Required};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::{Config, Url};

/// Swagger UI styles itself at run time and draws with data: images, so its page may.
const READER_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ringproof",
        description = "Proves that somebody holds a phone number: rings it, says a code, checks the code.\n\n\
            Every answer outside 2xx is `application/problem+json` (RFC 9457); switch on its `code`.\n\
            Only a browser that asks for `text/html` at an address that nothing has gets a page.",
        contact(name = "The Ringproof authors"),
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "verifications", description = "Prove that somebody holds a phone number."),
        (name = "receipts", description = "Proof for a site's own server."),
        (name = "service", description = "What is offered, and whether it is up."),
    ),
    security(()),
    modifiers(&OptionalBody, &CallerKey),
    paths(
        verifications::start,
        verifications::read,
        verifications::cancel,
        verifications::check,
        verifications::resend,
        receipts::redeem,
        receipts::keys,
        settings::config,
        health::livez,
        health::readyz,
    ),
)]
struct Contract;

/// A resend's body may be left out, but it may not be `null`; annotations cannot say one without the other.
struct OptionalBody;

impl Modify for OptionalBody {
    fn modify(&self, contract: &mut utoipa::openapi::OpenApi) {
        let path = contract.paths.paths.get_mut("/verifications/{id}/resend");
        let resend = path.and_then(|path| path.post.as_mut());
        if let Some(RefOr::T(body)) = resend.and_then(|resend| resend.request_body.as_mut()) {
            body.required = Some(Required::False);
        }
    }
}

/// The key of a service, which no operation needs and those of verifications know.
struct CallerKey;

const CALLER_KEY: &str = "callerKey";

impl Modify for CallerKey {
    fn modify(&self, contract: &mut utoipa::openapi::OpenApi) {
        let key = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("rpk_<name>_<43 characters>")
            .description(Some(
                "The key of a service that calls for its users. Keys stay on servers.",
            ))
            .build();
        let components = contract.components.get_or_insert_default();
        components.add_security_scheme(CALLER_KEY, SecurityScheme::Http(key));
        for (path, item) in &mut contract.paths.paths {
            let operations = [&mut item.get, &mut item.post, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                if path.starts_with("/verifications") || path.starts_with("/receipts") {
                    let anybody = SecurityRequirement::default();
                    let caller = SecurityRequirement::new(CALLER_KEY, Vec::<String>::new());
                    operation.security = Some(vec![anybody, caller]);
                }
            }
        }
    }
}

static YAML: LazyLock<String> = LazyLock::new(|| Contract::openapi().to_yaml().unwrap_or_default());
static YAML_FILE: LazyLock<Precompressed> =
    LazyLock::new(|| Precompressed::new("application/yaml", contract()));
/// The reader's files that were asked for; it has nine.
static READER: Mutex<BTreeMap<String, Arc<Precompressed>>> = Mutex::new(BTreeMap::new());

/// What openapi.yaml holds.
#[must_use]
pub fn contract() -> &'static str {
    &YAML
}

/// `GET /openapi.yaml`.
pub async fn openapi(request: HttpRequest) -> HttpResponse {
    YAML_FILE.respond(&request)
}

/// `GET /docs` and the files it needs.
///
/// # Errors
/// [`Kind::NotFound`] for a file that Swagger UI does not have.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let file = request.match_info().get("file").unwrap_or_default();
    let reader = || READER.lock().unwrap_or_else(PoisonError::into_inner);
    let known = reader().get(file).cloned();
    let compressed = match known {
        Some(compressed) => compressed,
        None => {
            let name = file.to_owned();
            // The largest has a megabyte, which takes a while to compress.
            let compressed = web::block(move || read(&name)).await.ok().flatten();
            let compressed = Arc::new(compressed.ok_or(Kind::NotFound)?);
            reader().insert(file.to_owned(), Arc::clone(&compressed));
            compressed
        }
    };
    let mut response = compressed.respond(&request);
    if file.is_empty() {
        let policy = HeaderValue::from_static(READER_POLICY);
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

const TITLE: &str = "<title>Ringproof API</title>\n    \
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n    \
    <link rel=\"stylesheet\" type=\"text/css\" href=\"/styles/document.css\" />\n    \
    <link rel=\"stylesheet\" type=\"text/css\" href=\"/styles/reader.css\" />";
/// What its makers link is taken in by reader.css, below what is ours.
const THEIR_STYLES: [&str; 2] = [
    "<link rel=\"stylesheet\" type=\"text/css\" href=\"./swagger-ui.css\" />",
    "<link rel=\"stylesheet\" type=\"text/css\" href=\"index.css\" />",
];
const BANNER: &str = "<body class=\"reader\">\n    <header><a href=\"/\">Ringproof</a> <a href=\"/problems\">Problems</a></header>";

fn read(file: &str) -> Option<Precompressed> {
    let config = Config::new([Url::from("/openapi.yaml")]);
    // Without the bar of the reader's makers.
    let config = Arc::new(config.validator_url("none").use_base_layout());
    let found = utoipa_swagger_ui::serve(file, config).ok().flatten()?;
    if !file.is_empty() {
        return Some(Precompressed::new(&found.content_type, found.bytes.into_owned()));
    }
    // The page is at /docs, its files are below it, and it is ours.
    let html = String::from_utf8_lossy(&found.bytes)
        .replace("<title>Swagger UI</title>", TITLE)
        .replace("<body>", BANNER)
        .replace("<div id=\"swagger-ui\">", "<div id=\"swagger-ui\" role=\"main\">")
        .replace(THEIR_STYLES[0], "")
        .replace(THEIR_STYLES[1], "")
        .replace("\"./", "\"/docs/")
        .replace("/docs/favicon-32x32.png", "/favicon.svg");
    Some(Precompressed::new(&found.content_type, html))
}
