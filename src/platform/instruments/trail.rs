//! Where a request, or the run of a job, stands in a trace: as the header `traceparent` says it (W3C Trace Context), from the proxy that asks to the
//! job that was asked for. The lines of the log tell it; so do the spans, where they are sent.

use super::spans;

/// The bit of the flags that says that the trace is sent.
const SAMPLED: u8 = 1;

/// A place in a trace.
#[derive(Debug)]
pub struct Trail {
    trace: u128,
    id: u64,
    /// The place before; nothing for the first of its trace.
    parent: Option<u64>,
    /// Whether the trace is sent, as the place before said it or as the settings decide.
    sampled: bool,
}

impl Trail {
    /// The place after the one that `traceparent` says. When it says none: the first of a new trace where traces are sent, else nothing.
    pub fn after(traceparent: Option<&str>) -> Option<Self> {
        match (traceparent.and_then(read), spans::sampler()) {
            (Some((trace, parent, decided)), sampler) => {
                let sampled = sampler.map_or(decided, |sampler| sampler.sends(trace, Some(decided)));
                Some(Self { trace, id: drawn(), parent: Some(parent), sampled })
            }
            (None, Some(sampler)) => {
                let trace = u128::from(drawn()) << 64 | u128::from(drawn());
                Some(Self { trace, id: drawn(), parent: None, sampled: sampler.sends(trace, None) })
            }
            (None, None) => None,
        }
    }

    /// It, as the header says it.
    pub fn traceparent(&self) -> String {
        format!("00-{:032x}-{:016x}-{:02x}", self.trace, self.id, if self.sampled { SAMPLED } else { 0 })
    }

    /// Number of the trace, as logs tell it.
    pub fn trace(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// Number of the trace, of the place in it and of the one before.
    pub(super) fn places(&self) -> (u128, u64, Option<u64>) {
        (self.trace, self.id, self.parent)
    }

    /// Whether what is done here is sent.
    pub(super) fn is_sent(&self) -> bool {
        self.sampled && spans::sampler().is_some()
    }
}

/// A number of a place: any but nought, which is none.
pub(super) fn drawn() -> u64 {
    rand::random::<u64>().max(1)
}

/// The trace and the step of a `traceparent`, and whether the trace is sent.
fn read(text: &str) -> Option<(u128, u64, bool)> {
    let mut parts = text.split('-');
    let (version, trace, id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hexadecimal = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    // A later version may say more at the end.
    let whole = hexadecimal(version, 2) && version != "ff" && hexadecimal(flags, 2) && (version != "00" || parts.next().is_none());
    if !(whole && hexadecimal(trace, 32) && hexadecimal(id, 16)) {
        return None;
    }
    let (trace, id) = (u128::from_str_radix(trace, 16).ok()?, u64::from_str_radix(id, 16).ok()?);
    let sampled = u8::from_str_radix(flags, 16).ok()? & SAMPLED != 0;
    (trace != 0 && id != 0).then_some((trace, id, sampled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_strictly_and_goes_on() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let next = Trail::after(Some(text)).expect("a place");
        assert_eq!((next.trace().as_str(), next.parent), ("4bf92f3577b34da6a3ce929d0e0e4736", Some(0x00f0_67aa_0ba9_02b7)));
        assert_eq!(read(&next.traceparent()), Some((next.trace, next.id, true)));
        assert!(read("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").is_some());
        for wrong in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-00f067aa0ba902b7-01",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    /// Nothing is sent from here: what the place before decided goes on as it is, and nobody begins a trace.
    #[test]
    fn whether_a_trace_is_sent_goes_on_with_it() {
        for (flags, said) in [("00", "-00"), ("01", "-01"), ("02", "-00"), ("03", "-01"), ("ff", "-01")] {
            let next = Trail::after(Some(&format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}"))).expect("a place");
            assert!(next.traceparent().ends_with(said), "{flags}: {}", next.traceparent());
            assert!(!next.is_sent(), "nothing is sent from here");
        }
        assert!(Trail::after(None).is_none());
    }
}
