//! ZIP archives written in one pass, without going back and in constant memory: what workbooks are
//! made of. Sizes come after the data (a descriptor), so an entry never waits in memory or on disk.
//! Times are fixed, so that the same entries make the same bytes. Why it is ours: decision 9.

use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Version that readers need for deflated entries, and for 64-bit sizes.
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;
/// Sizes come after the data; names are UTF-8.
const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_UTF8: u16 = 1 << 11;
/// 1 January 1980, the first day that a ZIP can tell.
const DAY: u16 = 0x0021;
/// Speed of the compression: most of the gain for a fraction of the time.
const LEVEL: u32 = 2;

/// How an entry is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As it is.
    Stored,
    /// Compressed.
    Deflated,
}

impl Method {
    fn code(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflated => 8,
        }
    }
}

struct Entry {
    name: String,
    method: Method,
    flags: u16,
    large: bool,
    crc: u32,
    compressed: u64,
    size: u64,
    offset: u64,
}

/// Counts what goes through.
struct Counted<W> {
    inner: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.written += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

enum Body<W: Write> {
    Between(Counted<W>),
    Stored(Counted<W>),
    Deflated(Box<DeflateEncoder<Counted<W>>>),
    /// Only while one body becomes another.
    Gone,
}

/// An archive being written.
pub struct Archive<W: Write> {
    body: Body<W>,
    entries: Vec<Entry>,
    crc: Crc,
    start: u64,
}

impl<W: Write> Archive<W> {
    /// Begins an archive on `output`.
    pub fn new(output: W) -> Self {
        Self { body: Body::Between(Counted { inner: output, written: 0 }), entries: Vec::new(), crc: Crc::new(), start: 0 }
    }

    /// Writes a small entry whole, its sizes first: readers that only look at the start understand it.
    ///
    /// # Errors
    /// The output failed.
    pub fn whole(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.end()?;
        let mut crc = Crc::new();
        crc.update(bytes);
        let size = bytes.len() as u64;
        let entry =
            Entry { name: name.into(), method: Method::Stored, flags: FLAG_UTF8, large: false, crc: crc.sum(), compressed: size, size, offset: 0 };
        self.head(entry)?.write_all(bytes)
    }

    /// Begins an entry; what is written next is its content. `large`: it may pass 4 GiB.
    ///
    /// # Errors
    /// The output failed.
    pub fn begin(&mut self, name: &str, method: Method, large: bool) -> io::Result<()> {
        self.end()?;
        let flags = FLAG_DESCRIPTOR | FLAG_UTF8;
        let output = self.head(Entry { name: name.into(), method, flags, large, crc: 0, compressed: 0, size: 0, offset: 0 })?;
        let start = output.written;
        (self.start, self.crc) = (start, Crc::new());
        self.body = match (method, std::mem::replace(&mut self.body, Body::Gone)) {
            (Method::Stored, Body::Between(output)) => Body::Stored(output),
            (Method::Deflated, Body::Between(output)) => Body::Deflated(Box::new(DeflateEncoder::new(output, Compression::new(LEVEL)))),
            (_, other) => other,
        };
        Ok(())
    }

    /// Ends the archive and gives the output back.
    ///
    /// # Errors
    /// The output failed.
    pub fn finish(mut self) -> io::Result<W> {
        self.end()?;
        let entries = std::mem::take(&mut self.entries);
        let output = self.output()?;
        let start = output.written;
        for entry in &entries {
            central(output, entry)?;
        }
        let size = output.written - start;
        directory_end(output, entries.len() as u64, start, size)?;
        output.flush()?;
        match self.body {
            Body::Between(output) => Ok(output.inner),
            _ => Err(broken()),
        }
    }

    fn output(&mut self) -> io::Result<&mut Counted<W>> {
        match &mut self.body {
            Body::Between(output) => Ok(output),
            _ => Err(broken()),
        }
    }

