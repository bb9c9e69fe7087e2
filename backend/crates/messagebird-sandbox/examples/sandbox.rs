//! The simulator alone, on the address given as the first argument (default: a free port).

use std::future::pending;
use std::net::SocketAddr;

use messagebird_sandbox::Sandbox;

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let addr = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let addr: SocketAddr = addr.parse().map_err(std::io::Error::other)?;
    let sandbox = Sandbox::bind(addr)?;
    #[expect(clippy::print_stdout, reason = "the address is this program's output")]
    {
        println!("Sandbox: http://{}", sandbox.addr());
    }
    sandbox.run_until(pending()).await
}
