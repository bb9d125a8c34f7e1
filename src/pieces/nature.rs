//! What a file is, by its bytes: its name opens nothing. What can run, or what a browser would take for a page, is refused,
//! and so is whatever is not known.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

use file_format::{FileFormat, Kind};
use zip::ZipArchive;

use super::extension::extension;

/// Bytes of a text looked at for what would make it a page or a program.
const HEAD_BYTES: usize = 64 * 1024;
/// Pixels of a side of an image at most, and of all of it.
const SIDE_MAX: usize = 20_000;
const PIXELS_MAX: usize = 100_000_000;
/// Bytes of the entry that says what an OpenDocument file is.
const MIMETYPE_BYTES_MAX: u64 = 100;

/// Bytes at the end of an archive where the end of its list of entries is looked for, by the library too: a comment of 64 KiB
/// may follow it.
const END_BYTES: u64 = 64 * 1024 + 26;
/// Bytes of that end, without its comment.
const END_RECORD: usize = 22;
/// Bytes of the list of entries of an archive at most, and entries: the library reads all of it into memory.
const ENTRIES_BYTES_MAX: u32 = 1024 * 1024;
const ENTRIES_MAX: u16 = 5_000;

/// What is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    Pdf,
    Jpeg,
    Png,
    Webp,
    Docx,
    Xlsx,
    Odt,
    Ods,
    Csv,
    Texte,
    /// A text whose letters are not in UTF-8: that of old spreadsheets.
    CsvAnsi,
    TexteAnsi,
}

/// Code, words, content type and extensions of each; the first extension is given to a name that has none of them.
type Facts = (Nature, &'static str, &'static str, &'static str, &'static [&'static str]);

const FACTS: &[Facts] = &[
    (Nature::Pdf, "pdf", "PDF", "application/pdf", &["pdf"]),
    (Nature::Jpeg, "jpeg", "Image JPEG", "image/jpeg", &["jpg", "jpeg", "jpe", "jfif"]),
    (Nature::Png, "png", "Image PNG", "image/png", &["png"]),
    (Nature::Webp, "webp", "Image WebP", "image/webp", &["webp"]),
    (Nature::Docx, "docx", "Texte DOCX", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    (Nature::Xlsx, "xlsx", "Tableur XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    (Nature::Odt, "odt", "Texte ODT", "application/vnd.oasis.opendocument.text", &["odt"]),
    (Nature::Ods, "ods", "Tableur ODS", "application/vnd.oasis.opendocument.spreadsheet", &["ods"]),
    (Nature::Csv, "csv", "CSV", "text/csv; charset=utf-8", &["csv"]),
    (Nature::Texte, "texte", "Texte", "text/plain; charset=utf-8", &["txt", "text", "md", "log"]),
    (Nature::CsvAnsi, "csvansi", "CSV", "text/csv; charset=windows-1252", &["csv"]),
    (Nature::TexteAnsi, "texteansi", "Texte", "text/plain; charset=windows-1252", &["txt", "text", "md", "log"]),
];

/// What is accepted, in words.
pub const ACCEPTES: &str = "PDF, images JPEG, PNG ou WebP, documents ODT, ODS, DOCX ou XLSX sans macros, CSV, texte";

/// The same for the window where a browser offers files: a help to the person, and no check.
pub const ACCEPT: &str = ".pdf,.jpg,.jpeg,.png,.webp,.odt,.ods,.docx,.xlsx,.csv,.txt";

/// Ends of names that a system runs, or shows as a page, when the file is opened: what they hold is text like another.
const RUN: &[&str] = &[
    "bat", "cmd", "com", "ps1", "psm1", "vbs", "vbe", "js", "jse", "mjs", "wsf", "wsh", "hta", "sh", "bash", "zsh", "py", "pl", "rb", "php", "lua",
    "jar", "reg", "inf", "scf", "url", "lnk", "html", "htm", "xhtml", "shtml", "mht", "mhtml", "svg", "xml", "xsl", "rtf",
];

/// Why a file is refused, after its name.
pub type Refus = String;

impl Nature {
    fn facts(self) -> &'static Facts {
        // Every nature has its line: `each_nature_has_its_line` holds it.
        FACTS.iter().find(|facts| facts.0 == self).unwrap_or(&FACTS[0])
    }

    /// As stored.
    pub fn code(self) -> &'static str {
        self.facts().1
    }

    /// In words.
    pub fn label(self) -> &'static str {
        self.facts().2
    }

    /// As a browser is told.
    pub fn content_type(self) -> &'static str {
        self.facts().3
    }

    /// Ends of the names of such files.
    pub fn extensions(self) -> &'static [&'static str] {
        self.facts().4
    }

    /// The one stored as `code`.
    pub fn from_code(code: &str) -> Option<Self> {
        FACTS.iter().find(|facts| facts.1 == code).map(|facts| facts.0)
    }
}

