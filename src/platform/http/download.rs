//! Files of the object store sent to a browser, whole or by ranges.

use std::any::Any;
use std::io::{self, Cursor};
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::Request;
use rocket::http::{ContentType, Status};
use rocket::request::{FromRequest, Outcome};
use rocket::response::{Responder, Response};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tokio_util::io::StreamReader;

use super::guards::is_head;
use crate::platform::store::{Files, FilesError};

/// Bytes read from the store at once.
const CHUNK_BYTES: u64 = 1024 * 1024;

/// A file to send.
pub struct Download {
    /// Where it is.
    pub files: Files,
    /// Its path in the store.
    pub path: String,
    /// The name the person sees.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What it is.
    pub content_type: ContentType,
    /// Strong validator: the digest of the content.
    pub digest: String,
}

/// Which part of a file a browser asks for.
#[derive(Clone, Debug, Default)]
pub struct Part {
    range: Option<String>,
    if_range: Option<String>,
    /// Only the headers are asked for.
    head: bool,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Part {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let header = |name: &str| request.headers().get_one(name).map(ToString::to_string);
        Outcome::Success(Self { range: header("Range"), if_range: header("If-Range"), head: is_head(request) })
    }
}

/// Told once when the store fails after the first bytes: nothing else can be said to the browser.
pub type OnCut = Box<dyn FnOnce(FilesError) + Send + Sync>;

/// A file of which the store gave the first bytes: only then may an answer say 200.
pub struct Opened {
    file: Download,
    range: Range,
    head: bool,
    first: Bytes,
    on_cut: OnCut,
    held: Held,
}

/// What goes when the last byte has gone, or when nobody reads any more.
type Held = Option<Box<dyn Any + Send + Sync>>;

impl Opened {
    /// Keeps `what` until the answer is over.
    #[must_use]
    pub fn holding(mut self, what: impl Any + Send + Sync) -> Self {
        self.held = Some(Box::new(what));
        self
    }

    /// The bytes that this answer sends, as the headers were read for sending: first, and the one after the last;
    /// nothing when it sends none.
    pub fn sent(&self) -> Option<(u64, u64)> {
        let (start, end) = self.range.bounds(self.file.bytes);
        (!self.head && self.range != Range::Outside).then_some((start, end))
    }

    /// Bytes of the whole file.
    pub fn size(&self) -> u64 {
        self.file.bytes
    }
}

impl Download {
    /// Asks the store for the first bytes of the part asked for.
    ///
    /// # Errors
    /// The file is not there, or no longer what it was; or the store refuses, is away or stays mute.
    pub async fn open(self, part: &Part, on_cut: OnCut) -> Result<Opened, FilesError> {
        // A range is only good for the file it was begun with.
        let same_file = part.if_range.as_deref().is_none_or(|known| known == self.tag());
        let range = part.range.as_deref().filter(|_| same_file).map_or(Range::Whole, |range| parse_range(range, self.bytes));
        let (start, end) = range.bounds(self.bytes);
        let first = self.files.open(&self.path, self.bytes, start..(start + CHUNK_BYTES).min(end)).await?;
        Ok(Opened { file: self, range, head: part.head, first, on_cut, held: None })
    }

    fn tag(&self) -> String {
        format!("\"{}\"", self.digest)
    }
}

impl<'r> Responder<'r, 'static> for Opened {
    fn respond_to(self, _: &'r Request<'_>) -> rocket::response::Result<'static> {
        let Self { file, range, first, on_cut, held, .. } = self;
        let mut response = Response::build();
        response
            .header(file.content_type.clone())
            .raw_header("Content-Disposition", content_disposition(&file.name))
            .raw_header("Accept-Ranges", "bytes")
            .raw_header("ETag", file.tag())
            .raw_header("Cache-Control", "private, no-store");
        let (start, end) = range.bounds(file.bytes);
        match range {
            Range::Whole => {}
            Range::Part(..) => {
                response.status(Status::PartialContent).raw_header("Content-Range", format!("bytes {start}-{}/{}", end - 1, file.bytes));
            }
            Range::Outside => {
                response.status(Status::RangeNotSatisfiable).raw_header("Content-Range", format!("bytes */{}", file.bytes));
                return response.sized_body(0, Cursor::new("")).ok();
            }
        }
        let size = usize::try_from(end - start).map_err(|_| Status::PayloadTooLarge)?;
        let rest = start + first.len() as u64;
        let body = stream::iter([Ok(first)]).chain(chunks(file.files, file.path, rest, end, on_cut));
        // Sized, so that the browser can show how much is left and notices a download cut short.
        response.sized_body(size, Unseekable(StreamReader::new(Box::pin(body)), held)).ok()
    }
}

