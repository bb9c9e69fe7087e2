//! Real `redis-server` processes on free ports of this machine, with nothing kept on disk.
//!
//! Each is started by a small shell that waits for its standard input to end: whatever becomes of
//! the test, the server ends with it.

use redis::{Connection, ConnectionLike};
use secrecy::SecretString;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Starts the server, reads one word, ends the server; unless the word was "keep", its folder too.
const KEEPER: &str = r#"
dir=$1; shift
redis-server "$@" --dir "$dir" >"$dir/log" 2>&1 &
word=; read -r word
kill -9 $!; wait $! 2>/dev/null
[ "$word" = keep ] || rm -rf "$dir"
"#;

/// What a server may take to start, or a cluster to agree. Far beyond what it does take, on a busy machine, too.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What an operation of a test may take that is not about time.
pub const UNHURRIED: Duration = Duration::from_secs(3_600);

/// A span as a machine that is busy counts it: of short sleeps, each as late as whatever else is done there.
pub async fn pass(span: Duration) {
    const STEP: Duration = Duration::from_millis(10);
    for _ in 0..span.as_millis() / STEP.as_millis() {
        tokio::time::sleep(STEP).await;
    }
}

/// One server. Ends when dropped.
pub struct Server {
    pub port: u16,
    arguments: Vec<String>,
    dir: PathBuf,
    keeper: Option<Child>,
}

impl Server {
    /// A server with further command line arguments, answering.
    pub fn start(arguments: &[&str]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self::start_with(|| arguments.clone())
    }

    /// The same with arguments that are made anew for each try: a port that was free may be taken by
    /// another process before the server has it.
    fn start_with(arguments: impl Fn() -> Vec<String>) -> Self {
        for _ in 0..10 {
            let arguments = arguments();
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let mut server = Self::prepare(free_port(), &arguments);
            if server.try_to_run() {
                return server;
            }
        }
        panic!("no port stays free for long enough");
    }

    /// A server that is to listen on `port`, not started yet.
    pub fn prepare(port: u16, arguments: &[&str]) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("redis-{}-{number}", std::process::id());
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let own = ["--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "local"];
        let arguments = own.iter().chain(arguments).map(|argument| (*argument).to_owned());
        Self { port, arguments: arguments.collect(), dir, keeper: None }
    }

    /// Starts it, again if it was killed, and waits until it answers.
    pub fn resume(&mut self) {
        assert!(self.try_to_run(), "port {} is taken", self.port);
    }

