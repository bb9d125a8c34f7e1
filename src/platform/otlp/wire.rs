//! Spans as OTLP writes them: a message `ExportTraceServiceRequest` of `opentelemetry/proto/collector/trace/v1`, in the binary form of Protocol
//! Buffers. Only written; of the answer, one number is read.

use crate::platform::instruments::{Moment, Span, Told};

/// The flags of a span (`SpanFlags`): its trace is sent; whether its parent is another program's is known; it is.
const FLAGS_SAMPLED: u64 = 0x001;
const FLAGS_REMOTE_KNOWN: u64 = 0x100;
const FLAGS_REMOTE: u64 = 0x200;
/// `STATUS_CODE_ERROR`.
const STATUS_ERROR: u64 = 2;

/// How a value of a field is written.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const LENGTH: u64 = 2;
const FIXED32: u64 = 5;

/// A message being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn tag(&mut self, field: u64, form: u64) {
        self.varint(field << 3 | form);
    }

    /// A whole number; nought is not written, as it is what is read then.
    fn number(&mut self, field: u64, value: u64) {
        if value != 0 {
            self.tag(field, VARINT);
            self.varint(value);
        }
    }

    fn fixed64(&mut self, field: u64, value: u64) {
        self.tag(field, FIXED64);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn fixed32(&mut self, field: u64, value: u32) {
        self.tag(field, FIXED32);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        self.tag(field, LENGTH);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    fn inside(&mut self, field: u64, write: impl FnOnce(&mut Self)) {
        let mut message = Self::default();
        write(&mut message);
        self.bytes(field, &message.0);
    }

    /// `KeyValue`, with its `AnyValue`.
    fn attribute(&mut self, field: u64, name: &str, value: &Told) {
        self.inside(field, |pair| {
            pair.bytes(1, name.as_bytes());
            pair.inside(2, |any| match value {
                Told::Word(word) => any.bytes(1, word.as_bytes()),
                // One of several forms: it is written even when it is nought.
                Told::Number(number) => {
                    any.tag(3, VARINT);
                    any.varint(number.cast_unsigned());
                }
            });
        });
    }

    /// `Span`.
    fn span(&mut self, field: u64, span: &Span) {
        self.inside(field, |message| {
            message.bytes(1, &span.trace.to_be_bytes());
            message.bytes(2, &span.id.to_be_bytes());
            if let Some((parent, _)) = span.parent {
                message.bytes(4, &parent.to_be_bytes());
            }
            message.bytes(5, span.name.as_bytes());
            message.number(6, span.kind as u64);
            message.fixed64(7, span.start);
            message.fixed64(8, span.end);
            span.attributes.iter().for_each(|(name, value)| message.attribute(9, name, value));
            span.moments.iter().for_each(|moment| message.moment(11, moment));
            message.number(12, span.moments_left.into());
            if span.failed {
                message.inside(15, |status| status.number(3, STATUS_ERROR));
            }
            let remote = if span.parent.is_some_and(|(_, remote)| remote) { FLAGS_REMOTE } else { 0 };
            message.fixed32(16, (FLAGS_SAMPLED | FLAGS_REMOTE_KNOWN | remote) as u32);
        });
    }

    /// `Span.Event`.
    fn moment(&mut self, field: u64, moment: &Moment) {
        self.inside(field, |message| {
            message.fixed64(1, moment.at);
            message.bytes(2, moment.name.as_bytes());
            moment.attributes.iter().for_each(|(name, value)| message.attribute(3, name, value));
        });
    }
}

/// The spans of a program that is told by `resource`. Without any span it is a question that every collector answers.
pub(super) fn written(resource: &[(&'static str, Told)], spans: &[Span]) -> Vec<u8> {
    let mut request = Message::default();
    request.inside(1, |of_resource| {
        of_resource.inside(1, |message| resource.iter().for_each(|(name, value)| message.attribute(1, name, value)));
        of_resource.inside(2, |of_scope| {
            of_scope.inside(1, |scope| {
                scope.bytes(1, env!("CARGO_PKG_NAME").as_bytes());
                scope.bytes(2, env!("CARGO_PKG_VERSION").as_bytes());
            });
            spans.iter().for_each(|span| of_scope.span(2, span));
        });
    });
    request.0
}

/// Spans that a collector says it did not take, in an `ExportTraceServiceResponse`: `partial_success.rejected_spans`. What cannot be read says none.
pub(super) fn refused(answer: &[u8]) -> u64 {
    let partial = Fields(answer).find_map(|(field, value)| if field == 1 { value.bytes() } else { None });
    let rejected = partial.and_then(|partial| Fields(partial).find_map(|(field, value)| if field == 1 { value.number() } else { None }));
    rejected.filter(|count| i64::try_from(*count).is_ok()).unwrap_or(0)
}

/// A value as it is read.
enum Read<'b> {
    Number(u64),
    Bytes(&'b [u8]),
    Other,
}

impl<'b> Read<'b> {
    fn number(self) -> Option<u64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    fn bytes(self) -> Option<&'b [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

/// The fields of a message, until its end or what makes no sense.
struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for place in 0..10 {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn taken(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = (u64, Read<'b>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            VARINT => Read::Number(self.varint()?),
            LENGTH => {
                let length = usize::try_from(self.varint()?).ok()?;
                Read::Bytes(self.taken(length)?)
            }
            FIXED64 => self.taken(8).map(|_| Read::Other)?,
            FIXED32 => self.taken(4).map(|_| Read::Other)?,
            _ => return None,
        };
        Some((tag >> 3, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::instruments::SpanKind;

    /// The bytes that `protoc --encode` gives of the same message, written out by hand from the tables of the encoding.
    #[test]
    fn a_span_is_written_as_the_standard_says() {
        let span = Span {
            trace: 0x0102,
            id: 3,
            parent: Some((4, true)),
            name: "n".into(),
            kind: SpanKind::Client,
            start: 1,
            end: 0x1_0000_0000,
            attributes: vec![("k", Told::Number(300)), ("w", "é".into())],
            moments: vec![Moment { at: 2, name: "e", attributes: Vec::new() }],
            moments_left: 1,
            failed: true,
        };
        let mut message = Message::default();
        message.span(2, &span);
        let mut inside: Vec<u8> = vec![0x0a, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0x12, 8, 0, 0, 0, 0, 0, 0, 0, 3];
        inside.extend([0x22, 8, 0, 0, 0, 0, 0, 0, 0, 4, 0x2a, 1, b'n', 0x30, 3]);
        inside.extend([0x39, 1, 0, 0, 0, 0, 0, 0, 0, 0x41, 0, 0, 0, 0, 1, 0, 0, 0]);
        inside.extend([0x4a, 8, 0x0a, 1, b'k', 0x12, 3, 0x18, 0xac, 0x02, 0x4a, 9, 0x0a, 1, b'w', 0x12, 4, 0x0a, 2, 0xc3, 0xa9]);
        inside.extend([0x5a, 12, 0x09, 2, 0, 0, 0, 0, 0, 0, 0, 0x12, 1, b'e', 0x60, 1, 0x7a, 2, 0x18, 2, 0x85, 0x01, 0x01, 0x03, 0, 0]);
        let mut expected = vec![0x12, u8::try_from(inside.len()).expect("short")];
        expected.extend(inside);
        assert_eq!(message.0, expected);
    }

    #[test]
    fn what_a_collector_did_not_take_is_read() {
        assert_eq!(refused(&[]), 0);
        assert_eq!(refused(&[0x0a, 6, 0x08, 0xac, 0x02, 0x12, 1, b'x']), 300);
        assert_eq!(refused(&[0x0a, 3, 0x12, 1, b'x']), 0, "a warning");
        assert_eq!(refused(&[0x15, 0, 0, 0, 0, 0x0a, 2, 0x08, 7]), 7, "after a field of tomorrow");
        // Cut, endless, or another thing altogether.
        for wrong in [&b"<html>"[..], &[0x0a], &[0x0a, 200], &[0x0a, 2, 0x08, 0xff], &[0xff; 40], &[0x0a, 0x80], &[0x0b], &[0x0a, 2, 0x0a, 0]] {
            assert_eq!(refused(wrong), 0, "{wrong:?}");
        }
        let negative = [&[0x0a, 11, 0x08][..], &[0xff; 9], &[1]].concat();
        assert_eq!(refused(&negative), 0);
    }
}
