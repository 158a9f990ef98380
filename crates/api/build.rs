//! Takes the watch page into the program: what is in `web/player`, and hls.js if `scripts/build-player` was run.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs};

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

    let mut code = String::new();
    for (name, file, content_type) in [
        ("INDEX_HTML", "index.html", "text/html; charset=utf-8"),
        ("PLAYER_JS", "player.js", JAVASCRIPT),
        ("PLAYER_CSS", "player.css", "text/css; charset=utf-8"),
    ] {
        let path = player.join(file);
        let asset = asset(&path, content_type).unwrap_or_else(|| panic!("{} is missing", path.display()));
        writeln!(code, "pub(super) const {name}: Asset = {asset};").expect("a string takes it all");
    }
    let hls = asset(&hls, JAVASCRIPT).map_or("None".to_owned(), |asset| format!("Some({asset})"));
    writeln!(code, "pub(super) const HLS_JS: Option<Asset> = {hls};").expect("a string takes it all");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("assets.rs");
    fs::write(&out, code).unwrap_or_else(|error| panic!("can't write {}: {error}", out.display()));
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
