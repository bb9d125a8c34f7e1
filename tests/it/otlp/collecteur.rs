//! A collector of the tests: it takes what is sent to it over HTTP and reads it by the numbers of `opentelemetry/proto/trace/v1/trace.proto`, with
//! nothing of what wrote it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Times that something is looked for before the test gives up, and the time between two of them.
const LOOKS: u32 = 1_200;
const PAUSE: Duration = Duration::from_millis(50);

/// How it answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It takes everything.
    Takes,
    /// It takes all but so many of each message (below 128).
    TakesBut(u8),
    /// It answers that status.
    Status(u16),
    /// It never answers.
    Mute,
}

/// What came in one message.
#[derive(Clone, Debug)]
pub struct Received {
    pub head: String,
    pub body: Vec<u8>,
}

/// A span, as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What its program is called.
    pub service: String,
    pub trace: String,
    pub id: String,
    /// Empty: none.
    pub parent: String,
    pub name: String,
    pub kind: u64,
    pub start: u64,
    pub end: u64,
    pub attributes: BTreeMap<String, String>,
    pub events: Vec<(String, u64, BTreeMap<String, String>)>,
    pub status: u64,
    pub flags: u64,
}

/// One that listens, until the test ends.
pub struct Collecteur {
    pub address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Collecteur {
    pub async fn new(manner: Manner) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", door.local_addr().expect("its address"));
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let kept = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = door.accept().await {
                tokio::spawn(served(stream, manner, Arc::clone(&kept)));
            }
        });
        Self { address, received }
    }

    /// Every message so far.
    pub fn messages(&self) -> Vec<Received> {
        self.received.lock().expect("what came").clone()
    }

    /// Every span so far.
    pub fn spans(&self) -> Vec<Seen> {
        self.messages().iter().flat_map(|message| spans(&message.body)).collect()
    }

    /// Every span, once one of them is as `wanted`.
    pub async fn spans_once(&self, wanted: impl Fn(&Seen) -> bool) -> Vec<Seen> {
        for _ in 0..LOOKS {
            let spans = self.spans();
            if spans.iter().any(&wanted) {
                return spans;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("it never came: {:#?}", self.spans());
    }
}

/// Answers the questions of one connection, one after the other.
async fn served(mut stream: TcpStream, manner: Manner, kept: Arc<Mutex<Vec<Received>>>) {
    let mut bytes = Vec::new();
    loop {
        let whole = loop {
            if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
                let last = end + 4 + length.unwrap_or(0);
                if bytes.len() >= last {
                    break Received { head, body: bytes.drain(..last).skip(end + 4).collect() };
                }
            }
            let mut more = [0; 16 * 1024];
            match stream.read(&mut more).await {
                Ok(count) if count > 0 => bytes.extend_from_slice(&more[..count]),
                _ => return,
            }
        };
        kept.lock().expect("what came").push(whole);
        let (status, body) = match manner {
            Manner::Takes => (200, Vec::new()),
            // ExportTraceServiceResponse: partial_success (1), of which rejected_spans (1) and error_message (2).
            Manner::TakesBut(count) => (200, vec![0x0a, 5, 0x08, count, 0x12, 1, b'x']),
            Manner::Status(status) => (status, b"no".to_vec()),
            Manner::Mute => std::future::pending().await,
        };
        let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/x-protobuf\r\nContent-Length: {}\r\n\r\n", body.len());
        if stream.write_all(&[head.into_bytes(), body].concat()).await.is_err() {
            return;
        }
    }
}

/// A value of a field.
#[derive(Clone, Debug)]
enum Field<'b> {
    Whole(u64),
    Bytes(&'b [u8]),
}

