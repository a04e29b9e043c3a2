//! Lists as files, in a constant amount of memory: a part of the rows is read when the one before has been sent.

use bytes::Bytes;
use futures::stream::{LocalBoxStream, StreamExt as _, try_unfold};
use log::Level;

use crate::error::{Error, Result};
use crate::logging::Line;
use crate::panics;
use crate::ports::Ports;
use crate::query::{Format, ListQuery, Part};

/// How many rows the first part looks at, however long they may be: D1 answers texts of 2 MB.
const LEAST_ROWS: u32 = 200;

/// How many rows a part looks at when they are short.
const MOST_ROWS: u32 = 4000;

/// Parts shorter than this are followed by one of twice as many rows, longer ones than twice this by one of half as many.
const SHORT: usize = 300_000;

/// The chunks of a file. An error among them ends it, and whoever receives them must break off then.
pub type Chunks = LocalBoxStream<'static, anyhow::Result<Bytes>>;

struct Progress {
    ports: Ports,
    query: ListQuery,
    format: Format,
    request_id: String,
    rows: u32,
    /// The key after which to go on; nothing at the end.
    after: Option<String>,
}

/// The rows that meet the conditions of a query, in the order of their keys.
///
/// # Errors
/// When the first part cannot be read: as long as nothing was sent, a failure has an answer of its own.
pub(super) async fn chunks(
    ports: &Ports,
    query: ListQuery,
    format: Format,
    request_id: &str,
) -> Result<Chunks> {
    let header = query.header(format);
    let (ports, request_id) = (ports.clone(), request_id.to_owned());
    let after = Some(String::new());
    let mut progress = Progress { ports, query, format, request_id, rows: LEAST_ROWS, after };
    let first = progress.next().await?.unwrap_or_default();
    let rest = try_unfold(progress, |mut progress| async move {
        let lines = panics::catch(progress.next()).await;
        let lines = lines.unwrap_or_else(|panic| Err(Error::Internal(panic.into())));
        match lines {
            Ok(lines) => Ok(lines.map(|lines| (Bytes::from(lines), progress))),
            Err(error) => {
                let line = Line::new(Level::Error, "an export broke off").at(progress.ports.clock.now());
                line.with("request_id", &progress.request_id).error(&error).write();
                Err(anyhow::anyhow!("the export broke off"))
            }
        }
    });
    let first = futures::stream::iter([Ok(Bytes::from(header + &first))]);
    Ok(first
        .chain(rest)
        .filter(|chunk| std::future::ready(!matches!(chunk, Ok(chunk) if chunk.is_empty())))
        .boxed_local())
}

impl Progress {
    /// The lines of the next part; `None` after the last.
    async fn next(&mut self) -> Result<Option<String>> {
        let Some(after) = self.after.take() else { return Ok(None) };
        let part = match self.part(&after).await {
            // Suddenly long rows may be more than an answer holds.
            Err(_) if self.rows > LEAST_ROWS => {
                self.rows = LEAST_ROWS;
                self.part(&after).await?
            }
            part => part?,
        };
        if part.lines.len() < SHORT {
            self.rows = (self.rows * 2).min(MOST_ROWS);
        } else if part.lines.len() > 2 * SHORT {
            self.rows = (self.rows / 2).max(LEAST_ROWS);
        }
        self.after = part.last;
        Ok(Some(part.lines))
    }

    async fn part(&self, after: &str) -> Result<Part> {
        let statement = self.query.part(self.format, after, self.rows)?;
        Ok(Part::read(&self.ports.database.query(statement).await?, self.rows)?)
    }
}
