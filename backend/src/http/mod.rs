//! The whole route table and the order of the middlewares. What a route does is in its module.

pub mod body;
pub mod caller;
pub mod carriers;
pub mod connection;
pub mod counting;
pub mod demo_traffic;
pub mod docs;
pub mod dto;
pub mod edge;
pub mod files;
pub mod health;
pub mod idempotency;
pub mod levers;
pub mod operators;
pub mod ops;
pub mod ops_page;
pub mod origin;
pub mod overview;
pub mod precompressed;
pub mod problem;
pub mod proxies;
pub mod receipts;
pub mod release;
pub mod reply;
pub mod security_headers;
pub mod server;
pub mod settings;
pub mod spa;
pub mod state;
pub mod stream;
pub mod to_completion;
pub mod twins;
pub mod verifications;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::{self, Data, ServiceConfig, delete, get, head, post};
use actix_web::{App, Resource, Route};
use problem::{Kind, Problem};
use state::State;

/// Largest request body in bytes. The largest honest one has about 200.
pub const MAX_BODY: usize = 4 * 1024;

/// Every path of the public listener. The page's files come after, and answer whatever is left.
#[rustfmt::skip]
fn routes(config: &mut ServiceConfig) {
    use verifications as v;
    config
        .service(resource("/verifications",             "POST",              [post().to(v::start)]))
        .service(resource("/verifications/{id}/check",  "POST",              [post().to(v::check)]))
        .service(resource("/verifications/{id}",        "GET, HEAD, DELETE", [get().to(v::read), head().to(v::read), delete().to(v::cancel)]))
        .service(resource("/verifications/{id}/resend", "POST",              [post().to(v::resend)]))
        .service(resource("/receipts/redeem",           "POST",              [post().to(receipts::redeem)]))
        .service(resource("/providers/twilio/calls/{sealed}", "POST",        [post().to(carriers::key_pressed)]))
        .service(resource("/.well-known/jwks.json",     "GET, HEAD",         [get().to(receipts::keys), head().to(receipts::keys)]))
        .service(resource("/config",                    "GET, HEAD",         [get().to(settings::config), head().to(settings::config)]))
        .service(resource("/openapi.yaml",              "GET, HEAD",         [get().to(docs::openapi), head().to(docs::openapi)]))
        .service(resource("/docs",                      "GET, HEAD",         [get().to(docs::page), head().to(docs::page)]))
        .service(resource("/docs/{file}",               "GET, HEAD",         [get().to(docs::page), head().to(docs::page)]))
        .service(resource("/problems",                  "GET, HEAD",         [get().to(problem::list), head().to(problem::list)]))
        .service(resource("/problems/{code}",           "GET, HEAD",         [get().to(problem::page), head().to(problem::page)]))
        .service(resource("/livez",                     "GET, HEAD",         [get().to(health::livez), head().to(health::livez)]))
        .service(resource("/readyz",                    "GET, HEAD",         [get().to(health::readyz), head().to(health::readyz)]));
}

/// The public application: everything that anybody can reach.
pub fn app(
    state: Data<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let origins = &state.config.http.allowed_origins;
    App::new()
        .app_data(state.clone())
        .configure(routes)
        .default_service(web::to(spa::file))
        // The last wrapped is the first to see a request.
        .wrap(Condition::new(!origins.is_empty(), edge::cors(origins)))
        .wrap(from_fn(body::receive))
        .wrap(from_fn(edge::admit))
        .wrap(from_fn(edge::answer))
}

/// A path with its methods; any other method is 405 and told which there are.
fn resource<const N: usize>(path: &str, allow: &'static str, routes: [Route; N]) -> Resource {
    let refuse = move || async move {
        Err::<String, _>(Problem::from(Kind::MethodNotAllowed).header("allow", allow))
    };
    let resource = web::resource(path).default_service(web::to(refuse));
    routes.into_iter().fold(resource, Resource::route)
}