    /// Writes the head of an entry and remembers it.
    fn head(&mut self, mut entry: Entry) -> io::Result<&mut Counted<W>> {
        let output = self.output()?;
        entry.offset = output.written;
        let mut head = Vec::with_capacity(64);
        put32(&mut head, 0x0403_4b50);
        common(&mut head, &entry);
        put32(&mut head, entry.crc);
        // The real sizes of a large entry stand in its extra field, and come after the data.
        let size = |size: u64| if entry.large { u32::MAX } else { u32::try_from(size).unwrap_or(u32::MAX) };
        put32(&mut head, size(entry.compressed));
        put32(&mut head, size(entry.size));
        put16(&mut head, u16::try_from(entry.name.len()).map_err(|_| broken())?);
        put16(&mut head, if entry.large { 20 } else { 0 });
        head.extend_from_slice(entry.name.as_bytes());
        if entry.large {
            put16(&mut head, 1);
            put16(&mut head, 16);
            head.extend_from_slice(&[0; 16]);
        }
        output.write_all(&head)?;
        self.entries.push(entry);
        self.output()
    }

    /// Ends the entry under way.
    fn end(&mut self) -> io::Result<()> {
        let output = match std::mem::replace(&mut self.body, Body::Gone) {
            Body::Between(output) => {
                self.body = Body::Between(output);
                return Ok(());
            }
            Body::Stored(output) => output,
            Body::Deflated(encoder) => encoder.finish()?,
            Body::Gone => return Err(broken()),
        };
        let compressed = output.written - self.start;
        let (crc, size) = (self.crc.sum(), self.size());
        self.body = Body::Between(output);
        let Some(entry) = self.entries.last_mut() else { return Err(broken()) };
        (entry.crc, entry.compressed, entry.size) = (crc, compressed, size);
        let mut descriptor = Vec::with_capacity(24);
        put32(&mut descriptor, 0x0807_4b50);
        put32(&mut descriptor, crc);
        if entry.large {
            put64(&mut descriptor, compressed);
            put64(&mut descriptor, size);
        } else {
            let narrow = |size: u64| u32::try_from(size).map_err(|_| io::Error::other("une entrée de l’archive dépasse 4 Gio"));
            put32(&mut descriptor, narrow(compressed)?);
            put32(&mut descriptor, narrow(size)?);
        }
        self.output()?.write_all(&descriptor)
    }

