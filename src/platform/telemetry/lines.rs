//! The log: what it shows, how each line is written, and how that changes while the program runs. Whatever speaks by the crate `log`
//! (Rocket does) speaks there too, so that every line has the one form.

use std::io::IsTerminal;
use std::sync::OnceLock;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use crate::platform::clock::Clock;
use crate::platform::config::LogFormat;
use crate::platform::instruments::{Ears, Heard, is_measure};

/// What is shown unless `GARDEL_LOG` says otherwise. What Rocket says of each request costs more than it tells, and holds what people typed.
const SHOWN: &str = "warn,gardel=info,rocket=off";
/// What a command of an operator shows beside what it says itself: it tells in French what it finds.
const COMMAND: &str = "off";
/// What is shown after `SIGUSR1`: the statements too, without their values.
const DETAILED: &str = "info,gardel=debug,rocket=off";

/// The form of the lines, once the log has begun.
static FORM: OnceLock<LogFormat> = OnceLock::new();

/// The log of a process, until it is dropped: the last lines go then.
pub struct Log(#[allow(dead_code)] WorkerGuard); // held, never read

/// Which lines are shown.
struct Shown {
    filter: EnvFilter,
    /// Statements of SQL are.
    statements: bool,
}

impl Shown {
    /// As the settings say, or `unless` they say anything.
    fn chosen(unless: &str) -> Self {
        Self { filter: EnvFilter::try_from_env("GARDEL_LOG").unwrap_or_else(|_| EnvFilter::new(unless)), statements: false }
    }

    /// More.
    fn detailed() -> Self {
        Self { filter: EnvFilter::new(DETAILED), statements: true }
    }
}

impl<S: Subscriber> Filter<S> for Shown {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, S>) -> bool {
        (self.statements || !is_measure(metadata)) && Filter::enabled(&self.filter, metadata, context)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.statements || !is_measure(metadata) { Filter::<S>::callsite_enabled(&self.filter, metadata) } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Filter::<S>::max_level_hint(&self.filter)
    }
}

/// Starts the log of the process, and listens to what sqlx says of its work. `SIGUSR1` shows more, `SIGUSR2` what the settings say again. To be
/// called once, where tasks may be spawned; a second start keeps the first log.
pub fn start_log(format: LogFormat) -> Log {
    started(format, SHOWN)
}

/// The log of a command that tells what it finds by itself: nothing, unless `GARDEL_LOG` asks for more.
pub fn start_command_log() -> Log {
    started(LogFormat::Texte, COMMAND)
}

fn started(format: LogFormat, unless: &'static str) -> Log {
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    let (shown, handle) = reload::Layer::new(Shown::chosen(unless));
    let lines = fmt::layer().with_writer(writer).with_target(true).with_ansi(std::io::stderr().is_terminal());
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Texte => lines.compact().boxed(),
    };
    if Registry::default().with(lines.with_filter(shown)).with(Ears.with_filter(Heard)).try_init().is_ok() {
        let _first = FORM.set(format);
        tell_panics();
        tokio::spawn(follow(handle, unless));
    }
    Log(guard)
}

/// Changes what is shown when somebody asks for it.
async fn follow(shown: reload::Handle<Shown, Registry>, unless: &str) {
    let (Ok(mut more), Ok(mut back)) = (signal(SignalKind::user_defined1()), signal(SignalKind::user_defined2())) else {
        tracing::warn!("the log cannot be changed while the program runs: its signals are refused");
        return;
    };
    loop {
        let (wanted, sentence) = tokio::select! {
            Some(()) = more.recv() => (Shown::detailed(), "the log shows more from here"),
            Some(()) = back.recv() => (Shown::chosen(unless), "the log shows what the settings say from here"),
            else => return,
        };
        match shown.reload(wanted) {
            Ok(()) => tracing::info!("{sentence}"),
            Err(error) => tracing::warn!(%error, "the log could not be changed"),
        }
    }
}

/// Where a task stopped by itself is a line like the others. What a panic says is left out: it may quote what the program was holding.
fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task stopped by itself");
    }));
}

/// Says why the program ends, in the form of its log: the log itself may have ended already.
pub fn tell_failure(sentence: &str) {
    match FORM.get() {
        Some(LogFormat::Json) => {
            let timestamp = Clock::System.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            eprintln!("{}", json!({"timestamp": timestamp, "level": "ERROR", "message": sentence, "target": "gardel"}));
        }
        _ => eprintln!("{sentence}"),
    }
}
