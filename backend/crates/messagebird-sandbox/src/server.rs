//! The listener and its life: bind, tell the address, run until told to stop. What is answered is
//! decided in `provider` and `phone`.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::time::Duration;

use actix_web::{App, HttpServer, rt, web};
use futures_util::future::{Either, select};

use crate::world::World;
use crate::{breakage, phone, provider};

/// How often phone pages are told what changed merely because time passed.
const TICK: Duration = Duration::from_millis(250);
const LARGEST_BODY: usize = 64 * 1024;

/// A MessageBird Verify simulator, bound to an address and not yet running.
#[derive(Debug)]
pub struct Sandbox {
    listener: TcpListener,
    addr: SocketAddr,
}

impl Sandbox {
    /// Binds the address; port 0 picks a free one. Clients may connect from here on, and are
    /// answered once [`Sandbox::run_until`] runs.
    ///
    /// # Errors
    ///
    /// What the operating system says when the address cannot be bound.
    pub fn bind(addr: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(addr)?;
        let addr = listener.local_addr()?;
        Ok(Self { listener, addr })
    }

    /// The address it listens on, with the real port.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `stop` resolves, then drops whatever is still open and returns.
    ///
    /// Must be awaited inside an `actix_web::rt` system. Everything it remembers ends with it.
    ///
    /// # Errors
    ///
    /// What the operating system says when the listener cannot be served.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let world = web::Data::new(World::new());
        let ticking = rt::spawn(tick(world.clone()));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(world.clone())
                .app_data(web::PayloadConfig::new(LARGEST_BODY))
                .configure(phone::routes)
                .default_service(web::to(provider::handle))
        })
        .workers(1)
        .disable_signals()
        .on_connect(breakage::keep_socket)
        .listen(self.listener)?
        .run();
        let handle = server.handle();
        let ended = match select(pin!(server), pin!(stop)).await {
            Either::Left((ended, _)) => ended,
            Either::Right(((), server)) => {
                // Not gracefully: a held answer or an open event stream would never end.
                let stopping = handle.stop(false);
                let ended = server.await;
                stopping.await;
                ended
            }
        };
        ticking.abort();
        ended
    }
}

/// Tells phone pages when a call is answered or a message delivered.
async fn tick(world: web::Data<World>) {
    let mut ticks = rt::time::interval(TICK);
    loop {
        ticks.tick().await;
        world.lock().settle();
    }
}
