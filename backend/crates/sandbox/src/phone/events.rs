//! `GET /phone/events`: the phone's news as server-sent events. Nothing is replayed: a listener
//! connects first, then reads `GET /phone/messages`.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;

use crate::phone::{Event, Phone};

/// Keeps proxies and browsers from taking a quiet line for a dead one.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Streams `message`, `status` and `cleared`; `missed` when a slow listener lost some and should
/// read the list again.
pub(crate) async fn stream(phone: Data<Phone>) -> HttpResponse {
    let news = phone.events.subscribe();
    let start = Bytes::from_static(b"retry: 1000\n: the phone is listening\n\n");
    let lines = stream::unfold((Some(start), news), |(first, mut news)| async move {
        let line = match first {
            Some(first) => first,
            None => tokio::select! {
                received = news.recv() => match received {
                    Ok(event) => line(&event),
                    Err(RecvError::Lagged(_)) => Bytes::from_static(b"event: missed\ndata: {}\n\n"),
                    Err(RecvError::Closed) => return None,
                },
                () = tokio::time::sleep(HEARTBEAT) => Bytes::from_static(b": heartbeat\n\n"),
            },
        };
        Some((Ok::<_, Infallible>(line), (None, news)))
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(lines)
}

fn line(event: &Event) -> Bytes {
    let (name, data) = match event {
        Event::Message(entry) => ("message", entry.to_string()),
        Event::Status(entry) => ("status", entry.to_string()),
        Event::Cleared => ("cleared", "{}".to_owned()),
    };
    // JSON text holds no raw line break, so one `data:` line is enough.
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}
