//! Where components' stdout and stderr go: `LOG_DIR/ID_stdout.txt` and `ID_stderr.txt`, and the terminal's stderr.
//!
//! Writes are synchronous, so that what a component says before it traps is not lost.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::cli::Logs;
use crate::output;

/// Decides per component where its output goes.
pub(crate) struct LogPolicy {
    directory: Option<PathBuf>,
    quiet: bool,
    /// Empty follows every component.
    follow: Vec<String>,
}

impl LogPolicy {
    /// Makes the log directory, empties old files if asked to, and says where logs go.
    pub(crate) fn prepare(logs: &Logs, state: Option<&Path>, components: &[&str]) -> Result<Self> {
        for id in &logs.follow {
            let known = components.contains(&id.as_str());
            ensure!(
                known,
                "The component {id} in --follow does not exist in the application: {components:?}"
            );
        }
        let directory = match &logs.log_dir {
            Some(path) if path.as_os_str().is_empty() => None,
            Some(path) => Some(std::path::absolute(path)?),
            None => state.map(|state| state.join("logs")),
        };
        if let Some(directory) = &directory {
            let shown = format!("\"{}\"", directory.join("").display());
            std::fs::create_dir_all(directory)
                .with_context(|| format!("Failed to create log dir {shown}"))?;
            if logs.truncate {
                truncate(directory)?;
            }
            output::note(&format!("Logging component stdio to {shown}"));
        }
        Ok(Self { directory, quiet: logs.quiet, follow: logs.follow.clone() })
    }

    /// The stdout or stderr of a new instance.
    pub(crate) fn open(&self, component: &str, stream: &str) -> io::Result<ComponentLog> {
        let followed = self.follow.is_empty() || self.follow.iter().any(|id| id == component);
        let file = self.directory.as_ref().map(|directory| {
            let path = directory.join(format!("{component}_{stream}.txt"));
            File::options().create(true).append(true).open(path)
        });
        let file = file.transpose()?.map(Arc::new);
        // Without a log file Spin prints whatever --quiet says.
        let terminal = file.is_none() || (followed && !self.quiet);
        Ok(ComponentLog { file, terminal })
    }
}

fn truncate(directory: &Path) -> io::Result<()> {
    for entry in directory.read_dir()? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with("_stdout.txt") || name.ends_with("_stderr.txt") {
            File::create(&path)?;
        }
    }
    Ok(())
}

/// One of an instance's two output streams.
#[derive(Clone)]
pub(crate) struct ComponentLog {
    file: Option<Arc<File>>,
    terminal: bool,
}

impl ComponentLog {
    fn put(&self, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &self.file {
            file.as_ref().write_all(bytes)?;
        }
        if self.terminal {
            io::stderr().write_all(bytes)?;
        }
        Ok(())
    }
}

impl IsTerminal for ComponentLog {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for ComponentLog {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for ComponentLog {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.put(&bytes).map_err(|error| StreamError::LastOperationFailed(error.into()))
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(1 << 20)
    }
}

#[async_trait]
impl Pollable for ComponentLog {
    async fn ready(&mut self) {}
}

impl AsyncWrite for ComponentLog {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.put(bytes).map(|()| bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
