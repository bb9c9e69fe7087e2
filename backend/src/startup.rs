//! What is wired to what: nothing outside of here makes adapters, or the simulator. What they are set to is in
//! `config`. Build, ask for the addresses, run until stopped.

mod demo;
mod error;
mod providers;
mod telling;

pub use self::demo::{Demo, reachable, simulator};
pub use self::error::StartupError;
pub use self::providers::probe;
use self::providers::{press_key, providers};
use crate::adapters::memory_counters::MemoryCounters;
use crate::adapters::metered_counters::MeteredCounters;
use crate::adapters::redis_counters::RedisCounters;
use crate::adapters::system::SystemClock;
pub use crate::adapters::system::SystemRandomness;
use crate::config::{Config, StoreAddress};
use crate::demo::Traffic;
use crate::http::connection::Limits;
use crate::http::files::Files;
use crate::http::proxies::Watch;
use crate::http::release::Releases;
use crate::http::state::State;
use crate::http::{counting, operators, ops, server, spa};
use crate::telemetry::Metrics;
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use secrecy::ExposeSecret;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use verification::guard::{Blocks, PoorConversion};
use verification::{Clock, Counters, Guard, Keyring, Providers, Receipts, Settings, Verifications};

/// After the drain, requests under way get this long; the provider's longest call fits.
const FINISH_WITHIN: Duration = Duration::from_secs(13);
/// After the drain, the process is gone by then, whatever holds it up.
const GONE_WITHIN: Duration = Duration::from_secs(20);

/// The service, bound to its addresses but not yet serving.
pub struct Application {
    state: Data<State>,
    public: Server,
    ops: Server,
    addr: SocketAddr,
    ops_addr: SocketAddr,
}

impl Application {
    /// Builds the service with the machine's own clock.
    ///
    /// # Errors
    /// [`StartupError`].
    pub fn build(config: Config) -> Result<Self, StartupError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let counters = counters(&config, &clock, RedisCounters::at);
        Self::assemble(config, clock, counters, Limits::default())
    }

    /// Builds the service with a clock that a test moves, also that of a shared store.
    ///
    /// # Errors
    /// [`StartupError`].
    pub fn build_with(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartupError> {
        Self::build_within(config, clock, Limits::default())
    }

    /// As [`Self::build_with`], for clients that are given other times than usual.
    ///
    /// # Errors
    /// [`StartupError`].
    pub fn build_within(
        config: Config,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Result<Self, StartupError> {
        let by_clock = |address| RedisCounters::at(address).by(Arc::clone(&clock));
        let counters = counters(&config, &clock, by_clock);
        Self::assemble(config, clock, counters, limits)
    }

    fn assemble(
        config: Config,
        clock: Arc<dyn Clock>,
        counters: Arc<dyn Counters>,
        limits: Limits,
    ) -> Result<Self, StartupError> {
        if !config.http.frontend_dir.join("index.html").is_file() {
            return Err(StartupError::NoPage(config.http.frontend_dir));
        }
        verification::phone::warm_up();
        let metrics = Arc::new(Metrics::default());
        let system = config.store.redis.is_some().then_some("redis");
        let counters: Arc<dyn Counters> =
            Arc::new(MeteredCounters::new(counters, system, metrics.store.clone()));
        let press_key = press_key(&config, &clock, &counters, keys(&config)?);
        let providers = providers(&config, &clock, &metrics, press_key.as_ref())?;
        let verifications = verifications(&config, clock, counters, providers, &metrics)?;
        let public = listen(config.http.listen)?;
        let operators = listen(config.http.ops_listen)?;
        let local = |listener: &TcpListener, wanted| listener.local_addr().unwrap_or(wanted);
        let addr = local(&public, config.http.listen);
        let ops_addr = local(&operators, config.http.ops_listen);
        let state = Data::new(State {
            in_flight: Arc::new(Semaphore::new(config.http.max_in_flight)),
            draining: AtomicBool::new(false),
            metrics,
            proxies: Watch::default(),
            page: Arc::new(Files::new(&config.http.frontend_dir)),
            releases: Arc::new(Releases::new(&config.http.frontend_dir, &spa::PUBLIC)),
            press_key,
            offered: OnceLock::new(),
            traffic: config.demo.clone().map(|demo| Traffic::new(demo, addr)),
            receipts: receipts(&config)?,
            verifications,
            config,
        });
        let serve = |error| StartupError::Listen(addr, error);
        let public =
            server::serve(public, Data::clone(&state), limits, FINISH_WITHIN).map_err(serve)?;
        let app = Data::clone(&state);
        let operators = HttpServer::new(move || {
            let app = App::new().app_data(Data::clone(&app)).configure(ops::routes);
            app.wrap(from_fn(operators::guarded))
        })
        .workers(1)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(operators)
        .map_err(serve)?
        .run();
        Ok(Self { state, public, ops: operators, addr, ops_addr })
    }

    /// Where the public listener is.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where the operators' listener is.
    #[must_use]
    pub fn ops_addr(&self) -> SocketAddr {
        self.ops_addr
    }

    /// Serves until `stop`; then turns unready, accepts for the drain time so that no balancer
    /// loses a request, and finishes what is under way.
    ///
    /// # Errors
    /// Those of the listeners.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let Self { state, public, ops, addr, ops_addr } = self;
        tracing::info!(%addr, %ops_addr, "listening");
        let handles = [public.handle(), ops.handle()];
        let (told, gone) = (Notify::new(), state.config.http.drain + GONE_WITHIN);
        let telling = actix_web::rt::spawn(telling::again_and_again(Data::clone(&state)));
        let shutdown = async {
            stop.await;
            told.notify_one();
            drain(&state, handles).await;
            telling.abort();
            telling::leave(&state).await;
        };
        let overdue = async {
            told.notified().await;
            tokio::time::sleep(gone).await;
        };
        tokio::select! {
            (public, ops, ()) = async { tokio::join!(public, ops, shutdown) } => {
                tracing::info!("stopped");
                public.and(ops)
            }
            () = overdue => {
                tracing::error!("stopped with work unfinished");
                Ok(())
            }
        }
    }
}

