//! Lists of rooms: what a page costs as a multiple of a bare handler, and whether that stays when an app has a thousand
//! times as many rooms.

use anyhow::{Result, ensure};
use bench::bare::{self, Bare};
use bench::cost::{self, Requests};
use bench::report::{figure, median, plain};
use bench::store::{Database, Stored};
use clap::Parser;

/// Compares what pages of a list of rooms cost: with a bare handler, and in an app with many rooms with one with few.
#[derive(Parser)]
struct Arguments {
    /// Requests a round, for each page that is measured.
    #[arg(long, default_value_t = 4_000)]
    requests: usize,
    /// Connections that ask at a time.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Rounds of everything, one after the other; the medians count.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Rooms of the app that has many.
    #[arg(long, default_value_t = 1_000_000)]
    rooms: u32,
    /// This database alone.
    #[arg(long, value_parser = ["sqlite", "postgresql"])]
    only: Option<String>,
    /// Be the bare handler: answers every request with what comes on standard input.
    #[arg(long, hide = true)]
    bare: bool,
}

const FIRST: &str = "/v2/apps/me/video-rooms";
const BY_STATE: &str = "/v2/apps/me/video-rooms?videoRoomState=CANCELLED";
const DEEP: &str = "/v2/apps/me/video-rooms?page=999";

/// What is looked for in titles: what it is, and the page. Each finds at most a thousand rooms.
const KEYWORDS: [(&str, &str); 8] = [
    ("three letters, 1000 rooms", "/v2/apps/me/video-rooms?keyword=zoo"),
    (
        "ten letters, 1000 rooms",
        "/v2/apps/me/video-rooms?keyword=zoological",
    ),
    (
        "a part of a word, 1000 rooms",
        "/v2/apps/me/video-rooms?keyword=ologic",
    ),
    (
        "two words, 1000 rooms",
        "/v2/apps/me/video-rooms?keyword=zoological%20garden",
    ),
    (
        "a common word and a number, 11 rooms",
        "/v2/apps/me/video-rooms?keyword=benchmark%2077777",
    ),
    (
        "two syllables, 1000 rooms",
        "/v2/apps/me/video-rooms?keyword=%EB%B0%A9%EC%86%A1",
    ),
    (
        "one syllable, 1000 rooms",
        "/v2/apps/me/video-rooms?keyword=%EB%B0%A9",
    ),
    ("three letters, no room", "/v2/apps/me/video-rooms?keyword=qqq"),
];

/// What every title has.
const COMMON: &str = "/v2/apps/me/video-rooms?keyword=benchmark";

/// A keyword that a thousand rooms have, and a state that nine of these are in.
const FILTERED: &str = "/v2/apps/me/video-rooms?keyword=zoo&videoRoomState=CANCELLED";

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.bare {
        return bare::serve();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut kept = true;
    for database in Database::all(arguments.only.as_deref())? {
        kept &= runtime.block_on(measure(&arguments, &database))?;
    }
    ensure!(kept, "a bound is missed");
    Ok(())
}

/// One page of one platform: the platform's CPU a request, and that of the database's own process, if it has one.
struct Page<'a> {
    stored: &'a Stored,
    path: &'static str,
    platform: Vec<f64>,
    all: Vec<f64>,
}

impl<'a> Page<'a> {
    const fn new(stored: &'a Stored, path: &'static str) -> Self {
        Self {
            stored,
            path,
            platform: Vec::new(),
            all: Vec::new(),
        }
    }

    async fn measure(&mut self, requests: Requests, database: &Database) -> Result<()> {
        let platform = &self.stored.platform;
        let mut processes = vec![platform.process.pid()];
        if let Database::Postgres(server) = database {
            processes.push(server.process.pid());
        }
        let used = cost::of(platform.address(), self.path, requests, &processes).await?;
        let all = used.iter().sum();
        eprintln!("{}: {all:.2} us", self.path);
        self.platform.extend(used.first());
        self.all.push(all);
        Ok(())
    }

    /// The medians: of the platform alone, and of all.
    fn costs(self) -> (f64, f64) {
        (median(self.platform), median(self.all))
    }
}

async fn measure(arguments: &Arguments, database: &Database) -> Result<bool> {
    let name = database.name();
    eprintln!("{name}: making rooms");
    let few = database.with_rooms("few", 1_000)?;
    let many = database.with_rooms("many", arguments.rooms)?;
    let body = few.platform.api().bytes(FIRST)?;
    let bare = Bare::start(&body)?;
    let requests = Requests {
        count: arguments.requests,
        connections: arguments.connections,
    };
    let mut pages = [
        Page::new(&few, FIRST),
        Page::new(&few, BY_STATE),
        Page::new(&many, FIRST),
        Page::new(&many, BY_STATE),
        Page::new(&many, DEEP),
        Page::new(&many, COMMON),
        Page::new(&many, FILTERED),
    ];
    let mut keywords = KEYWORDS.map(|(_, path)| Page::new(&many, path));
    let mut theirs = Vec::new();
    for round in 1..=arguments.rounds {
        eprintln!("{name}: round {round} of {}", arguments.rounds);
        theirs.extend(cost::of(&bare.address, FIRST, requests, &[bare.process.pid()]).await?);
        for page in pages.iter_mut().chain(&mut keywords) {
            page.measure(requests, database).await?;
        }
    }
    let theirs = median(theirs);
    println!(
        "GET of 10 rooms, {} bytes, {name}, {} connections",
        body.len(),
        arguments.connections
    );
    plain("bare handler: CPU a request", theirs, "us");
    let [
        first,
        by_state,
        first_of_many,
        by_state_of_many,
        deep,
        common,
        filtered,
    ] = pages.map(Page::costs);
    let mut kept = true;
    for (what, few, many) in [
        ("first page", first, first_of_many),
        ("by state", by_state, by_state_of_many),
    ] {
        plain(&format!("{what}: videoroom, CPU a request"), few.0, "us");
        kept &= figure(
            &format!("{what}: videoroom / bare handler"),
            few.0 / theirs,
            10.0,
            "x",
        );
        plain(
            &format!("{what}: with the database's, CPU a request"),
            few.1,
            "us",
        );
        let grown = format!("{what}: of {} rooms / of 1000", arguments.rooms);
        kept &= figure(&grown, many.1 / few.1, 1.5, "x");
    }
    for ((what, _), page) in KEYWORDS.iter().zip(keywords) {
        let what = format!(
            "keyword among {} rooms, {what} / first page of 1000",
            arguments.rooms
        );
        kept &= figure(&what, page.costs().1 / first.1, 5.0, "x");
    }
    let what = format!(
        "keyword that all {} rooms have / first page of 1000",
        arguments.rooms
    );
    plain(&what, common.1 / first.1, "x");
    let what = format!(
        "keyword among {} rooms, 1000 rooms of which 9 are in a state / first page of 1000",
        arguments.rooms
    );
    plain(&what, filtered.1 / first.1, "x");
    let grown = format!("page 1000 of {} rooms / first page of 1000", arguments.rooms);
    kept &= figure(&grown, deep.1 / first.1, 10.0, "x");
    Ok(kept)
}