/// Rocket asks for a seekable body only to learn its size, which we give.
struct Unseekable<R>(R, #[expect(dead_code, reason = "it is dropped with the body")] Held);

impl<R: AsyncRead + Unpin> AsyncRead for Unseekable<R> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Poller<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<R: Unpin> AsyncSeek for Unseekable<R> {
    fn start_seek(self: Pin<&mut Self>, _: io::SeekFrom) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Poller<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

/// The bytes from `start` to `end`; the first failure ends them, once told.
fn chunks(files: Files, path: String, start: u64, end: u64, on_cut: OnCut) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::try_unfold((start, Some(on_cut)), move |(from, mut on_cut)| {
        let (files, path) = (files.clone(), path.clone());
        async move {
            if from >= end {
                return Ok(None);
            }
            let read = match files.next(&path, from..(from + CHUNK_BYTES).min(end)).await {
                Ok(bytes) if bytes.is_empty() => Err(FilesError::Altered),
                read => read,
            };
            match read {
                Ok(bytes) => Ok(Some((bytes.clone(), (from + bytes.len() as u64, on_cut)))),
                Err(error) => {
                    tracing::error!(%error, detail = error.detail(), "download cut: the store failed");
                    if let Some(tell) = on_cut.take() {
                        tell(error.clone());
                    }
                    Err(io::Error::other(error))
                }
            }
        }
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Whole,
    Part(u64, u64),
    Outside,
}

impl Range {
    /// First byte, and the one after the last, in a file of `size` bytes.
    fn bounds(self, size: u64) -> (u64, u64) {
        match self {
            Self::Whole => (0, size),
            Self::Part(start, end) => (start, end),
            Self::Outside => (0, 0),
        }
    }
}

/// One range of bytes (RFC 9110 §14.1.2); several, or anything that is none, means the whole file.
fn parse_range(text: &str, size: u64) -> Range {
    let Some((unit, spec)) = text.split_once('=') else { return Range::Whole };
    let Some((first, last)) = spec.trim().split_once('-').filter(|_| unit.eq_ignore_ascii_case("bytes")) else { return Range::Whole };
    let from = |start: u128, end: u128| match u64::try_from(start) {
        Ok(start) if start < size => Range::Part(start, u64::try_from(end).unwrap_or(size).min(size)),
        _ => Range::Outside,
    };
    match (position(first), position(last)) {
        (Some(start), Some(last)) if last < start => Range::Whole,
        (Some(start), Some(last)) => from(start, last.saturating_add(1)),
        (Some(start), None) if last.is_empty() => from(start, size.into()),
        (None, Some(0)) if first.is_empty() => Range::Outside,
        (None, Some(count)) if first.is_empty() => from(u128::from(size).saturating_sub(count), size.into()),
        _ => Range::Whole,
    }
}

/// Digits and nothing else; more than any file has bytes is a position too.
fn position(text: &str) -> Option<u128> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u128::MAX))
}

const NAME_ESCAPES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// An attachment under `name`, in ASCII for old programs and in UTF-8 (RFC 6266).
pub fn content_disposition(name: &str) -> String {
    let ascii: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(name, NAME_ESCAPES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let cases = [
            ("bytes=0-9", Range::Part(0, 10)),
            ("bytes=90-", Range::Part(90, 100)),
            ("bytes=-10", Range::Part(90, 100)),
            ("bytes=-1000", Range::Part(0, 100)),
            ("bytes=50-1000", Range::Part(50, 100)),
            ("bytes=100-", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=9-3", Range::Whole),
            ("bytes=0-1,5-6", Range::Whole),
            ("octets=0-1", Range::Whole),
            ("bytes=abc", Range::Whole),
            ("Bytes=0-9", Range::Part(0, 10)),
            ("bytes=+1-9", Range::Whole),
            ("bytes=200-150", Range::Whole),
            ("bytes=5-99999999999999999999999", Range::Part(5, 100)),
            ("bytes=99999999999999999999999-", Range::Outside),
            ("bytes=99999999999999999999-18446744073709551615", Range::Whole),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_range(text, 100), expected, "{text}");
        }
    }

    #[test]
    fn names_cannot_break_the_header() {
        assert_eq!(
            content_disposition("été \"2026\"\r\n.csv"),
            "attachment; filename=\"_t___2026___.csv\"; filename*=UTF-8''%C3%A9t%C3%A9%20%222026%22%0D%0A.csv"
        );
    }
}