    fn size(&self) -> u64 {
        self.entries.last().map_or(0, |entry| entry.size)
    }
}

impl<W: Write> Write for Archive<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match &mut self.body {
            Body::Stored(output) => output.write(bytes)?,
            Body::Deflated(encoder) => encoder.write(bytes)?,
            Body::Between(_) | Body::Gone => return Err(broken()),
        };
        self.crc.update(&bytes[..count]);
        if let Some(entry) = self.entries.last_mut() {
            entry.size += count as u64;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Version, flags, method and time, as the two heads of an entry have them.
fn common(head: &mut Vec<u8>, entry: &Entry) {
    put16(head, if entry.large { VERSION_ZIP64 } else { VERSION });
    put16(head, entry.flags);
    put16(head, entry.method.code());
    put16(head, 0);
    put16(head, DAY);
}

fn central<W: Write>(output: &mut Counted<W>, entry: &Entry) -> io::Result<()> {
    let limit = u64::from(u32::MAX);
    let mut extra = Vec::new();
    let mut narrow = |value: u64| {
        if value >= limit {
            put64(&mut extra, value);
        }
        u32::try_from(value).unwrap_or(u32::MAX)
    };
    let (size, compressed, offset) = (narrow(entry.size), narrow(entry.compressed), narrow(entry.offset));
    let mut head = Vec::with_capacity(96);
    put32(&mut head, 0x0201_4b50);
    put16(&mut head, if extra.is_empty() { VERSION } else { VERSION_ZIP64 });
    common(&mut head, entry);
    put32(&mut head, entry.crc);
    put32(&mut head, compressed);
    put32(&mut head, size);
    put16(&mut head, u16::try_from(entry.name.len()).map_err(|_| broken())?);
    put16(&mut head, if extra.is_empty() { 0 } else { u16::try_from(extra.len() + 4).map_err(|_| broken())? });
    // No comment, first disk, no attributes.
    head.extend_from_slice(&[0; 10]);
    put32(&mut head, offset);
    head.extend_from_slice(entry.name.as_bytes());
    if !extra.is_empty() {
        put16(&mut head, 1);
        put16(&mut head, u16::try_from(extra.len()).map_err(|_| broken())?);
        head.extend_from_slice(&extra);
    }
    output.write_all(&head)
}

fn directory_end<W: Write>(output: &mut Counted<W>, entries: u64, start: u64, size: u64) -> io::Result<()> {
    let mut end = Vec::with_capacity(128);
    if start >= u64::from(u32::MAX) || entries >= u64::from(u16::MAX) {
        let here = output.written;
        put32(&mut end, 0x0606_4b50);
        put64(&mut end, 44);
        put16(&mut end, VERSION_ZIP64);
        put16(&mut end, VERSION_ZIP64);
        put64(&mut end, 0);
        put64(&mut end, entries);
        put64(&mut end, entries);
        put64(&mut end, size);
        put64(&mut end, start);
        put32(&mut end, 0x0706_4b50);
        put32(&mut end, 0);
        put64(&mut end, here);
        put32(&mut end, 1);
    }
    put32(&mut end, 0x0605_4b50);
    put32(&mut end, 0);
    let count = u16::try_from(entries).unwrap_or(u16::MAX);
    put16(&mut end, count);
    put16(&mut end, count);
    put32(&mut end, u32::try_from(size).unwrap_or(u32::MAX));
    put32(&mut end, u32::try_from(start).unwrap_or(u32::MAX));
    put16(&mut end, 0);
    output.write_all(&end)
}

fn broken() -> io::Error {
    io::Error::other("archive écrite dans le désordre")
}

fn put16(bytes: &mut Vec<u8>, value: u16) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put32(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put64(bytes: &mut Vec<u8>, value: u64) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn sample() -> Vec<u8> {
        let mut archive = Archive::new(Vec::new());
        archive.whole("mimetype", b"application/x-test").expect("memory");
        archive.begin("grand.txt", Method::Deflated, true).expect("memory");
        for number in 0..10_000 {
            writeln!(archive, "ligne {number}").expect("memory");
        }
        archive.begin("été.bin", Method::Stored, false).expect("memory");
        archive.write_all(&[7; 1000]).expect("memory");
        archive.begin("vide", Method::Deflated, false).expect("memory");
        archive.finish().expect("memory")
    }

    #[test]
    fn another_reader_finds_the_entries_whole() {
        let bytes = sample();
        assert_eq!(bytes, sample(), "the same bytes each time");
        assert_eq!(&bytes[30..38], b"mimetype");
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
        let mut text = |name: &str| {
            let mut content = Vec::new();
            archive.by_name(name).expect("an entry").read_to_end(&mut content).expect("its CRC holds");
            content
        };
        assert_eq!(text("mimetype"), b"application/x-test");
        assert!(text("grand.txt").ends_with(b"ligne 9999\n"));
        assert_eq!(text("été.bin"), [7; 1000]);
        assert!(text("vide").is_empty());
    }

    /// LibreOffice refuses an archive whose directory defers to ZIP64 what would fit.
    #[test]
    fn the_directory_tells_small_sizes_itself_even_of_what_might_have_been_large() {
        let bytes = sample();
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("an archive");
        let entry = archive.by_name("grand.txt").expect("an entry");
        let (compressed, size) = (entry.compressed_size(), entry.size());
        let at = usize::try_from(entry.central_header_start()).expect("in memory");
        let number = |from: usize| u64::from(u32::from_le_bytes(bytes[at + from..at + from + 4].try_into().expect("four bytes")));
        assert_eq!((number(20), number(24)), (compressed, size));
        assert_eq!(bytes[at + 30..at + 32], [0, 0], "no extra field");
        assert_eq!(size, (0..10_000).map(|number| format!("ligne {number}\n").len() as u64).sum::<u64>());
    }

    #[test]
    fn writing_outside_an_entry_is_refused() {
        assert!(Archive::new(Vec::new()).write_all(b"x").is_err());
    }
}
