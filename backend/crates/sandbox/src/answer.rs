//! An answer of a provider before it meets the network. What it says is the provider's module's business,
//! what is done to it on its way out that of `phone::sabotage`.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::Value;

/// What an answer carries.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Json(Value),
    Html(String),
    Empty,
}

/// An answer before it meets the network.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Body,
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// An HTML answer, as servers that fell over and proxies in front of them give.
    pub(crate) fn html(status: StatusCode) -> Self {
        let page = format!("<html><head><title>{status}</title></head><body></body></html>");
        Self { status, headers: Vec::new(), body: Body::Html(page) }
    }

    /// No body; MessageBird says `text/html` all the same.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty }
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: HeaderName, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    /// The body's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match &self.body {
            Body::Json(value) => value.to_string().into_bytes(),
            Body::Html(page) => page.as_bytes().to_vec(),
            Body::Empty => Vec::new(),
        }
    }

    /// Status and headers, ready for a body.
    pub(crate) fn head(&self) -> HttpResponseBuilder {
        let content_type = match self.body {
            Body::Json(_) => "application/json; charset=UTF-8",
            Body::Html(_) | Body::Empty => "text/html; charset=UTF-8",
        };
        let mut response = HttpResponse::build(self.status);
        response.insert_header((CONTENT_TYPE, content_type));
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.as_str()));
        }
        response
    }

    /// The answer, unharmed.
    pub(crate) fn respond(&self) -> HttpResponse {
        self.head().body(self.bytes())
    }
}