/// What `file`, which somebody calls `name`, is.
///
/// # Errors
/// The disk failed; inside, why the file is refused.
pub fn examine(file: &mut File, name: &str) -> io::Result<Result<Nature, Refus>> {
    file.rewind()?;
    let format = FileFormat::from_reader(&mut *file)?;
    file.rewind()?;
    Ok(match format {
        FileFormat::PortableDocumentFormat => Ok(Nature::Pdf),
        FileFormat::JointPhotographicExpertsGroup => image(file, Nature::Jpeg),
        FileFormat::PortableNetworkGraphics | FileFormat::AnimatedPortableNetworkGraphics => image(file, Nature::Png),
        FileFormat::Webp => image(file, Nature::Webp),
        FileFormat::Zip => office(file),
        _ => match text(file)? {
            Some(read) => of_text(&read, format, name),
            None => Err(unknown(format)),
        },
    })
}

fn unknown(format: FileFormat) -> Refus {
    match format.kind() {
        Kind::Executable => "c’est un programme, quel que soit son nom.".into(),
        Kind::Archive | Kind::Compressed | Kind::Disk => "c’est une archive. Joignez les fichiers qu’elle contient.".into(),
        _ => format!("ce type de fichier n’est pas accepté. Acceptés : {ACCEPTES}."),
    }
}

/// An image whose header says a size that a screen can show. Its pixels are never read.
fn image(file: &mut File, nature: Nature) -> Result<Nature, Refus> {
    let size = imagesize::reader_size(BufReader::new(file)).map_err(|_| Refus::from("cette image est abîmée : elle ne dit pas sa taille."))?;
    let fits = (1..=SIDE_MAX).contains(&size.width) && (1..=SIDE_MAX).contains(&size.height) && size.width * size.height <= PIXELS_MAX;
    if fits {
        return Ok(nature);
    }
    Err(format!("cette image annonce {} × {} points. Réduisez-la : {SIDE_MAX} points de côté au plus.", size.width, size.height))
}

/// Whether the list of entries of an archive, as its end says it, is one that is read. An archive of the kind made for more
/// than four gigabytes (ZIP64) says it elsewhere, and is not.
fn listed(file: &mut File) -> io::Result<bool> {
    let size = file.seek(io::SeekFrom::End(0))?;
    file.seek(io::SeekFrom::Start(size.saturating_sub(END_BYTES)))?;
    let mut end = Vec::new();
    file.by_ref().take(END_BYTES).read_to_end(&mut end)?;
    file.rewind()?;
    let mut ends = end.windows(END_RECORD).filter(|record| record.starts_with(b"PK\x05\x06")).peekable();
    if ends.peek().is_none() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // Each of them, whichever the library takes for the end.
    Ok(ends.all(|record| {
        let two = |place: usize| u16::from_le_bytes([record[place], record[place + 1]]);
        let four = |place: usize| u32::from_le_bytes([record[place], record[place + 1], record[place + 2], record[place + 3]]);
        two(8).max(two(10)) <= ENTRIES_MAX && four(12) <= ENTRIES_BYTES_MAX && four(16) < u32::MAX
    }))
}

/// A document of an office suite: an archive with the parts that make it one. Its list of entries alone is read.
fn office(file: &mut File) -> Result<Nature, Refus> {
    let broken = || Refus::from("ce document est abîmé : il ne s’ouvre pas.");
    if !listed(file).map_err(|_| broken())? {
        return Err("ce document contient trop d’éléments. Enregistrez-le en PDF, puis joignez-le.".into());
    }
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| broken())?;
    let names: Vec<String> = archive.file_names().filter_map(Result::ok).map(|name| name.to_lowercase()).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let macros = ["vbaproject.bin", "vbadata.xml"].iter().any(|end| names.iter().any(|name| name.ends_with(end)))
        || names.iter().any(|name| name.starts_with("basic/") || name.starts_with("scripts/") || name.contains("/activex/"));
    if macros {
        return Err("ce document contient des macros. Enregistrez-le sans elles (ODT, ODS, DOCX, XLSX), puis joignez-le.".into());
    }
    if has("[content_types].xml") && has("word/document.xml") {
        return Ok(Nature::Docx);
    }
    if has("[content_types].xml") && has("xl/workbook.xml") {
        return Ok(Nature::Xlsx);
    }
    let mut kind = String::new();
    if let Ok(entry) = archive.by_name("mimetype") {
        // What is no text is no type of ours.
        let _read = entry.take(MIMETYPE_BYTES_MAX).read_to_string(&mut kind);
    }
    match kind.trim() {
        "application/vnd.oasis.opendocument.text" if has("content.xml") => Ok(Nature::Odt),
        "application/vnd.oasis.opendocument.spreadsheet" if has("content.xml") => Ok(Nature::Ods),
        _ => Err(unknown(FileFormat::Zip)),
    }
}

