//! The server as a whole: bind, say the address, serve until told to stop; and the route table.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::{GuardContext, fn_guard};
use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderValue};
use actix_web::middleware::{Compress, Next, NormalizePath, from_fn};
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use actix_web::{App, Error, HttpServer, Resource};

use crate::levers;
use crate::messagebird::{self, MessageBird};
use crate::phone::http::LinkedPage;
use crate::phone::{Phone, events, http as phone, sabotage};
use crate::twilio::{self, Twilio};

/// A simulator of carriers and the phone they ring, bound to its address and not yet serving.
///
/// Each one is a world of its own: verifications, phone, clock and faults are shared with no other.
pub struct Sandbox {
    listener: TcpListener,
    addr: SocketAddr,
    phone: Data<Phone>,
    page: Data<LinkedPage>,
}

impl Sandbox {
    /// Binds an address; port 0 picks a free one. From here on connections queue up, so a client
    /// may be started before [`run_until`](Self::run_until).
    ///
    /// # Errors
    /// The address cannot be bound.
    pub fn bind(addr: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(addr)?;
        let addr = listener.local_addr()?;
        let page = Data::new(LinkedPage(None));
        Ok(Self { listener, addr, phone: Data::new(Phone::new()), page })
    }

    /// Lets the phone's page link to the one that has it called, such as `http://127.0.0.1:8080/`.
    #[must_use]
    pub fn linked_to(self, page: String) -> Self {
        Self { page: Data::new(LinkedPage(Some(page))), ..self }
    }

    /// The bound address, with the real port.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `stop` resolves, then drops every connection. Runs inside an actix system, may
    /// be spawned with `actix_web::rt::spawn`, and leaves signals alone.
    ///
    /// # Errors
    /// The server cannot start or fails while running.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let phone = self.phone.clone();
        let messagebird = Data::new(MessageBird::default());
        let twilio = Data::new(Twilio::default());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(self.phone.clone())
                .app_data(self.page.clone())
                .app_data(messagebird.clone())
                .app_data(twilio.clone())
                .app_data(PayloadConfig::new(64 * 1024))
                .wrap(NormalizePath::trim())
                .configure(routes)
        })
        .workers(1)
        .disable_signals()
        // A client that closes is gone: whatever it waited for is dropped.
        .h1_allow_half_closed(false)
        .on_connect(sabotage::remember_socket)
        .listen(self.listener)?
        .run();
        let handle = server.handle();
        tokio::pin!(server);
        tokio::select! {
            ended = &mut server => return ended,
            () = stop => {}
            () = phone.announce_forever() => {}
        }
        let ((), ended) = futures_util::future::join(handle.stop(false), server).await;
        ended
    }
}

fn routes(app: &mut ServiceConfig) {
    app
        // MessageBird's own paths.
        .service(messagebird_path("/verify"))
        .service(messagebird_path("/verify/messages/email/{id}"))
        .service(messagebird_path("/verify/{id}"))
        .service(messagebird_path("/voicemessages/{id}"))
        .service(messagebird_path("/messages/{id}"))
        // Those that Twilio made common, with and without what the real one wants behind them to answer in JSON.
        .service(
            web::scope("/2010-04-01/Accounts/{account}")
                .route("/Calls{json:(\\.json)?}", web::to(twilio::calls))
                .route("/Calls/{sid:[^/.]+}{json:(\\.json)?}", web::to(twilio::calls))
                .route("/Messages{json:(\\.json)?}", web::to(twilio::messages))
                .route("/Messages/{sid:[^/.]+}{json:(\\.json)?}", web::to(twilio::messages))
                .default_service(web::to(twilio::unknown_route)),
        )
        // The phone that rings.
        .route("/", web::get().guard(fn_guard(from_a_browser)).to(phone::front_door))
        .route("/phone", web::get().to(phone::page))
        .route("/phone/{file:[a-z]+\\.(js|css)}", web::get().to(phone::file))
        .route("/phone/about", web::get().to(phone::about))
        .route("/phone/events", web::get().to(events::stream))
        .service(
            web::resource("/phone/messages")
                .route(web::get().to(phone::list))
                .route(web::delete().to(phone::clear)),
        )
        .route("/phone/messages/{id}/answer", web::post().to(phone::answer))
        .route("/phone/messages/{id}/decline", web::post().to(phone::decline))
        .route("/phone/messages/{id}/keys", web::post().to(twilio::keys::press))
        // The levers a test pulls.
        .service(
            web::resource("/phone/faults")
                .route(web::get().to(phone::faults))
                .route(web::put().to(phone::arm_fault))
                .route(web::delete().to(phone::clear_faults)),
        )
        .service(
            web::resource("/phone/requests")
                .route(web::get().to(phone::requests))
                .route(web::delete().to(phone::clear_requests)),
        )
        .route("/phone/clock", web::get().to(phone::clock))
        .route("/phone/clock", web::post().to(phone::advance_clock))
        .route("/phone/next-code", web::put().to(levers::next_code))
        .route("/phone/settings", web::put().to(levers::settings))
        .default_service(web::to(messagebird::unknown_route));
}

/// Browsers ask for pages; a client of MessageBird's gets MessageBird's answer to a path it does not have.
fn from_a_browser(context: &GuardContext<'_>) -> bool {
    let accept = context.head().headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// One of MessageBird's paths. Reads are gzipped when the client asks, as seen on the wire; the verb
/// is looked at inside, because `_method` may override it.
fn messagebird_path(path: &str) -> Resource {
    let read = web::get().to(messagebird::serve).wrap(Compress::default()).wrap(from_fn(gzip_only));
    web::resource(path).route(read).default_service(web::to(messagebird::serve))
}

/// Narrows what a client accepts to gzip: MessageBird was never seen to answer with anything newer.
async fn gzip_only(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let accepts = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let narrowed =
        if accepts.is_some_and(|list| list.contains("gzip")) { "gzip" } else { "identity" };
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static(narrowed));
    next.call(request).await
}
