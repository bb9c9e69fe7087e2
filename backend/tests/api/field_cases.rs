//! What people and their programs really send, one request a row, from public bug reports of those
//! who check numbers (`field_cases.json`). What each answer means is tested beside its URL.

use crate::helpers::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    what: String,
    #[serde(default = "verifications")]
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    /// The body where it is not written as other JSON is.
    text: Option<String>,
    gzip: Option<String>,
    status: u16,
    /// Members of the answer.
    answer: BTreeMap<String, Value>,
    /// Every fault of the request: where, and which.
    #[serde(default)]
    errors: Vec<(String, String)>,
    reported: Vec<String>,
}

fn verifications() -> String {
    "/verifications".to_owned()
}

impl Row {
    fn bytes(&self) -> Vec<u8> {
        match (&self.body, &self.text, &self.gzip) {
            (Some(body), None, None) => body.to_string().into_bytes(),
            (None, Some(text), None) => text.clone().into_bytes(),
            (None, None, Some(text)) => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(text.as_bytes()).unwrap();
                encoder.finish().unwrap()
            }
            _ => panic!("{}: one body", self.what),
        }
    }

    /// What differs from what is right.
    async fn differs(&self) -> Option<String> {
        // A service of its own: no row meets the limits of another.
        let app = TestApp::with(&[("GUARD_ALLOWED_REGIONS", "*")]).await;
        let mut request = app.request(Method::POST, &self.path);
        if !self.headers.contains_key("Content-Type") {
            request = request.header("Content-Type", "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = send(request.body(self.bytes())).await;
        let body = answer.json();
        let errors: Vec<(String, String)> = body["errors"].as_array().map_or(vec![], |errors| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            errors.iter().map(|it| (text(&it["pointer"]), text(&it["code"]))).collect()
        });
        let told = self.answer.iter().all(|(name, value)| &body[name] == value);
        let right = answer.status == self.status && told && errors == self.errors;
        let asked = app.provider.seen("create").await;
        assert_eq!(asked, u64::from(answer.status == 201), "{}", self.what);
        (!right).then(|| {
            let wanted =
                json!({ "status": self.status, "answer": self.answer, "errors": self.errors });
            format!(
                "{} ({}): {} {body}, not {wanted}",
                self.what,
                self.reported.join(", "),
                answer.status
            )
        })
    }
}

#[actix_web::test]
async fn what_people_send_is_answered_as_they_mean_it() {
    let rows: Vec<Row> = serde_json::from_str(include_str!("field_cases.json")).unwrap();
    let mut wrong = Vec::new();
    for row in &rows {
        wrong.extend(row.differs().await);
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    assert_eq!(rows.len(), 40);
}
