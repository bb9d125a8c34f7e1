//! What the system says of this process, as Linux tells it. Elsewhere nothing is said.

use std::{fmt, fs};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

/// Ticks of the clock of `/proc` in a second: what the kernel shows to programs, on every machine that Gardel is delivered for.
const TICKS: f64 = 100.0;

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Process {
    /// Seconds of processor spent.
    cpu: f64,
    /// Seconds from 1970 to its start.
    started: f64,
    /// Bytes of memory held.
    memory: f64,
    /// Files open, and the most that may be.
    files: f64,
    /// See [`Process::files`]; nothing when there is no bound.
    files_max: Option<f64>,
}

impl Process {
    /// Reads it.
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The name of the program, in brackets, may hold anything.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        // Fields 14, 15 and 22 of its manual, which counts from 1 and two before the bracket.
        let ticks = |place: usize| fields.get(place - 3).and_then(|text| text.parse::<f64>().ok());
        let boot = value(&fs::read_to_string("/proc/stat").ok()?, "btime")?;
        let limits = fs::read_to_string("/proc/self/limits").ok()?;
        Some(Self {
            cpu: (ticks(14)? + ticks(15)?) / TICKS,
            started: boot + ticks(22)? / TICKS,
            memory: value(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")? * 1_024.0,
            // One of them reads the folder.
            files: u32::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).map_or(0.0, f64::from) - 1.0,
            files_max: value(&limits, "Max open files"),
        })
    }
}

/// The process as Prometheus reads it, under the names that every program has.
#[derive(Debug)]
pub struct OfSystem;

impl Collector for OfSystem {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(process) = Process::read() else { return Ok(()) };
        encoder
            .encode_descriptor("process_cpu", "Time of processor spent.", Some(&Unit::Seconds), MetricType::Counter)?
            .encode_counter::<[(&str, &str); 0], f64, f64>(&process.cpu, None)?;
        let told = [
            ("process_start_time", "Start of the process since 1970.", Some(&Unit::Seconds), Some(process.started)),
            ("process_resident_memory", "Memory held.", Some(&Unit::Bytes), Some(process.memory)),
            ("process_open_fds", "Files open.", None, Some(process.files)),
            ("process_max_fds", "Most files that may be open.", None, process.files_max),
        ];
        for (name, help, unit, value) in told {
            if let Some(value) = value {
                encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?.encode_gauge(&value)?;
            }
        }
        Ok(())
    }
}

/// The number that follows `name` on a line of `text`.
fn value(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_the_system_tells_it() {
        let before = Process::read().expect("Linux");
        let _file = fs::File::open("/proc/self/stat").expect("a file");
        let with = Process::read().expect("Linux");
        // Tests of other threads open files too.
        assert!(before.memory > 1e6 && with.cpu >= before.cpu && with.files >= 1.0, "{before:?} {with:?}");
        assert_eq!(before.started.to_bits(), with.started.to_bits());
        assert_eq!(value("a 1\nVmRSS:\t  12 kB\n", "VmRSS:"), Some(12.0));
        assert_eq!(value("Max open files            unlimited            unlimited            files\n", "Max open files"), None);
    }
}
