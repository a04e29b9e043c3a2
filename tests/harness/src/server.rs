//! A running Ashlar with everything around it.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use shared::config::table::SETTINGS;

use crate::build_outputs::{Variant, native_program};
use crate::process::{OnLine, Supervised, lock};
use crate::template::{self, Content};
use crate::wrangler::{self, Derived, Vars};
use crate::{MailSink, Runtime, evidence, http, migrations, ports, random, spin, state};

/// How long a server may take from its start to its first answer; a cold machine compiles the components first.
const START_LIMIT: Duration = Duration::from_mins(2);

/// Another process may take a free port before the server does.
const START_ATTEMPTS: u32 = 3;

/// The login of the first admin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin {
    /// The address.
    pub email: String,
    /// The password in clear text: local servers only.
    pub password: String,
}

/// What a test may want to be different.
#[derive(Debug, Clone)]
pub struct Options {
    /// Settings by name, as Worker vars spell them; they win over the harness's own.
    pub vars: Vars,
    /// How many products the database has at the start.
    pub products: u32,
    /// The first admin.
    pub admin: Admin,
    /// Whether the consumer runs beside the API; without it the server is started and need not get ready. Natively
    /// both are one process.
    pub consumer: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            vars: Vars::new(),
            products: 0,
            admin: Admin {
                email: "admin@example.test".to_owned(),
                password: "correct horse battery staple".to_owned(),
            },
            consumer: true,
        }
    }
}

/// Ashlar, API and consumer, on one runtime with its own state, ports and mail sink. It ends when dropped, and also
/// when the process that holds it is killed.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    port: u16,
    state: PathBuf,
    admin: Admin,
    internal_secret: String,
    vars: Vars,
    consumer: bool,
    mail: MailSink,
    process: Mutex<Option<Supervised>>,
}

impl Server {
    /// Starts the test build on a migrated and seeded database of its own, and waits until it is ready.
    ///
    /// # Errors
    /// When something has not been built, or the server does not get ready; the message names the log.
    pub fn start(runtime: Runtime, options: Options) -> Result<Self> {
        let state = state::new_server_directory(runtime)?;
        template::copy_to(&state, runtime, Content { admin: &options.admin, products: options.products })?;
        let mail = MailSink::start(0)?;
        let internal_secret = random::hex(16)?;
        let mut vars = Vars::from([
            ("ENVIRONMENT".to_owned(), "development".to_owned()),
            ("MAIL_API_URL".to_owned(), mail.url()),
            ("MAIL_API_KEY".to_owned(), format!("re_{}", random::hex(16)?)),
            ("INTERNAL_SECRET".to_owned(), internal_secret.clone()),
        ]);
        vars.extend(options.vars);
        note_secrets(&vars, &options.admin);
        show_log_on_panic(&state);
        let consumer = options.consumer;
        let (process, port) =
            Launch { runtime, variant: Variant::Test, state: &state, vars: &vars, consumer }
                .start_on_free_port()?;
        let process = Mutex::new(Some(process));
        Ok(Self {
            runtime,
            port,
            state,
            admin: options.admin,
            internal_secret,
            vars,
            consumer,
            mail,
            process,
        })
    }

    /// The address of the API, without a trailing slash.
    pub fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port of the API on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it runs on. Tests should not ask; reports may.
    pub fn runtime(&self) -> Runtime {
        self.runtime
    }

    /// Where its mails arrive.
    pub fn mail(&self) -> &MailSink {
        &self.mail
    }

    /// The first admin's login.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// What opens `/internal/…`.
    pub fn internal_secret(&self) -> &str {
        &self.internal_secret
    }

    /// Where its database and logs are.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// Everything that the server has written so far.
    pub fn log(&self) -> PathBuf {
        evidence::log_file(&self.state)
    }

    /// Does what a timer does in production: has the consumer sweep over all jobs that are due.
    ///
    /// # Errors
    /// When the server does not accept it.
    pub fn tick(&self) -> Result<()> {
        tick(self.runtime, self.port, &self.internal_secret)
    }

    /// Takes every entry out of the list of applied migrations under the running server.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn forget_migrations(&self) -> Result<()> {
        migrations::forget(self.runtime, &self.state)
    }

    /// Keeps a user out, as an administrator may.
    ///
    /// # Errors
    /// When there is no such user, or the database refuses.
    pub fn lock_out(&self, email: &str) -> Result<()> {
        let file = state::database_file(self.runtime, &self.state)?;
        let sql = "UPDATE users SET locked_at = 1 WHERE email = ?1";
        let changed = rusqlite::Connection::open(&file)?.execute(sql, [email])?;
        ensure!(changed == 1, "{} has no such user", file.display());
        Ok(())
    }

    /// Runs one statement on the database under the running server, for what no route does. Answers the first column
    /// of each row as text.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn sql(&self, sql: &str, params: &[&str]) -> Result<Vec<String>> {
        state::sql(self.runtime, &self.state, sql, params)
    }

    /// Ends every process of the server and starts it again on the same state and port.
    ///
    /// # Errors
    /// When it does not get ready again.
    pub fn restart(&self) -> Result<()> {
        let mut process = lock(&self.process);
        drop(process.take());
        let launch = Launch {
            runtime: self.runtime,
            variant: Variant::Test,
            state: &self.state,
            vars: &self.vars,
            consumer: self.consumer,
        };
        *process = Some(launch.start_on(self.port)?);
        Ok(())
    }
}

