//! Takes pages into the program: the watch page as it is in `web/player`, with hls.js if `scripts/build-player` was
//! run, and the page of the API's description as it is in `web/docs`, with Swagger UI from the crate that carries it.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::{env, fs};

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED as SWAGGER_UI;
use zip::ZipArchive;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

fn main() {
    let web = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../web");
    let player = web.join("player");
    let hls = web.join("dist/hls.js");
    println!("cargo:rerun-if-changed={}", player.display());
    // What is not there can't be watched, but the folder in which it will appear can.
    let watched = [hls.clone(), web.join("dist"), web.clone()]
        .into_iter()
        .find(|path| path.exists());
    if let Some(watched) = watched {
        println!("cargo:rerun-if-changed={}", watched.display());
    }

    let docs = web.join("docs");
    println!("cargo:rerun-if-changed={}", docs.display());

    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let mut code = String::new();
    for (name, path, content_type) in [
        ("INDEX_HTML", player.join("index.html"), HTML),
        ("PLAYER_JS", player.join("player.js"), JAVASCRIPT),
        ("PLAYER_CSS", player.join("player.css"), CSS),
        ("DOCS_HTML", docs.join("index.html"), HTML),
        ("DOCS_JS", docs.join("docs.js"), JAVASCRIPT),
        ("DOCS_CSS", docs.join("docs.css"), CSS),
        (
            "SWAGGER_JS",
            swagger(&out, "dist/swagger-ui-bundle.js"),
            JAVASCRIPT,
        ),
        ("SWAGGER_CSS", swagger(&out, "dist/swagger-ui.css"), CSS),
        (
            "SWAGGER_LICENSE",
            swagger(&out, "LICENSE"),
            "text/plain; charset=utf-8",
        ),
    ] {
        let asset = asset(&path, content_type).unwrap_or_else(|| panic!("{} is missing", path.display()));
        writeln!(code, "pub(crate) const {name}: Asset = {asset};").expect("a string takes it all");
    }
    let hls = asset(&hls, JAVASCRIPT).map_or("None".to_owned(), |asset| format!("Some({asset})"));
    writeln!(code, "pub(crate) const HLS_JS: Option<Asset> = {hls};").expect("a string takes it all");
    let out = out.join("assets.rs");
    fs::write(&out, code).unwrap_or_else(|error| panic!("can't write {}: {error}", out.display()));
}

/// Takes a file of Swagger UI out of its archive.
fn swagger(out: &Path, wanted: &str) -> PathBuf {
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI)).expect("the crate carries an archive");
    let name = archive
        .file_names()
        .filter_map(Result::ok)
        .find(|name| name.split_once('/').is_some_and(|(_, inner)| inner == wanted))
        .expect("Swagger UI has this file")
        .to_string();
    let mut bytes = Vec::new();
    let mut file = archive.by_name(&name).expect("it was just found");
    file.read_to_end(&mut bytes).expect("the archive is whole");
    let path = out.join(wanted.replace('/', "-"));
    fs::write(&path, bytes).unwrap_or_else(|error| panic!("can't write {}: {error}", path.display()));
    path
}

/// The expression of an asset, if its file is there; its tag is a hash of its bytes.
fn asset(path: &Path, content_type: &str) -> Option<String> {
    let bytes = fs::read(path).ok()?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = hasher.finish();
    let path = path.canonicalize().expect("it was just read");
    let path = path.to_str().expect("the build runs below a path in UTF-8");
    Some(format!(
        "Asset {{ bytes: include_bytes!({path:?}), content_type: {content_type:?}, tag: \"\\\"{tag:016x}\\\"\" }}"
    ))
}