/// The fields of a message, in their order. Panics on what is none.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let length = 1 + bytes.iter().position(|byte| byte & 0x80 == 0).expect("a number that ends");
        assert!(length <= 10, "a number of {length} bytes");
        let value = bytes[..length].iter().rev().fold(0_u128, |sum, byte| sum * 128 + u128::from(byte & 0x7f));
        *bytes = &bytes[length..];
        u64::try_from(value).expect("64 bits")
    }
    fn fixed(bytes: &mut &[u8], length: usize) -> u64 {
        let value = bytes[..length].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        *bytes = &bytes[length..];
        value
    }
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes);
        let value = match tag % 8 {
            0 => Field::Whole(varint(&mut bytes)),
            1 => Field::Whole(fixed(&mut bytes, 8)),
            2 => {
                let length = usize::try_from(varint(&mut bytes)).expect("a length");
                let (inside, rest) = bytes.split_at(length);
                bytes = rest;
                Field::Bytes(inside)
            }
            5 => Field::Whole(fixed(&mut bytes, 4)),
            other => panic!("no form is {other}"),
        };
        found.push((tag / 8, value));
    }
    found
}

/// Every value of field `number`, as messages.
fn inside<'b>(bytes: &'b [u8], number: u64) -> Vec<&'b [u8]> {
    let read = |(field, value): (u64, Field<'b>)| match value {
        Field::Bytes(bytes) if field == number => Some(bytes),
        _ => None,
    };
    fields(bytes).into_iter().filter_map(read).collect()
}

fn number(bytes: &[u8], field: u64) -> u64 {
    fields(bytes)
        .iter()
        .find_map(|(known, value)| if let (true, Field::Whole(value)) = (*known == field, value) { Some(*value) } else { None })
        .unwrap_or(0)
}

fn text(bytes: &[u8], field: u64) -> String {
    inside(bytes, field).first().map(|text| String::from_utf8(text.to_vec()).expect("UTF-8")).unwrap_or_default()
}

fn hexadecimal(bytes: &[u8], field: u64, length: usize) -> String {
    let value = inside(bytes, field).first().copied().unwrap_or_default();
    assert!(value.is_empty() || value.len() == length, "{field}: {value:?}");
    value.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `repeated KeyValue`.
fn attributes(bytes: &[u8], field: u64) -> BTreeMap<String, String> {
    let pair = |bytes: &&[u8]| {
        let value = inside(bytes, 2)[0];
        let forms = fields(value);
        let [(form, told)] = &forms[..] else { panic!("one value: {value:?}") };
        let told = match (form, told) {
            (1, Field::Bytes(text)) => String::from_utf8(text.to_vec()).expect("UTF-8"),
            (3, Field::Whole(number)) => number.cast_signed().to_string(),
            other => panic!("{other:?}"),
        };
        (text(bytes, 1), told)
    };
    let pairs = inside(bytes, field);
    let read: BTreeMap<_, _> = pairs.iter().map(pair).collect();
    assert_eq!(read.len(), pairs.len(), "a name comes once");
    read
}

/// The spans of a message `ExportTraceServiceRequest`.
pub fn spans(request: &[u8]) -> Vec<Seen> {
    let mut seen = Vec::new();
    for of_resource in inside(request, 1) {
        let service = attributes(inside(of_resource, 1)[0], 1)["service.name"].clone();
        for of_scope in inside(of_resource, 2) {
            assert_eq!(text(inside(of_scope, 1)[0], 1), "gardel");
            seen.extend(inside(of_scope, 2).into_iter().map(|span| Seen {
                service: service.clone(),
                trace: hexadecimal(span, 1, 16),
                id: hexadecimal(span, 2, 8),
                parent: hexadecimal(span, 4, 8),
                name: text(span, 5),
                kind: number(span, 6),
                start: number(span, 7),
                end: number(span, 8),
                attributes: attributes(span, 9),
                events: inside(span, 11).into_iter().map(|event| (text(event, 2), number(event, 1), attributes(event, 3))).collect(),
                status: inside(span, 15).first().map_or(0, |status| number(status, 3)),
                flags: number(span, 16),
            }));
        }
    }
    seen
}
