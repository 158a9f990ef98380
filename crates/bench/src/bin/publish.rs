//! Publishes a clip to any number of RTMP addresses at once, in real time.

use std::time::Duration;

use anyhow::Result;
use bench::clip;
use bench::publishers::Publishers;
use clap::Parser;

/// Publishes a 720p clip of 2.5 Mbit/s to every address, in real time, from one process.
#[derive(Parser)]
struct Arguments {
    /// Where to publish: `rtmp://host[:port]/live/KEY`, one a stream.
    #[arg(required = true)]
    addresses: Vec<String>,
    /// For how long.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let clip = clip::looped()?;
    let mut publishers = Publishers::start(&arguments.addresses, &clip).await?;
    println!("{} publishers are let in", arguments.addresses.len());
    publishers.run_for(Duration::from_secs(arguments.seconds)).await
}
