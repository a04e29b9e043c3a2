//! The entry on Cloudflare Workers: messages of the queue and the cron trigger wake the consumer.
//!
//! A message is only a doorbell. It is acknowledged whatever became of its job, because the job table knows what is
//! left to do; it is delivered again only when the database did not answer.

use std::cell::OnceCell;
use std::rc::Rc;

use cloudflare::{SWEEP, exchange};
use futures::StreamExt as _;
use futures::stream::iter;
use http::StatusCode;
use log::Level;
use shared::config::{Config, ConfigError};
use shared::logging::{self, Line};
use shared::panics;
use shared::ports::Ports;
use worker::wasm_bindgen::JsValue;
use worker::{
    Context, Env, MessageBatch, MessageExt as _, QueueRetryOptions, QueueRetryOptionsBuilder, RawMessage,
    ScheduleContext, ScheduledEvent, event, web_sys,
};

use crate::consumer::Consumer;

/// Messages of one batch that are worked off at a time: a Worker has six connections.
const AT_ONCE: usize = 4;
/// How long a message waits that could not be tried, in seconds.
const RETRY_DELAY: u32 = 30;

thread_local! {
    /// Built by the first event of the isolate; the settings of an isolate never change.
    static CONSUMER: OnceCell<Result<Rc<Consumer>, ConfigError>> = const { OnceCell::new() };
}

#[event(queue)]
async fn queue(batch: MessageBatch<JsValue>, env: Env, context: Context) -> worker::Result<()> {
    cloudflare::logging::install();
    let ports = cloudflare::ports(&env, Rc::new(context));
    let Ok(consumer) = consumer(&env, &ports) else {
        batch.retry_all_with_options(&retry_later());
        return Ok(());
    };
    iter(batch.raw_iter()).for_each_concurrent(AT_ONCE, |message| deliver(&consumer, &ports, message)).await;
    Ok(())
}

#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, context: ScheduleContext) {
    cloudflare::logging::install();
    let ports = cloudflare::ports(&env, Rc::new(context));
    if let Ok(consumer) = consumer(&env, &ports) {
        wake(&consumer, &ports, SWEEP).await;
    }
}

#[event(fetch)]
async fn fetch(
    _request: web_sys::Request,
    _env: Env,
    _context: Context,
) -> worker::Result<web_sys::Response> {
    let sentence = "The queue consumer has no public interface.";
    let failure = exchange::failure(StatusCode::NOT_FOUND, "not_found", sentence, &exchange::request_id());
    exchange::response(&failure).map_err(|error| worker::Error::RustError(format!("{error:#}")))
}

/// Works off one message. A body that is no text rings for nothing: nobody of ours sent it.
async fn deliver(consumer: &Consumer, ports: &Ports, message: RawMessage) {
    let answered = if let Some(body) = message.body().as_string() {
        wake(consumer, ports, &body).await
    } else {
        Line::new(Level::Warn, "a queue message without a job id").at(ports.clock.now()).write();
        true
    };
    if answered { message.ack() } else { message.retry_with_options(&retry_later()) }
}

/// Runs one job, or whatever is due; false when the database did not answer. A panic costs this job only: its lease
/// runs out, and a sweep finds it again.
async fn wake(consumer: &Consumer, ports: &Ports, body: &str) -> bool {
    let job = [body.to_owned()];
    let work = async {
        let report =
            if body == SWEEP { consumer.sweep(ports).await } else { consumer.run(ports, &job).await };
        !report.unavailable
    };
    panics::catch(work).await.unwrap_or_else(|panic| {
        let line = Line::new(Level::Error, "the consumer panicked").at(ports.clock.now());
        line.with("job_id", body).error(&panic).write();
        true
    })
}

fn retry_later() -> QueueRetryOptions {
    QueueRetryOptionsBuilder::new().with_delay_seconds(RETRY_DELAY).build()
}

fn consumer(env: &Env, ports: &Ports) -> Result<Rc<Consumer>, ConfigError> {
    let build = || {
        let config = Config::from_settings(cloudflare::settings(env))
            .inspect_err(|error| logging::not_configured(error, ports.clock.now()))?;
        logging::set_level(config.log_level);
        Ok(Rc::new(Consumer::new(config)))
    };
    CONSUMER.with(|consumer| consumer.get_or_init(build).clone())
}