/// Has the consumer sweep: its cron trigger on workerd, `/internal/tick` elsewhere.
///
/// # Errors
/// When the server does not accept it.
pub fn tick(runtime: Runtime, port: u16, secret: &str) -> Result<()> {
    if runtime == Runtime::Workerd {
        return wrangler::run_cron(port);
    }
    let request = http::Request { method: "POST", path: "/internal/tick", bearer: Some(secret), body: "" };
    let status = http::send(port, request)?;
    ensure!(status < 300, "the server answered {status} to POST /internal/tick");
    Ok(())
}

/// What it takes to start the application's processes.
#[derive(Debug, Clone, Copy)]
struct Launch<'a> {
    /// On which runtime.
    runtime: Runtime,
    /// Which build.
    variant: Variant,
    /// On which state directory.
    state: &'a Path,
    /// With which settings.
    vars: &'a Vars,
    /// With the consumer or without.
    consumer: bool,
}

impl Launch<'_> {
    fn start_on_free_port(&self) -> Result<(Supervised, u16)> {
        let mut attempt = 1;
        loop {
            let port = ports::free()?;
            match self.start_on(port) {
                Ok(process) => return Ok((process, port)),
                Err(error) if attempt == START_ATTEMPTS || !ports::in_use(port) => return Err(error),
                Err(_) => attempt += 1,
            }
        }
    }

    fn start_on(&self, port: u16) -> Result<Supervised> {
        let mut vars = self.vars.clone();
        vars.entry("PUBLIC_URL".to_owned()).or_insert_with(|| format!("http://127.0.0.1:{port}"));
        let command = self.command(port, &vars)?;
        let log = evidence::log_file(self.state);
        let process = Supervised::start(self.runtime.name(), &command, &append_to(&log)?)?;
        let path = if self.consumer { "/readyz" } else { "/healthz" };
        http::wait_until_ok(port, path, START_LIMIT, || process.alive())
            .with_context(|| format!("{} is not ready, see {}", self.runtime, log.display()))?;
        Ok(process)
    }

    fn command(&self, port: u16, vars: &Vars) -> Result<Command> {
        match self.runtime {
            Runtime::Workerd => {
                let derived = Derived { variant: self.variant, vars, rebuild: None };
                let mut manifests = wrangler::derive_manifests(self.state, &derived)?;
                manifests.truncate(if self.consumer { manifests.len() } else { 1 });
                wrangler::dev_command(self.state, &manifests, "127.0.0.1", port)
            }
            Runtime::Spin => {
                let manifest = spin::derive_manifest(self.state, self.variant)?;
                if !self.consumer {
                    spin::remove_consumer(&manifest)?;
                }
                Ok(spin::up_command(&built(spin::embedded())?, &manifest, self.state, port, vars))
            }
            Runtime::Native => {
                ensure!(self.consumer, "the native program always has its consumer");
                let mut command = Command::new(built(native_program())?);
                command.args(["--listen", &format!("127.0.0.1:{port}")]).arg("--state-dir").arg(self.state);
                command.args(
                    vars.iter()
                        .flat_map(|(name, value)| ["--variable".to_owned(), format!("{name}={value}")]),
                );
                Ok(command)
            }
        }
    }
}

fn built(program: PathBuf) -> Result<PathBuf> {
    if !program.exists() {
        bail!("{} is missing: run `cargo xtask test`, which builds what the tests need", program.display());
    }
    Ok(program)
}

/// No log may have these.
fn note_secrets(vars: &Vars, admin: &Admin) {
    let secrets = SETTINGS.iter().filter(|setting| setting.secret);
    secrets.filter_map(|setting| vars.get(setting.name)).for_each(|value| evidence::secret(value));
    evidence::secret(&admin.email);
    evidence::secret(&admin.password);
}

/// Writes every line to the log.
fn append_to(log: &Path) -> Result<OnLine> {
    let file = File::options().create(true).append(true).open(log);
    let file = Mutex::new(file.with_context(|| format!("cannot write {}", log.display()))?);
    Ok(Arc::new(move |line: &str| {
        // A log that cannot be written must not stop the server.
        let _ = writeln!(lock(&file), "{line}");
    }))
}

/// A failed test names the log of its server.
fn show_log_on_panic(state: &Path) {
    static ONCE: Once = Once::new();
    let log = evidence::log_file(state);
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            previous(panic);
            #[expect(clippy::print_stderr, reason = "this is where libtest shows what a failed test printed")]
            {
                eprintln!("server log: {}", log.display());
            }
        }));
    });
}
