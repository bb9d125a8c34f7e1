//! Where a request, or the run of a job, stands in a trace: as the header `traceparent` says it (W3C Trace Context), from the proxy that asks to the
//! job that was asked for. The lines of the log tell it.

/// A place in a trace.
#[derive(Debug)]
pub struct Trail {
    trace: u128,
    id: u64,
}

impl Trail {
    /// The place after the one that `traceparent` says; nothing when it says none.
    pub fn after(traceparent: Option<&str>) -> Option<Self> {
        let (trace, _) = read(traceparent?)?;
        Some(Self { trace, id: rand::random() })
    }

    /// It, as the header says it.
    pub fn traceparent(&self) -> String {
        format!("00-{:032x}-{:016x}-01", self.trace, self.id)
    }

    /// Number of the trace, as logs tell it.
    pub fn trace(&self) -> String {
        format!("{:032x}", self.trace)
    }
}

/// The trace and the step of a `traceparent`.
fn read(text: &str) -> Option<(u128, u64)> {
    let mut parts = text.split('-');
    let (version, trace, id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hexadecimal = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    // A later version may say more at the end.
    let whole = hexadecimal(version, 2) && version != "ff" && hexadecimal(flags, 2) && (version != "00" || parts.next().is_none());
    if !(whole && hexadecimal(trace, 32) && hexadecimal(id, 16)) {
        return None;
    }
    let (trace, id) = (u128::from_str_radix(trace, 16).ok()?, u64::from_str_radix(id, 16).ok()?);
    (trace != 0 && id != 0).then_some((trace, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_strictly_and_goes_on() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let next = Trail::after(Some(text)).expect("a place");
        assert_eq!(next.trace(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(read(&next.traceparent()), Some((next.trace, next.id)));
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
}
