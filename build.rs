//! Prepares the browser files: the style sheets in one, each file compressed and named by its
//! content, with a constant for each address.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Files served, and the constant that holds the address of each.
const FILES: &[(&str, &str, &str)] = &[
    ("static/vendor/htmx.min.js", "htmx.js", "HTMX_JS"),
    ("static/vendor/icones.svg", "icones.svg", "ICONES_SVG"),
    ("static/favicon.svg", "favicon.svg", "FAVICON_SVG"),
    ("static/pages/envois.js", "envois.js", "ENVOIS_JS"),
];
/// Fonts of letters in PDF, which `src/platform/pdf/fonts.rs` embeds.
const FONTS: &[&str] = &["static/vendor/polices/OpenSans-Regular.ttf", "static/vendor/polices/OpenSans-Bold.ttf"];
/// Style sheets, in the order of the cascade, and the scripts that follow `static/app.js`.
const STYLES: &str = "static/css";
const SCRIPTS: &str = "static/js";

fn main() {
    println!("cargo:rerun-if-changed=static");
    println!("cargo:rerun-if-changed=migrations");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let folder = out.join("assets");
    let _absent_the_first_time = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("OUT_DIR can be written");
    let mut constants = String::new();
    let mut declare = |name: &str, constant: &str, content: &[u8]| {
        let served = store(&folder, name, content);
        writeln!(constants, "/// Address of `{name}`.\npub const {constant}: &str = \"/static/{served}\";").expect("a String can be written");
    };
    for (path, name, constant) in FILES {
        match fs::read(path) {
            Ok(content) => declare(name, constant, &content),
            Err(error) => panic!("{path}: {error}. Run bin/setup: it installs the browser files."),
        }
    }
    for path in FONTS {
        assert!(Path::new(path).exists(), "{path} is not there. Run bin/setup: it installs the fonts of letters.");
    }
    declare("app.css", "APP_CSS", joined(STYLES).as_bytes());
    let first = fs::read_to_string("static/app.js").expect("static/app.js exists");
    declare("app.js", "APP_JS", format!("{first}\n{}", joined(SCRIPTS)).as_bytes());
    fs::write(out.join("assets.rs"), constants).expect("OUT_DIR can be written");
}

/// The files of a folder, one after the other.
fn joined(folder: &str) -> String {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).expect("the folder exists").filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).expect("a browser file is UTF-8")).collect()
}

fn store(folder: &Path, name: &str, content: &[u8]) -> String {
    let digest: String = Sha256::digest(content).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let (stem, extension) = name.rsplit_once('.').expect("browser files have an extension");
    let served = format!("{stem}.{digest}.{extension}");
    fs::write(folder.join(&served), content).expect("OUT_DIR can be written");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(content).expect("a Vec can be written");
    fs::write(folder.join(format!("{served}.gz")), gzip.finish().expect("a Vec can be written")).expect("OUT_DIR can be written");
    let mut brotli = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut brotli, &brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() })
        .expect("a Vec can be written");
    fs::write(folder.join(format!("{served}.br")), brotli).expect("OUT_DIR can be written");
    served
}
