//! Files of the object store sent to a browser, whole or by ranges.

use std::io::{self, Cursor};
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::Request;
use rocket::http::{ContentType, Status};
use rocket::response::{Responder, Response};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tokio_util::io::StreamReader;

use crate::platform::files::Files;

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

impl<'r> Responder<'r, 'static> for Download {
    fn respond_to(self, request: &'r Request<'_>) -> rocket::response::Result<'static> {
        let tag = format!("\"{}\"", self.digest);
        let mut response = Response::build();
        response
            .header(self.content_type.clone())
            .raw_header("Content-Disposition", content_disposition(&self.name))
            .raw_header("Accept-Ranges", "bytes")
            .raw_header("ETag", tag.clone())
            .raw_header("Cache-Control", "private, no-store");
        // A range is only good for the file it was begun with.
        let same_file = request.headers().get_one("If-Range").is_none_or(|known| known == tag);
        let asked = request.headers().get_one("Range").filter(|_| same_file);
        let (start, end) = match asked.map(|range| parse_range(range, self.bytes)) {
            None | Some(Range::Whole) => (0, self.bytes),
            Some(Range::Part(start, end)) => {
                response.status(Status::PartialContent).raw_header("Content-Range", format!("bytes {start}-{}/{}", end - 1, self.bytes));
                (start, end)
            }
            Some(Range::Outside) => {
                response.status(Status::RangeNotSatisfiable).raw_header("Content-Range", format!("bytes */{}", self.bytes));
                return response.sized_body(0, Cursor::new("")).ok();
            }
        };
        let size = usize::try_from(end - start).map_err(|_| Status::PayloadTooLarge)?;
        let body = StreamReader::new(Box::pin(chunks(self.files, self.path, start, end)));
        // Sized, so that the browser can show how much is left and notices a download cut short.
        response.sized_body(size, Unseekable(body)).ok()
    }
}

/// Rocket asks for a seekable body only to learn its size, which we give.
struct Unseekable<R>(R);

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

fn chunks(files: Files, path: String, start: u64, end: u64) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::iter((start..end).step_by(CHUNK_BYTES as usize)).then(move |from| {
        let (files, path) = (files.clone(), path.clone());
        async move {
            files.get_range(&path, from..(from + CHUNK_BYTES).min(end)).await.map_err(|error| {
                tracing::error!(%error, "download cut: the store failed");
                io::Error::other(error)
            })
        }
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Whole,
    Part(u64, u64),
    Outside,
}

/// One range of bytes (RFC 9110 §14); several, or anything unreadable, means the whole file.
fn parse_range(text: &str, size: u64) -> Range {
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|spec| spec.trim().split_once('-')) else { return Range::Whole };
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), _) if start >= size => Range::Outside,
        (Ok(start), Ok(last)) if last >= start => Range::Part(start, last.saturating_add(1).min(size)),
        (Ok(start), Err(_)) if last.is_empty() => Range::Part(start, size),
        (Err(_), Ok(0)) if first.is_empty() => Range::Outside,
        (Err(_), Ok(count)) if first.is_empty() && size > 0 => Range::Part(size.saturating_sub(count), size),
        _ => Range::Whole,
    }
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
