//! The second yardstick of `bench/run`: the same frameworks with nothing of ours between them. It
//! passes one JSON document on to a provider, by one reqwest client per worker, and its answer back.
//! No guard, no ids, no log, no metrics: what ringproof costs beside it is what ringproof does.
//!
//! `bare ADDRESS PROVIDER`, for example `bare 127.0.0.1:8080 http://127.0.0.1:9000/verify`.

#![expect(clippy::unwrap_used, reason = "an example stops where it fails")]

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{App, HttpResponse, HttpServer, post};
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, redirect::Policy};
use std::time::Duration;

/// The service's allocator, so that this is no difference.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// One worker's way to the provider.
struct Provider {
    client: Client,
    url: String,
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    // Built without a provider of cryptography; there is none before this.
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let [address, url] = [1, 2].map(|place| std::env::args().nth(place).unwrap());
    HttpServer::new(move || {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(10))
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let provider = Data::new(Provider { client, url: url.clone() });
        App::new().app_data(provider).service(start).service(check)
    })
    .bind(address)?
    .run()
    .await
}

#[post("/verifications")]
async fn start(provider: Data<Provider>, body: Bytes) -> HttpResponse {
    pass_on(&provider, provider.url.clone(), body).await
}

#[post("/verifications/{id}/check")]
async fn check(provider: Data<Provider>, id: Path<String>, body: Bytes) -> HttpResponse {
    pass_on(&provider, format!("{}/{id}", provider.url), body).await
}

async fn pass_on(provider: &Provider, url: String, body: Bytes) -> HttpResponse {
    let request = provider
        .client
        .post(url)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .body(body);
    let answer = async {
        let answer = request.send().await?;
        Ok::<_, reqwest::Error>((answer.status(), answer.bytes().await?))
    };
    match answer.await {
        Ok((status, body)) => HttpResponse::build(StatusCode::from_u16(status.as_u16()).unwrap())
            .content_type(ContentType::json())
            .body(body),
        Err(_) => HttpResponse::BadGateway().finish(),
    }
}
