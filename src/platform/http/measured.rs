//! What each route answers, how long it takes and what it spends: a place a route, made when the routes are mounted, so that an answer is
//! counted without looking anything up.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use rocket::route::{Handler, Outcome};
use rocket::{Data, Request, Route};

use super::guards::request_number;
use crate::platform::db::Seat;
use crate::platform::instruments::{Origin, SpanKind, Spent, Times, Trail, seconds};

/// Bounds of the times of answers, in microseconds.
const ANSWER_BOUNDS: &[u64] = &[1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];
/// The statuses that Gardel sends, in order; any other is counted as `other`.
const STATUSES: [u16; 29] =
    [200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 411, 412, 413, 415, 416, 422, 428, 429, 500, 503];
/// How what no route answers is told.
const NONE: &str = "autre";
/// The classes of statuses, from the second one on.
const STATUS_CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];
/// No label, for the exemplars that we do not keep.
type Bare = [(&'static str, &'static str); 0];

/// What is counted of one route.
#[derive(Debug)]
struct Place {
    route: String,
    method: &'static str,
    class: &'static str,
    answers: [AtomicU64; STATUSES.len() + 1],
    times: [Times; STATUS_CLASSES.len()],
    statements: AtomicU64,
    sql_nanos: AtomicU64,
}

impl Place {
    fn new(route: String, method: &'static str, class: &'static str) -> Self {
        let (answers, times) = ([const { AtomicU64::new(0) }; STATUSES.len() + 1], [const { Times::new(ANSWER_BOUNDS) }; STATUS_CLASSES.len()]);
        Self { route, method, class, answers, times, statements: AtomicU64::new(0), sql_nanos: AtomicU64::new(0) }
    }

    fn labels(&self) -> [(&'static str, &str); 3] {
        [("route", self.route.as_str()), ("method", self.method), ("class", self.class)]
    }

    fn was_asked(&self) -> bool {
        self.answers.iter().any(|count| count.load(Ordering::Relaxed) > 0)
    }
}

/// The routes of a server. The first place is that of what no route answers.
#[derive(Debug)]
pub struct Routes {
    places: Vec<Place>,
    in_flight: AtomicI64,
}

/// What goes with one request from the edge to its answer.
pub(super) struct Journey {
    pub(super) started: Instant,
    pub(super) spent: Arc<Spent>,
    place: AtomicUsize,
    /// Whether the answer says what it took.
    shown: AtomicBool,
}

/// The journey of `request`, which begins at the first asking.
pub(super) fn journey<'r>(request: &'r Request<'_>) -> &'r Journey {
    request.local_cache(|| Journey {
        started: Instant::now(),
        spent: Arc::new(Spent::new(Origin::Request, request_number(request).to_string(), Trail::after(request.headers().get_one("traceparent")))),
        place: AtomicUsize::new(0),
        shown: AtomicBool::new(false),
    })
}

/// Has the answer to `request` say what it took, to whoever keeps the installation: how long a page takes tells others what others do.
pub fn show_times(request: &Request<'_>, shown: bool) {
    journey(request).shown.store(shown, Ordering::Relaxed);
}

impl Journey {
    /// What the answer, made in `time`, took, as browsers show it: in all, in SQL, waiting for a connection, and in the program itself, with the
    /// fragments that the cache had and had not.
    pub(super) fn told(&self, time: Duration) -> Option<String> {
        if !self.shown.load(Ordering::Relaxed) {
            return None;
        }
        let ms = |nanos: u64| format!("{}.{:03}", nanos / 1_000_000, nanos / 1_000 % 1_000);
        let ((statements, sql), (hits, misses)) = (self.spent.sql(), self.spent.cache());
        let (total, wait, render) = (u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), self.spent.waited(), self.spent.busy());
        Some(format!(
            "total;dur={}, sql;dur={};desc=\"{statements} SQL\", pool;dur={}, render;dur={}, cache;desc=\"{hits} hit, {misses} miss\"",
            ms(total),
            ms(sql),
            ms(wait),
            ms(render)
        ))
    }
}

impl Default for Routes {
    fn default() -> Self {
        Self { places: vec![Place::new(NONE.into(), "other", "other")], in_flight: AtomicI64::new(0) }
    }
}

impl Routes {
    /// Has each of `routes` counted under its pattern, which never holds anything of anybody; `class` says of which kind of page it is.
    /// Two of one pattern and method, which forward to one another, are one.
    pub fn measuring(routes: Vec<Route>, class: impl Fn(&Route) -> &'static str) -> (Vec<Route>, Arc<Self>) {
        let Self { mut places, .. } = Self::default();
        let mut known = HashMap::new();
        let measured = routes.into_iter().map(|mut route| {
            let (pattern, method) = (route.uri.path().to_string(), route.method.as_str());
            let place = *known.entry((pattern.clone(), method)).or_insert_with(|| {
                places.push(Place::new(pattern, method, class(&route)));
                places.len() - 1
            });
            route.handler = Box::new(Measured { handler: route.handler.clone(), place });
            route
        });
        let measured = measured.collect();
        (measured, Arc::new(Self { places, ..Self::default() }))
    }

