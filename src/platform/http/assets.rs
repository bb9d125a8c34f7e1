//! Style sheet, scripts and icons: embedded, compressed when built, named by their content and so
//! kept for ever by browsers.

use std::io::Cursor;

use include_dir::{Dir, include_dir};
use rocket::Request;
use rocket::http::{ContentType, Status};
use rocket::response::{self, Responder, Response};

static ASSETS: Dir<'static> = include_dir!("$OUT_DIR/assets");

// `build.rs` writes one constant per file: its address, with the digest of its content.
include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A file to send, in the best encoding that the browser takes.
pub struct Asset(&'static str);

/// The asset served under `name` (with its digest), if there is one.
pub fn find(name: &str) -> Option<Asset> {
    ASSETS.get_file(name).and_then(|file| file.path().to_str()).map(Asset)
}

/// What browsers are given that others wrote, each with its version: « htmx.org 4.0.1 ».
pub fn versions() -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Packages {
        dependencies: std::collections::BTreeMap<String, String>,
    }
    // The file that `bin/setup` fetches them by; a test reads it.
    let packages: Option<Packages> = serde_json::from_str(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/package.json"))).ok();
    packages.map(|packages| packages.dependencies).unwrap_or_default().iter().map(|(name, version)| format!("{name} {version}")).collect()
}

/// The type of a file of ours, all of them text in UTF-8.
fn kind(extension: &str) -> ContentType {
    match extension {
        "css" => ContentType::CSS,
        "js" => ContentType::new("text", "javascript").with_params(("charset", "utf-8")),
        "svg" => ContentType::SVG.with_params(("charset", "utf-8")),
        _ => ContentType::Binary,
    }
}

impl<'r> Responder<'r, 'static> for Asset {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let accepted: String = request.headers().get("Accept-Encoding").collect::<Vec<_>>().join(",");
        let candidates = [("br", ".br"), ("gzip", ".gz"), ("", "")];
        let found = candidates.iter().find_map(|(encoding, suffix)| {
            let wanted = encoding.is_empty() || accepted.split(',').any(|one| one.trim().split(';').next() == Some(*encoding));
            wanted.then(|| ASSETS.get_file(format!("{}{suffix}", self.0))).flatten().map(|file| (*encoding, file))
        });
        let Some((encoding, file)) = found else { return Err(Status::NotFound) };
        let extension = self.0.rsplit('.').next().unwrap_or_default();
        let mut response = Response::build();
        response
            .header(kind(extension))
            .raw_header("Cache-Control", "public, max-age=31536000, immutable")
            .raw_header("Vary", "Accept-Encoding")
            .sized_body(file.contents().len(), Cursor::new(file.contents()));
        if !encoding.is_empty() {
            response.raw_header("Content-Encoding", encoding);
        }
        response.ok()
    }
}