/// What is read of a text.
struct Words {
    /// Its beginning, in small letters, without what is not seen before it.
    head: String,
    /// Whether its letters are in UTF-8.
    utf8: bool,
}

/// Reads a file as a text; nothing when it holds bytes that no text has.
fn text(file: &mut File) -> io::Result<Option<Words>> {
    file.rewind()?;
    let (mut head, mut utf8, mut rest) = (Vec::new(), true, Vec::new());
    let mut buffer = vec![0; HEAD_BYTES];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        let bytes = &buffer[..count];
        if bytes.iter().any(|byte| (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c)) || *byte == 0x7f) {
            return Ok(None);
        }
        if head.len() < HEAD_BYTES {
            head.extend_from_slice(bytes);
        }
        // A letter may stand across two readings.
        rest.extend_from_slice(bytes);
        match std::str::from_utf8(&rest) {
            Ok(_) => rest.clear(),
            Err(error) if error.error_len().is_none() => drop(rest.drain(..error.valid_up_to())),
            Err(_) => {
                utf8 = false;
                rest.clear();
            }
        }
    }
    let words = String::from_utf8_lossy(&head).to_lowercase();
    let head = words.trim_start_matches(|one: char| one.is_whitespace() || one == '\u{feff}').to_string();
    Ok(Some(Words { head, utf8: utf8 && rest.is_empty() }))
}