    /// Notes that a request came.
    pub(super) fn began(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes the answer to a request, after `time`.
    pub(super) fn answered(&self, journey: &Journey, status: u16, time: Duration) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        let Some(place) = self.places.get(journey.place.load(Ordering::Relaxed)) else { return };
        place.answers[STATUSES.binary_search(&status).unwrap_or(STATUSES.len())].fetch_add(1, Ordering::Relaxed);
        if let Some(times) = usize::from(status / 100).checked_sub(2).and_then(|class| place.times.get(class)) {
            times.observe(time);
        }
        let (statements, nanos) = journey.spent.sql();
        place.statements.fetch_add(statements.into(), Ordering::Relaxed);
        place.sql_nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Tells the trace of the request, if it has one, of its answer: by the pattern of its route, for its path may name somebody.
    pub(super) fn trace(&self, journey: &Journey, method: &'static str, status: u16) {
        if !journey.spent.is_told() {
            return;
        }
        let mut attributes = vec![("http.request.method", method.into()), ("http.response.status_code", status.into())];
        let place = journey.place.load(Ordering::Relaxed);
        let name = match self.places.get(place).filter(|_| place > 0) {
            Some(known) => {
                attributes.push(("http.route", known.route.clone().into()));
                attributes.push(("gardel.class", known.class.into()));
                format!("{method} {}", known.route)
            }
            None => method.to_string(),
        };
        let failed = status >= 500;
        if failed {
            attributes.push(("error.type", status.to_string().into()));
        }
        journey.spent.tell((SpanKind::Server, name), failed, attributes);
    }

    /// Method and pattern of the route that answers `request`.
    pub(super) fn place(&self, request: &Request<'_>) -> String {
        let place = self.places.get(journey(request).place.load(Ordering::Relaxed)).filter(|place| !place.route.is_empty());
        place.map_or_else(|| NONE.to_string(), |place| format!("{} {}", place.method, place.route))
    }

    /// The pattern of the route that `journey` went by.
    pub(super) fn pattern(&self, journey: &Journey) -> &str {
        self.places.get(journey.place.load(Ordering::Relaxed)).map_or(NONE, |place| &place.route)
    }

    fn asked(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().filter(|place| place.was_asked())
    }

    fn write_answers(&self, metric: &mut MetricEncoder<'_>) -> fmt::Result {
        for place in self.asked() {
            let [route, method, class] = place.labels();
            for (which, count) in place.answers.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let status = STATUSES.get(which).map_or("other".into(), ToString::to_string);
                    metric.encode_family(&[route, method, class, ("status", status.as_str())])?.encode_counter::<Bare, u64, f64>(&count, None)?;
                }
            }
        }
        Ok(())
    }

    fn write_times(&self, metric: &mut MetricEncoder<'_>) -> fmt::Result {
        for place in self.asked() {
            let [route, method, class] = place.labels();
            for (name, times) in STATUS_CLASSES.iter().zip(&place.times).filter(|(_, times)| times.count() > 0) {
                times.write(metric, &[route, method, class, ("status_class", *name)])?;
            }
        }
        Ok(())
    }
}

impl Collector for Routes {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut metric = encoder.encode_descriptor("http_requests", "Requests by route and status.", None, MetricType::Counter)?;
        self.write_answers(&mut metric)?;
        let mut metric =
            encoder.encode_descriptor("http_request_duration", "Time to make the answer.", Some(&Unit::Seconds), MetricType::Histogram)?;
        self.write_times(&mut metric)?;
        let mut metric = encoder.encode_descriptor("http_sql_statements", "SQL statements sent to answer.", None, MetricType::Counter)?;
        for place in self.asked() {
            let count = place.statements.load(Ordering::Relaxed);
            metric.encode_family(&place.labels())?.encode_counter::<Bare, u64, f64>(&count, None)?;
        }
        let mut metric =
            encoder.encode_descriptor("http_sql", "Time of the SQL statements sent to answer.", Some(&Unit::Seconds), MetricType::Counter)?;
        for place in self.asked() {
            let time = seconds(place.sql_nanos.load(Ordering::Relaxed));
            metric.encode_family(&place.labels())?.encode_counter::<Bare, f64, f64>(&time, None)?;
        }
        let mut metric = encoder.encode_descriptor("http_requests_in_flight", "Requests being answered.", None, MetricType::Gauge)?;
        metric.encode_gauge(&self.in_flight.load(Ordering::Relaxed))
    }
}

/// A handler, and the place where its route is counted.
#[derive(Clone)]
struct Measured {
    handler: Box<dyn Handler>,
    place: usize,
}

#[rocket::async_trait]
impl Handler for Measured {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let journey = journey(request);
        journey.place.store(self.place, Ordering::Relaxed);
        Seat::during(journey.spent.during(Ran { work: self.handler.handle(request, data), spent: &journey.spent })).await
    }
}

/// Work whose own time is counted, without its waits.
struct Ran<'r, 'w> {
    work: Pin<Box<dyn Future<Output = Outcome<'r>> + Send + 'w>>,
    spent: &'w Spent,
}

impl<'r> Future for Ran<'r, '_> {
    type Output = Outcome<'r>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let started = Instant::now();
        let answer = self.work.as_mut().poll(context);
        self.spent.ran(started.elapsed());
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_in_order() {
        assert!(STATUSES.is_sorted());
    }
}
