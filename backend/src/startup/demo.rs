//! The simulator: alone, or with the service that asks it for calls. What is said of it is the command line's.

use super::{Application, StartupError, SystemRandomness};
use crate::config::{self, Config, NewKey};
use provider_http::Url;
use sandbox::Sandbox;
use secrecy::{SecretBox, SecretString};
use std::io;
use std::net::SocketAddr;

/// The simulator, bound to its address but not yet serving.
///
/// # Errors
/// [`StartupError::Listen`].
pub fn simulator(listen: SocketAddr) -> Result<Sandbox, StartupError> {
    Sandbox::bind(listen).map_err(|error| StartupError::Listen(listen, error))
}

/// The service with the simulator in place of its providers, bound but not yet serving.
pub struct Demo {
    sandbox: Sandbox,
    application: Application,
}

impl Demo {
    /// Binds both. Their secrets are known to nobody, and good for this run only.
    ///
    /// # Errors
    /// [`StartupError`].
    pub fn build(mut config: Config, phone: SocketAddr) -> Result<Self, StartupError> {
        let sandbox = simulator(phone)?;
        let url = |path: &str| {
            Url::parse(&format!("http://{}{path}", sandbox.addr()))
                .map_err(|error| StartupError::Listen(phone, io::Error::other(error)))
        };
        config.messagebird.base_url = url("")?;
        config.twilio.base_url = url("/2010-04-01")?;
        let random = || [0; 32].map(|_: u8| uuid::Uuid::new_v4().as_bytes()[0]);
        config.messagebird.api_key = Some(SecretString::from("demo"));
        let key = NewKey::make("demo", &SystemRandomness).map_err(StartupError::Randomness)?;
        config.callers.admit(&key);
        let phone = format!("http://{}", sandbox.addr());
        config.demo = Some(config::Demo { phone, key: SecretString::from(key.key) });
        config.store.secret_key.get_or_insert_with(|| SecretBox::new(Box::new(random())));
        let application = Application::build(config)?;
        let page = format!("http://{}/", reachable(application.addr()));
        Ok(Self { sandbox: sandbox.linked_to(page), application })
    }

    /// Where the page, the phone and the operators' page can be opened.
    #[must_use]
    pub fn addresses(&self) -> [SocketAddr; 3] {
        let Self { sandbox, application } = self;
        [application.addr(), sandbox.addr(), application.ops_addr()].map(reachable)
    }

    /// Serves until `stop`, the simulator for a little longer.
    ///
    /// # Errors
    /// Those of the service's listeners.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let sandbox = actix_web::rt::spawn(self.sandbox.run_until(async {
            // An error means that the sender is gone: a reason to stop as well.
            let _ = ended.await;
        }));
        let result = self.application.run_until(stop).await;
        drop(end);
        let _ = sandbox.await;
        result
    }
}

/// An address of this machine that a program on it can open.
#[must_use]
pub fn reachable(mut addr: SocketAddr) -> SocketAddr {
    if addr.ip().is_unspecified() {
        addr.set_ip([127, 0, 0, 1].into());
    }
    addr
}
