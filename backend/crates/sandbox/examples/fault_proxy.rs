//! Runs the fault proxy alone, for scripts: `fault_proxy <listen> <upstream>`. Prints its address, then
//! reads faults from standard input, one line each (`down latency=200 limit=100 cut=reset`; an empty
//! line mends everything), and answers `ok` or what it did not understand. Ends with its input.

use sandbox::fault_proxy::{FaultProxy, Faults};
use std::io::{BufRead, Write};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(upstream)) = (arguments.next(), arguments.next()) else {
        return Err("usage: fault_proxy <listen> <upstream>".into());
    };
    let proxy = FaultProxy::start(listen.parse()?, upstream.parse()?).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", proxy.addr())?;
    // Reading blocks its thread; connections are served by the others.
    tokio::task::block_in_place(|| {
        for line in std::io::stdin().lock().lines() {
            match line?.parse::<Faults>() {
                Ok(faults) => {
                    proxy.set(faults);
                    writeln!(out, "ok")?;
                }
                Err(complaint) => writeln!(out, "{complaint}")?,
            }
        }
        Ok(())
    })
}
