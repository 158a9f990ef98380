//! A small disk that a test can fill.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small disk in memory, unmounted when this is dropped.
pub(crate) struct Disk(PathBuf);

impl Disk {
    /// Mounts one of that size in that directory, if this user may.
    pub(crate) fn mount(directory: &Path, size: &str) -> Option<Self> {
        let place = directory.join("disk");
        fs::create_dir(&place).expect("a directory");
        let mounted = as_root("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=0777"), "tmpfs"])
            .arg(&place)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self(place)),
            refused if std::env::var("CI").is_ok_and(|ci| ci == "true") => {
                panic!("a full disk can't be tested where nothing can be mounted: {refused:?}")
            }
            refused => {
                eprintln!("NOT TESTED: nothing can be mounted here: {refused:?}");
                None
            }
        }
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &Path {
        &self.0
    }

    /// Takes all the room that is left.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.0.join("ballast")).expect("a file");
        while file.write_all(&[0; 4096]).is_ok() {}
        while file.write_all(&[0]).is_ok() {}
    }

    /// Gives it back.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).expect("the ballast");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Whoever still has a file open keeps what is below it, not the mount.
        let _ = as_root("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn as_root(program: &str) -> Command {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    if id.stdout.trim_ascii() == b"0" {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}
