//! The public listener: how many connections there may be, and what one is made of. What is
//! answered on them is in `http`.

use super::connection::{Connection, LINGER, Limits};
use super::state::State;
use super::stream::Stream;
use actix_http::HttpService;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, map_config};
use actix_web::Error;
use actix_web::dev::{AppConfig, Server, fn_service};
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::SockRef;
use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::num::NonZero;
use std::rc::Rc;
use std::thread::available_parallelism;
use std::time::Duration;

/// Connections that the kernel completes while all workers are busy.
const BACKLOG: i32 = 4096;
/// File descriptors kept for the provider, the store, the page's files and the listeners.
const RESERVED: u64 = 200;

/// The public server. It ends when it is told to and every answer under way is sent, or when
/// `finish_within` has passed since.
///
/// It is `HttpServer` but for its stream: that knows no time for a request that follows another.
///
/// # Errors
/// Those of the listener.
pub fn serve(
    listener: TcpListener,
    state: Data<State>,
    limits: Limits,
    finish_within: Duration,
) -> io::Result<Server> {
    let socket = SockRef::from(&listener);
    socket.listen(BACKLOG)?;
    // Accepted sockets inherit it. Systems without it leave a client all the time it wants.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(limits.stall))?;
    let workers = available_parallelism().map_or(2, NonZero::get);
    let builder = Server::build();
    let stopping = builder.graceful_shutdown_signal();
    let server = builder
        .workers(workers)
        .max_concurrent_connections((most_connections() / workers).max(1))
        .shutdown_timeout(finish_within.as_secs())
        .disable_signals()
        .listen("public", listener, move || {
            let stopping = stopping.clone();
            let app = super::app(Data::clone(&state)).into_factory();
            let app = app.map_err(|error: Error| error.error_response());
            let http = HttpService::build()
                .keep_alive(limits.idle)
                // The stream keeps the time of every request, the first included.
                .client_request_timeout(Duration::ZERO)
                .client_disconnect_timeout(LINGER)
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .on_connect_ext(|stream: &Stream, data| {
                    data.insert(Rc::clone(stream.connection()));
                })
                .h1(map_config(app, |()| AppConfig::default()));
            fn_service(move |io: TcpStream| {
                let peer = io.peer_addr().ok();
                ready(Ok((Stream::new(io, Connection::open(limits)), peer)))
            })
            .and_then(http)
        })?
        .run();
    Ok(server)
}

/// As many as there are file descriptors for, once the process has taken all it may have. Beyond,
/// clients wait in the kernel's queue: an accept that fails for want of a descriptor helps nobody.
fn most_connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    let limit = if current != maximum && setrlimit(Resource::Nofile, raised).is_ok() {
        maximum
    } else {
        current
    };
    // None means without limit.
    let limit = limit.unwrap_or(1 << 20).min(1 << 20);
    usize::try_from(limit.saturating_sub(RESERVED).max(limit / 2)).unwrap_or(usize::MAX)
}
