//! The public listener: how many connections there may be, and what one is made of. What is
//! answered on them is in `http`.

use super::connection::{Connection, Limits};
use super::state::State;
use super::stream::Stream;
use actix_http::{HttpServiceBuilder, KeepAlive};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::Error;
use actix_web::dev::{AppConfig, Server, fn_factory, fn_service};
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::SockRef;
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
/// How long a client may keep a connection that is being closed after an early answer.
const LINGER: Duration = Duration::from_secs(1);

/// The public server. It ends when it is told to and everything under way is done, or when
/// `finish_within` has passed since.
///
/// # Errors
/// Those of the listener.
pub fn serve(
    listener: TcpListener,
    state: Data<State>,
    limits: Limits,
    finish_within: Duration,
) -> io::Result<Server> {
    SockRef::from(&listener).listen(BACKLOG)?;
    let workers = available_parallelism().map_or(2, NonZero::get);
    let builder = Server::build();
    let stopping = builder.graceful_shutdown_signal();
    let server = builder
        .workers(workers)
        .max_concurrent_connections((most_connections() / workers).max(1))
        .shutdown_timeout(finish_within.as_secs())
        .disable_signals()
        .listen("public", listener, move || {
            let (state, stopping) = (Data::clone(&state), stopping.clone());
            fn_factory(move || {
                let (state, stopping) = (Data::clone(&state), stopping.clone());
                async move {
                    let app =
                        super::app(state).into_factory().map_err(|e: Error| e.error_response());
                    let http = HttpServiceBuilder::default()
                        // The stream keeps all times; HTTP's own would cover only some of them.
                        .keep_alive(KeepAlive::Os)
                        .client_request_timeout(Duration::ZERO)
                        .client_disconnect_timeout(LINGER)
                        .graceful_shutdown_signal(move || {
                            let stopping = stopping.clone();
                            async move { stopping.notified().await }
                        })
                        .on_connect_ext(|stream: &Stream<TcpStream>, data| {
                            data.insert(Rc::clone(stream.connection()));
                        })
                        .h1(map_config(app, |()| AppConfig::default()));
                    let http = Rc::new(http.new_service(()).await?);
                    Ok::<_, ()>(fn_service(move |io: TcpStream| {
                        let http = Rc::clone(&http);
                        async move {
                            let connection = Connection::open(limits);
                            let peer = io.peer_addr().ok();
                            let stream = Stream::new(io, Rc::clone(&connection));
                            let result = http.call((stream, peer)).await;
                            // A worker stops once its connections have ended. This one has not
                            // while a call is being placed for a client that left.
                            connection.settled().await;
                            result
                        }
                    }))
                }
            })
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
