//! Instances and their reuse: how many requests one serves, how many at a time, and when it goes.
//!
//! The scheduling itself is the engine's (`ProxyHandler`), the same code that Spin runs. A trap ends the instance: every
//! request that it was serving fails, the next one gets a new instance.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep};
use wasmtime::component::GuestTaskId;
use wasmtime::{Result, Store, StoreContextMut};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{
    HandlerState, Instance, Proxy, ShouldAccept, WorkerExpiration, WorkerState, WorkerStatus,
};

use crate::app::App;
use crate::cli::{Http, Span};
use crate::output;
use crate::server::Server;
use crate::state::State;

/// How long is forever: a timer that far away still fits tokio's clock.
const FOREVER: Duration = Duration::from_hours(24 * 365 * 30);

/// How instances are reused.
#[derive(Clone, Copy)]
pub(crate) struct Reuse {
    requests: Span<usize>,
    concurrent: Span<usize>,
    request_timeout: Option<Span<Duration>>,
    idle_timeout: Span<Duration>,
}

impl From<&Http> for Reuse {
    fn from(http: &Http) -> Self {
        Self {
            requests: http.max_instance_reuse_count,
            concurrent: http.max_instance_concurrent_reuse_count,
            request_timeout: http.request_timeout,
            idle_timeout: http.idle_instance_timeout,
        }
    }
}

/// Makes the instances of one component.
pub(crate) struct Instances {
    pub(crate) component: String,
    pub(crate) app: Arc<App>,
    pub(crate) server: Weak<Server>,
    pub(crate) reuse: Reuse,
}

impl HandlerState for Instances {
    type StoreData = State;
    type WorkerExpiration = Expiration;
    type WorkerState = Limits;

    async fn instantiate(&self) -> Result<Instance<State, Expiration, Limits>> {
        let made = self.app.store(&self.component, self.server.clone());
        let (mut store, service) = made.map_err(wasmtime::Error::from_anyhow)?;
        let service = service.instantiate_async(&mut store).await?;
        let request_timeout = self.reuse.request_timeout.map_or(FOREVER, Span::<Duration>::draw);
        Ok(Instance {
            store,
            proxy: Proxy::P3(service),
            view: State::http,
            expiration: Expiration {
                idle_timeout: self.reuse.idle_timeout.draw(),
                request_timeout,
                sleep: Box::pin(sleep(FOREVER)),
            },
            state: Limits {
                request_timeout,
                requests: self.reuse.requests.draw(),
                concurrent: self.reuse.concurrent.draw(),
            },
        })
    }
}

/// When an instance goes: after its idle time, or when a request (or work after its response) takes too long.
pub(crate) struct Expiration {
    idle_timeout: Duration,
    request_timeout: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl WorkerExpiration for Expiration {
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let limit = match status {
            WorkerStatus::Idle => self.idle_timeout,
            WorkerStatus::Requests | WorkerStatus::PostReturn => self.request_timeout,
        };
        let deadline = (since + limit).into();
        if deadline != self.sleep.deadline() {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(context)
    }
}

/// What one instance takes on.
pub(crate) struct Limits {
    request_timeout: Duration,
    requests: usize,
    concurrent: usize,
}

impl WorkerState for Limits {
    type StoreData = State;
    type RequestData = ();

    fn should_accept_request(&self, concurrent: usize, total: usize) -> ShouldAccept {
        if total >= self.requests {
            ShouldAccept::Never
        } else if concurrent >= self.concurrent {
            ShouldAccept::No
        } else {
            ShouldAccept::Yes
        }
    }

    fn on_request_start(
        &self,
        _: StoreContextMut<'_, State>,
        (): (),
        _: GuestTaskId,
    ) -> Pin<Box<dyn Future<Output = ()> + 'static + Send + Sync>> {
        Box::pin(sleep(self.request_timeout))
    }

    fn drop(&self, store: Store<State>, result: Result<()>) {
        if let Err(error) = result {
            output::note(&format!("worker failed: {error:?}"));
        }
        drop(store);
    }
}

impl Span<usize> {
    fn draw(self) -> usize {
        self.bounds().map_or_else(|fixed| fixed, |range| range.start + pick(range.len()))
    }
}

impl Span<Duration> {
    fn draw(self) -> Duration {
        let bounds = self.bounds();
        bounds.map_or_else(
            |fixed| fixed,
            |range| {
                let width = range.end.saturating_sub(range.start).as_nanos();
                range.start + Duration::from_nanos(pick(usize::try_from(width).unwrap_or(usize::MAX)) as u64)
            },
        )
    }
}

/// A number below `width`. Without entropy the lowest will do.
fn pick(width: usize) -> usize {
    let random = getrandom::u32().map_or(0, |random| random as usize);
    random % width.max(1)
}