/// A text that is neither a page nor a program.
fn of_text(read: &Words, format: FileFormat, name: &str) -> Result<Nature, Refus> {
    let page = ["<script", "<html", "<svg", "<iframe", "<!doctype", "<object", "<embed"];
    let web = matches!(format, FileFormat::HypertextMarkupLanguage | FileFormat::ScalableVectorGraphics | FileFormat::ExtensibleMarkupLanguage);
    if web || read.head.starts_with('<') || page.iter().any(|mark| read.head.contains(mark)) {
        return Err("c’est une page web, une image SVG ou un fichier XML : ils peuvent contenir un programme. Joignez-en un PDF ou une image.".into());
    }
    let program = ["#!", "@echo", "{\\rtf", "windows registry editor", "[internetshortcut]"];
    let end = extension(name);
    if program.iter().any(|mark| read.head.starts_with(mark)) || end.as_deref().is_some_and(|end| RUN.contains(&end)) {
        return Err("c’est un script ou un fichier qu’un ordinateur exécute. Joignez-en un PDF.".into());
    }
    Ok(match (end.as_deref() == Some("csv"), read.utf8) {
        (true, true) => Nature::Csv,
        (true, false) => Nature::CsvAnsi,
        (false, true) => Nature::Texte,
        (false, false) => Nature::TexteAnsi,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn of(bytes: &[u8], name: &str) -> Result<Nature, Refus> {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        examine(&mut file, name).expect("read")
    }

    #[test]
    fn each_nature_has_its_line() {
        for facts in FACTS {
            assert_eq!((facts.0.code(), Nature::from_code(facts.1)), (facts.1, Some(facts.0)));
            assert!(facts.1.len() <= 10 && facts.1.bytes().all(|byte| byte.is_ascii_lowercase()), "{}", facts.1);
            assert!(facts.4.iter().all(|end| !RUN.contains(end)), "{}", facts.1);
        }
        assert_eq!(FACTS.len(), 12);
    }

    #[test]
    fn the_name_changes_nothing() {
        assert_eq!(of(b"%PDF-1.7\n1 0 obj\n", "photo.png"), Ok(Nature::Pdf));
        for name in ["facture.pdf", "photo.jpg", "liste.csv", "x"] {
            for bytes in [
                &b"MZ\x90\x00\x03\x00\x00\x00"[..],
                b"\x7fELF\x02\x01\x01\x00",
                b"\xca\xfe\xba\xbe\x00\x00\x00\x34",
                b"Rar!\x1a\x07\x01\x00",
                b"\x00\x01\x02",
            ] {
                assert!(of(bytes, name).is_err(), "{name} {bytes:?}");
            }
        }
    }

    #[test]
    fn pages_and_scripts_are_no_texts() {
        for bytes in [
            "<!DOCTYPE html><p>a",
            "\u{feff}  <svg xmlns='http://www.w3.org/2000/svg'/>",
            "<?xml version='1.0'?><a/>",
            "<?php echo 1;",
            "#!/bin/sh\nrm -rf /",
            "@echo off\r\ndel *",
            "nom;valeur\n<script>alert(1)</script>;2",
            "{\\rtf1 a}",
        ] {
            assert!(of(bytes.as_bytes(), "notes.txt").is_err(), "{bytes}");
        }
        for name in ["a.js", "a.VBS", "a.ps1", "a.html", "a.svg"] {
            assert!(of(b"du texte", name).is_err(), "{name}");
        }
    }

    #[test]
    fn texts_are_told_apart() {
        assert_eq!(of("a;b\n1;é\n".as_bytes(), "x.csv"), Ok(Nature::Csv));
        assert_eq!(of(b"a;b\n1;\xe9\n", "x.csv"), Ok(Nature::CsvAnsi));
        assert_eq!(of("été".as_bytes(), "x"), Ok(Nature::Texte));
        assert_eq!(of(b"\xe9t\xe9", "x.txt"), Ok(Nature::TexteAnsi));
        // It begins as an image of Windows does, and is a text.
        assert_eq!(of(b"BMW;1\n", "x.csv"), Ok(Nature::Csv));
        // A letter across two readings.
        assert_eq!(of(format!("{}é", "a".repeat(HEAD_BYTES - 1)).as_bytes(), "x.txt"), Ok(Nature::Texte));
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(b"\x08\x06\x00\x00\x00\x00\x00\x00\x00");
        bytes
    }

    #[test]
    fn an_image_is_as_large_as_its_header_says() {
        assert_eq!(of(&png(640, 480), "x"), Ok(Nature::Png));
        assert!(of(&png(60_000, 60_000), "x.png").is_err_and(|why| why.contains("60000 × 60000")));
        assert!(of(&png(19_000, 19_000), "x.png").is_err(), "too many pixels");
        assert!(of(&png(0, 10), "x.png").is_err());
        assert!(of(b"\xff\xd8\xff\xe0\x00\x10JFIF", "x.jpg").is_err(), "no size");
    }

    fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, body) in entries {
            writer.start_file(*name, zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored)).expect("an entry");
            writer.write_all(body.as_bytes()).expect("written");
        }
        writer.finish().expect("an archive").into_inner()
    }

    #[test]
    fn an_office_document_is_its_parts() {
        let types = ("[Content_Types].xml", "<Types/>");
        assert_eq!(of(&archive(&[types, ("word/document.xml", "")]), "x.zip"), Ok(Nature::Docx));
        assert_eq!(of(&archive(&[types, ("xl/workbook.xml", "")]), "x"), Ok(Nature::Xlsx));
        let odt = ("mimetype", "application/vnd.oasis.opendocument.text");
        assert_eq!(of(&archive(&[odt, ("content.xml", "")]), "x.odt"), Ok(Nature::Odt));
        assert!(of(&archive(&[("a.txt", "")]), "x.docx").is_err(), "any archive");
        assert!(of(&archive(&[types, ("word/document.xml", ""), ("word/vbaProject.bin", "")]), "x.docx").is_err_and(|why| why.contains("macros")));
        assert!(of(&archive(&[odt, ("content.xml", ""), ("Basic/script-lc.xml", "")]), "x.odt").is_err_and(|why| why.contains("macros")));
        assert!(of(b"PK\x03\x04 cut", "x.docx").is_err());
    }

    #[test]
    fn an_archive_has_so_many_entries_and_no_more() {
        let names: Vec<String> = (0..6_000).map(|number| format!("word/{number}")).collect();
        let parts = |count: usize| {
            let known = [("[Content_Types].xml", ""), ("word/document.xml", "")];
            archive(&known.into_iter().chain(names.iter().take(count).map(|name| (name.as_str(), ""))).collect::<Vec<_>>())
        };
        assert_eq!(of(&parts(4_900), "x.docx"), Ok(Nature::Docx));
        assert!(of(&parts(5_000), "x.docx").is_err_and(|why| why.contains("trop d’éléments")));
        // Few entries, with names that fill the list.
        let long = "a".repeat(60_000);
        let names: Vec<String> = (0..20).map(|number| format!("word/{number}{long}")).collect();
        let wide = archive(
            &[("[Content_Types].xml", ""), ("word/document.xml", "")]
                .into_iter()
                .chain(names.iter().map(|name| (name.as_str(), "")))
                .collect::<Vec<_>>(),
        );
        assert!(of(&wide, "x.docx").is_err_and(|why| why.contains("trop d’éléments")));
        // What says that it is counted elsewhere is not looked for.
        let mut giant = parts(1);
        let end = giant.len() - END_RECORD;
        giant[end + 8..end + 12].fill(0xff);
        assert!(of(&giant, "x.docx").is_err_and(|why| why.contains("trop d’éléments")));
    }
}