async fn drain(state: &State, [public, ops]: [ServerHandle; 2]) {
    tracing::info!(seconds = state.config.http.drain.as_secs(), "stopping");
    state.draining.store(true, Ordering::Release);
    tokio::time::sleep(state.config.http.drain).await;
    // A worker ends with its last connection, and work whose client has left has none. So all work
    // is waited for first, and from then on none begins.
    let places = u32::try_from(state.config.http.max_in_flight).unwrap_or(u32::MAX);
    let _all = tokio::time::timeout(FINISH_WITHIN, state.in_flight.acquire_many(places)).await;
    public.stop(true).await;
    ops.stop(false).await;
}

fn listen(addr: SocketAddr) -> Result<TcpListener, StartupError> {
    TcpListener::bind(addr).map_err(|error| StartupError::Listen(addr, error))
}

fn counters(
    config: &Config,
    clock: &Arc<dyn Clock>,
    shared: impl FnOnce(StoreAddress) -> RedisCounters,
) -> Arc<dyn Counters> {
    match &config.store.redis {
        Some(address) => {
            let counters = shared(address.clone());
            Arc::new(match config.store.timeout {
                Some(timeout) => counters.within(timeout),
                None => counters,
            })
        }
        None => Arc::new(MemoryCounters::new(Arc::clone(clock))),
    }
}

fn verifications(
    config: &Config,
    clock: Arc<dyn Clock>,
    counters: Arc<dyn Counters>,
    providers: Providers,
    metrics: &Arc<Metrics>,
) -> Result<Verifications, StartupError> {
    let Config { verify, guard, .. } = config;
    let (metrics, now) = (Arc::clone(metrics), Arc::clone(&clock));
    Ok(Verifications {
        settings: Settings {
            channels: verify.channels.clone(),
            code_length: verify.code_length,
            ttl: verify.ttl,
            max_attempts: verify.max_attempts,
            default_locale: verify.default_locale,
            texts: verify.texts.clone(),
            destinations: guard.destinations.clone(),
        },
        guard: Guard {
            counters,
            clock: Arc::clone(&clock),
            keys: keys(config)?,
            limits: guard.limits.clone(),
            conversion: guard.conversion,
            blocks: Blocks::default(),
            on_poor_conversion: Box::new(|PoorConversion { region, started, verified }| {
                tracing::error!(%region, started, verified, "calls there are hardly ever verified");
            }),
            on_unreadable_blocks: Box::new(|| {
                tracing::error!(
                    "the list of blocked numbers opens with neither key, so starts go on without it: \
                     set the key before as SECRET_KEY_PREVIOUS, or DELETE /blocked and block anew"
                );
            }),
        },
        providers,
        clock,
        randomness: Arc::new(SystemRandomness),
        on_verified: Box::new(move |sealed, provider, at| {
            counting::verified(&metrics, sealed, provider, at, now.now());
        }),
    })
}

fn receipts(config: &Config) -> Result<Receipts, StartupError> {
    let (secret, previous) = secrets(config)?;
    let (issuer, ttl) = (config.receipts.issuer(), config.receipts.ttl);
    Receipts::new(secret, previous, issuer, ttl).map_err(StartupError::Randomness)
}

fn keys(config: &Config) -> Result<Keyring, StartupError> {
    secrets(config).map(|(secret, previous)| Keyring::new(secret, previous))
}

/// The secret in force and the one before it.
fn secrets(config: &Config) -> Result<(&[u8], Option<&[u8]>), StartupError> {
    let previous = config.store.secret_key_previous.as_ref().map(|key| &key.expose_secret()[..]);
    Ok((config.secret().ok_or(StartupError::NoSecret)?, previous))
}