    /// Starts it and waits until it answers; false when its port is not free.
    fn try_to_run(&mut self) -> bool {
        assert!(self.keeper.is_none(), "it runs already");
        std::fs::create_dir_all(&self.dir).unwrap();
        // What the one before said, if it was killed.
        let log = self.dir.join("log");
        let _ = std::fs::remove_file(&log);
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&self.dir)
            .args(["--port", &self.port.to_string()])
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh starts");
        self.keeper = Some(keeper);
        let answers = || {
            let answer = redis::Client::open(("127.0.0.1", self.port))
                .and_then(|client| client.get_connection_with_timeout(PATIENCE))
                .and_then(|mut connection| {
                    redis::cmd("PING").query::<redis::Value>(&mut connection)
                });
            match answer {
                Ok(_) => true,
                // It answers, but not to somebody without its password.
                Err(error) => error.code() == Some("NOAUTH"),
            }
        };
        // Whoever answers at this port may be another test's, as long as this one has not said that it has it.
        let says = |words: &str| std::fs::read_to_string(&log).is_ok_and(|it| it.contains(words));
        let taken = || says("Failed listening on port");
        wait_until("redis-server starts (is it installed?)", || {
            taken() || says("Ready to accept connections")
        });
        wait_until("redis-server answers", || taken() || answers());
        !taken()
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.end("keep\n");
    }

    fn end(&mut self, word: &str) {
        if let Some(mut keeper) = self.keeper.take() {
            let _ = keeper.stdin.take().map(|mut input| input.write_all(word.as_bytes()));
            let _ = keeper.wait();
        }
    }

    /// Its address, as `REDIS_URL` has it.
    pub fn url(&self) -> SecretString {
        format!("redis://127.0.0.1:{}", self.port).into()
    }

    /// A connection around the adapter.
    pub fn admin(&self) -> Connection {
        let client = redis::Client::open(("127.0.0.1", self.port)).unwrap();
        client.get_connection_with_timeout(PATIENCE).unwrap()
    }

    /// Runs one command, written as in `redis-cli`.
    pub fn run(&self, command: &str) -> redis::RedisResult<redis::Value> {
        let mut words = command.split(' ');
        let mut packed = redis::cmd(words.next().unwrap());
        for word in words {
            packed.arg(word);
        }
        self.admin().req_command(&packed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end("");
        // Its keeper has removed it, unless the server was killed before.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Three servers that share the slots.
pub struct Cluster {
    pub nodes: Vec<Server>,
}

impl Cluster {
    pub fn start() -> Self {
        let nodes: Vec<_> = (0..3).map(|_| node()).collect();
        let thirds = ["0 5460", "5461 10922", "10923 16383"];
        for (index, (node, slots)) in nodes.iter().zip(thirds).enumerate() {
            node.run(&format!("CLUSTER ADDSLOTSRANGE {slots}")).unwrap();
            node.run(&format!("CLUSTER SET-CONFIG-EPOCH {}", index + 1)).unwrap();
        }
        for node in &nodes[1..] {
            nodes[0].run(&format!("CLUSTER MEET 127.0.0.1 {} {}", node.port, node.bus())).unwrap();
        }
        let cluster = Self { nodes };
        cluster.wait_until_agreed();
        cluster
    }

    /// Waits until every node knows the owner of every slot.
    pub fn wait_until_agreed(&self) {
        let agreed = |node: &Server| {
            let info: String = redis::from_redis_value(node.run("CLUSTER INFO").unwrap()).unwrap();
            ["cluster_state:ok", "cluster_slots_ok:16384", "cluster_known_nodes:3"]
                .iter()
                .all(|line| info.contains(line))
        };
        wait_until("the cluster agrees", || self.nodes.iter().all(agreed));
    }

    /// Its address: one host is enough.
    pub fn url(&self) -> SecretString {
        format!("redis://127.0.0.1:{}?cluster=true", self.nodes[0].port).into()
    }

    /// Its address as a list of hosts.
    pub fn url_of_all(&self) -> SecretString {
        let hosts: Vec<_> =
            self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis://{}", hosts.join(",")).into()
    }

    /// The place among the nodes of the owner of a slot.
    pub fn owner(&self, slot: u16) -> usize {
        let mine = |node: &Server| {
            let answer = node.run("CLUSTER NODES").unwrap();
            let nodes: String = redis::from_redis_value(answer).unwrap();
            let myself = nodes.lines().find(|line| line.contains("myself")).unwrap();
            let mut slots = myself.split(' ').skip(8).map(|range| {
                let (from, to) = range.split_once('-').unwrap_or((range, range));
                from.parse().unwrap()..=to.parse::<u16>().unwrap()
            });
            slots.any(|range| range.contains(&slot))
        };
        self.nodes.iter().position(mine).expect("the slot has an owner")
    }
}

impl Server {
    fn bus(&self) -> String {
        let mut bus = self.arguments.iter().skip_while(|argument| *argument != "--cluster-port");
        bus.nth(1).expect("a node has a bus").clone()
    }
}

fn node() -> Server {
    Server::start_with(|| {
        let bus = free_port().to_string();
        // Before a silent node is given up, and twice that before a returned one may write.
        let patience = "--cluster-node-timeout 1000";
        format!("--cluster-enabled yes --cluster-port {bus} {patience}")
            .split(' ')
            .map(str::to_owned)
            .collect()
    })
}

/// A port that nobody listens on. The kernel does not hand it out again soon.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Asks again and again, for a bounded time.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
