//! What a runtime's own HTTP server answers or refuses before the application has seen it.

use app::{Answer, CLOSED, Raw};
use harness::Runtime;

use super::{HEALTH, LOGIN, READ_BUT_INVALID};

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer with this status; its body is the runtime's.
    Status(u16),
    /// The connection was closed without one.
    Closed,
    /// Anything else, and never what is expected.
    Broken,
}

use Outcome::{Broken, Closed, Status};

/// A request with what each runtime makes of it.
pub(super) struct Listed {
    /// Why the runtime, and not the application, decides.
    pub(super) reason: &'static str,
    /// The request.
    pub(super) request: fn() -> Raw,
    native: Outcome,
    workerd: Outcome,
    spin: Outcome,
}

impl Listed {
    pub(super) fn expected(&self, runtime: Runtime) -> Outcome {
        match runtime {
            Runtime::Native => self.native,
            Runtime::Workerd => self.workerd,
            Runtime::Spin => self.spin,
        }
    }
}

pub(super) fn outcome(answer: &Result<Answer, String>) -> Outcome {
    match answer {
        Ok(answer) => Status(answer.status),
        Err(error) if error == CLOSED => Closed,
        Err(_) => Broken,
    }
}

fn login() -> Raw {
    Raw::new("POST", LOGIN).header("content-type", "application/json")
}

/// A few kinds: everything else stands in the tables, with one answer for all. docs/RUNTIMES.md says the same in words.
pub(super) const ANSWERED_BY_THE_RUNTIME: &[Listed] = &[
    Listed {
        reason: "workerd knows methods by a list of its own",
        request: || Raw::new("BREW", HEALTH),
        native: Status(405),
        workerd: Status(501),
        spin: Status(405),
    },
    Listed {
        reason: "methods are written in capitals, and workerd knows no others",
        request: || Raw::new("get", HEALTH),
        native: Status(405),
        workerd: Status(501),
        spin: Status(405),
    },
    Listed {
        reason: "a Worker has no tunnels",
        request: || Raw::new("CONNECT", HEALTH),
        native: Status(405),
        workerd: Status(500),
        spin: Status(405),
    },
    Listed {
        reason: "workerd makes a URL of the target, and * makes none",
        request: || Raw::new("OPTIONS", "*"),
        native: Status(404),
        workerd: Status(500),
        spin: Status(404),
    },
    Listed {
        reason: "workerd resolves dots in a path",
        request: || Raw::get("/api/v1/products/../me"),
        native: Status(404),
        workerd: Status(401),
        spin: Status(404),
    },
    Listed {
        reason: "workerd resolves dots in a path that are escaped",
        request: || Raw::get("/api/v1/products/%2e%2E/me"),
        native: Status(404),
        workerd: Status(401),
        spin: Status(404),
    },
    Listed {
        reason: "workerd takes a backslash for a slash, as the URL standard does",
        request: || Raw::get("/api/v1\\me"),
        native: Status(404),
        workerd: Status(401),
        spin: Status(404),
    },
    Listed {
        reason: "Spin and workerd need a host",
        request: || Raw::get(HEALTH).host(None),
        native: Status(200),
        workerd: Status(400),
        spin: Closed,
    },
    Listed {
        reason: "Spin hangs up on a host that is none, and workerd makes a URL with it",
        request: || Raw::get(HEALTH).host(Some(b"a/b")),
        native: Status(200),
        workerd: Status(404),
        spin: Closed,
    },
    Listed {
        reason: "workerd can make no URL with two hosts",
        request: || Raw::get(HEALTH).header("host", "evil.example"),
        native: Status(200),
        workerd: Status(500),
        spin: Status(200),
    },
    Listed {
        reason: "Spin hangs up when target and host disagree",
        request: || Raw::get("http://evil.example/healthz"),
        native: Status(200),
        workerd: Status(200),
        spin: Closed,
    },
    Listed {
        reason: "Spin reads headers as UTF-8",
        request: || Raw::get(HEALTH).header("x-odd", b"\xff"),
        native: Status(200),
        workerd: Status(200),
        spin: Status(500),
    },
    Listed {
        reason: "hyper reads 100 headers",
        request: || {
            (0..101).fold(Raw::get(HEALTH), |request, number| request.header(&format!("x-{number}"), ""))
        },
        native: Status(431),
        workerd: Status(200),
        spin: Status(431),
    },
    Listed {
        reason: "wrangler's proxy fails with a body that breaks off",
        request: || login().header("content-length", "100").bytes(READ_BUT_INVALID).half_closed(),
        native: Status(400),
        workerd: Status(500),
        spin: Status(400),
    },
    Listed {
        reason: "wrangler's proxy fails with chunks that are none",
        request: || login().header("transfer-encoding", "chunked").bytes("zz\r\n{}\r\n0\r\n\r\n"),
        native: Status(400),
        workerd: Status(500),
        spin: Status(400),
    },
    Listed {
        reason: "the Spin SDK holds lengths below 2^63",
        request: || login().header("content-length", "9223372036854775808").bytes("{"),
        native: Status(413),
        workerd: Status(413),
        spin: Status(500),
    },
    Listed {
        reason: "all refuse a target with what no URI has",
        request: || Raw::get("/healthz?<script>"),
        native: Status(400),
        workerd: Status(400),
        spin: Status(400),
    },
    Listed {
        reason: "all refuse a header's name with a blank",
        request: || Raw::get(HEALTH).header("x odd", "1"),
        native: Status(400),
        workerd: Status(400),
        spin: Status(400),
    },
    Listed {
        reason: "all refuse lengths that contradict each other",
        request: || login().header("content-length", "2").header("content-length", "3").bytes("{} "),
        native: Status(400),
        workerd: Status(400),
        spin: Status(400),
    },
    Listed {
        reason: "all refuse a coding that does not end in chunks",
        request: || login().header("transfer-encoding", "chunked, gzip").bytes("2\r\n{}\r\n0\r\n\r\n"),
        native: Status(400),
        workerd: Status(400),
        spin: Status(400),
    },
    Listed {
        reason: "all refuse other versions of HTTP",
        request: || Raw::with_line(format!("GET {HEALTH} HTTP/3.0")),
        native: Status(400),
        workerd: Status(400),
        spin: Status(400),
    },
];
