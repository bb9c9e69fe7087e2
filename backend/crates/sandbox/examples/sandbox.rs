//! Runs the simulator alone: `cargo run -p sandbox --example sandbox [address]`.
//! Prints its address; the phone is at `/phone` below it. Stops with Ctrl-C.

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listen = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let sandbox = sandbox::Sandbox::bind(listen.parse()?)?;
    #[expect(clippy::print_stdout, reason = "the address is this program's output")]
    {
        println!("Sandbox: http://{}", sandbox.addr());
    }
    sandbox.run_until(std::future::pending()).await?;
    Ok(())
}
