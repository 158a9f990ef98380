//! Configuration: defaults < file < environment, every value with the place where it came from.

mod keys;
mod problems;
mod settings;
mod source;
mod value;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use config::builder::DefaultState;
use config::{Config, ConfigBuilder, Source as _, ValueKind};

pub(crate) use problems::Problems;
pub(crate) use settings::{Settings, Url};
pub(crate) use value::{LogFormat, StorageUrl};

use keys::{Fallback, KEYS};
use source::{Entry, Layer};
use value::ConfigValue;

/// The file that is read when `--config` doesn't name another one.
pub(crate) const DEFAULT_FILE: &str = "videoroom.toml";

/// What is in force: for each key that has a value, its text and the place where it came from.
#[derive(Debug)]
pub(crate) struct Effective(BTreeMap<String, Entry>);

impl Effective {
    /// Reads the configuration of this process: `file`, or else `videoroom.toml` if there is one, and the
    /// environment.
    ///
    /// # Errors
    /// [`Problems`], all that there are at once.
    pub(crate) fn load(file: Option<&Path>) -> anyhow::Result<Self> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                let what = format!("can't read the configuration file {}", path.display());
                let advice = "name a file that can be read with --config FILE, or leave it out";
                return Err(crate::failure::Failure::new(what, advice).because(error).into());
            }
        };
        let variables = std::env::vars_os()
            .filter_map(|(name, text)| Some((name.into_string().ok()?, text.to_string_lossy().into_owned())));
        Self::merge(text.as_deref().map(|text| (path, text)), variables)
    }

    fn merge(
        file: Option<(&Path, &str)>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let mut problems = Problems::default();
        let mut layers = vec![source::defaults()];
        if let Some((path, text)) = file {
            match source::file(path, text) {
                Ok(layer) => layers.push(layer),
                Err(problem) => problems.add(problem),
            }
        }
        layers.push(source::environment(variables));
        for entry in layers.iter().flat_map(|Layer(entries)| entries) {
            problems.check(entry);
        }
        problems.into_result()?;

        let merged = layers
            .into_iter()
            .fold(Config::builder(), ConfigBuilder::<DefaultState>::add_source);
        let merged = merged
            .build()
            .and_then(|merged| merged.collect())
            .context("can't merge the configuration")?;
        let mut effective = BTreeMap::new();
        flatten("", merged, &mut effective);
        Ok(Self(effective))
    }

    /// The text of a key, unless it has no value.
    fn entry(&self, name: &str) -> Option<&Entry> {
        self.0.get(name)
    }

    /// The value of a key, unless it has none. Texts were checked when they were read.
    fn get<T: ConfigValue>(&self, name: &str) -> Option<T> {
        debug_assert!(keys::find(name).is_some(), "{name} is in the table");
        self.entry(name).and_then(|entry| T::parse(&entry.text))
    }

    /// The keys that somebody set although this release does nothing with them, with the place.
    pub(crate) fn unused(&self) -> Vec<(&'static str, &str)> {
        let set = |key: &&keys::Key| !key.used && !self.is_default(key.name);
        let told = |key: &keys::Key| Some((key.name, self.entry(key.name)?.origin.as_str()));
        KEYS.iter().filter(set).filter_map(told).collect()
    }

    fn is_default(&self, name: &str) -> bool {
        self.entry(name).is_none_or(|entry| entry.origin == "default")
    }

    /// All keys with their values as a TOML file, secrets masked, the origin of each value as a comment.
    pub(crate) fn to_toml(&self) -> String {
        let mut lines = Vec::new();
        for key in KEYS {
            lines.push(match (self.entry(key.name), key.default) {
                (Some(entry), _) => (
                    format!("{} = {}", key.name, in_toml(&(key.shown)(&entry.text))),
                    entry.origin.as_str(),
                ),
                (None, Fallback::Unset(meaning) | Fallback::Value(meaning)) => {
                    (format!("# {}", key.name), meaning)
                }
            });
        }
        let width = lines
            .iter()
            .map(|(line, _)| line.chars().count())
            .max()
            .unwrap_or_default();
        lines.iter().fold(String::new(), |mut text, (line, origin)| {
            let _ = writeln!(text, "{line:width$}  # {origin}");
            text
        })
    }

    /// All keys with value, origin, meaning and variable as JSON, secrets masked.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let key = |key: &keys::Key| {
            let entry = self.entry(key.name);
            let value = entry.map(|entry| (key.shown)(&entry.text));
            serde_json::json!({
                "key": key.name, "value": value, "origin": entry.map_or("default", |entry| &entry.origin),
                "secret": key.secret, "description": key.doc, "accepted": key.accepted, "variable": key.variable(),
            })
        };
        KEYS.iter().map(key).collect()
    }
}

/// A text as it stands in a TOML file: numbers and flags as they are, anything else as a basic string (TOML 1.0),
/// in which quotes, backslashes and control characters are escaped.
fn in_toml(text: &str) -> String {
    if text.parse::<u64>().is_ok() || text.parse::<bool>().is_ok() {
        return text.to_owned();
    }
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}

fn flatten(prefix: &str, table: config::Map<String, config::Value>, into: &mut BTreeMap<String, Entry>) {
    for (name, value) in table {
        let key = format!("{prefix}{name}");
        let origin = value.origin().unwrap_or("default").to_owned();
        match value.kind {
            ValueKind::Table(table) => flatten(&format!("{key}."), table, into),
            other => {
                let text = other.to_string();
                into.insert(key.clone(), Entry { key, text, origin });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(file: &str, variables: &[(&str, &str)]) -> anyhow::Result<Effective> {
        let variables = variables
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Effective::merge(Some((Path::new("v.toml"), file)), variables)
    }

    fn problems(file: &str, variables: &[(&str, &str)]) -> String {
        merged(file, variables).unwrap_err().to_string()
    }

    #[test]
    fn environment_wins_over_file_and_file_over_default() {
        let variables = [("VIDEOROOM__MEDIA__WINDOW", "20s")];
        let effective = merged(
            "[media]\nwindow = \"18s\"\nsegment_duration = \"4s\"\n",
            &variables,
        )
        .unwrap();
        let of = |key| {
            effective
                .entry(key)
                .map(|entry| (entry.text.as_str(), entry.origin.as_str()))
        };
        assert_eq!(
            of("media.window"),
            Some(("20s", "environment variable VIDEOROOM__MEDIA__WINDOW"))
        );
        assert_eq!(of("media.segment_duration"), Some(("4s", "v.toml:3")));
        assert_eq!(of("media.part_duration"), Some(("333ms", "default")));
        assert_eq!(of("http.public_url"), None);
    }

    #[test]
    fn unknown_keys_are_named_with_their_place_and_the_nearest_key() {
        let told = problems("[http]\nbnd = \"x\"\n", &[("VIDEOROOM__STORAGE__URI", "memory:")]);
        assert!(
            told.contains("v.toml:2: unknown key http.bnd; did you mean http.bind?"),
            "{told}"
        );
        let expected = "environment variable VIDEOROOM__STORAGE__URI: unknown key storage.uri; did you mean storage.url \
                        (VIDEOROOM__STORAGE__URL)?";
        assert!(told.contains(expected), "{told}");
    }

    #[test]
    fn section_that_is_given_a_value_is_an_unknown_key() {
        let told = problems("http = \"127.0.0.1:80\"\n", &[]);
        assert!(told.contains("v.toml:1: unknown key http"), "{told}");
    }

    #[test]
    fn bad_values_are_named_with_what_is_accepted() {
        let told = problems(
            "[media]\nwindow = 12\n",
            &[("VIDEOROOM__STORAGE__URL", "postgres://u:p@h/d?sslmode=x")],
        );
        assert!(
            told.contains(
                "v.toml:2: media.window can't be \"12\"; accepted is a length of time such as 200ms"
            ),
            "{told}"
        );
        assert!(
            told.contains("accepted is sqlite:PATH, memory:, or postgres://"),
            "{told}"
        );
        assert!(!told.contains("u:p@h"), "{told}");
    }

    #[test]
    fn short_secrets_are_refused_without_showing_them() {
        let told = problems("", &[("VIDEOROOM__BOOTSTRAP__API_SECRET", "hunter2")]);
        assert!(told.contains("bootstrap.api_secret"), "{told}");
        assert!(told.contains("at least 32"), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn printed_configuration_masks_secrets_and_can_be_read_again() {
        let secret = "0123456789abcdef0123456789abcdef";
        let effective = merged(&format!("bootstrap.api_secret = \"{secret}\"\n"), &[]).unwrap();
        let printed = effective.to_toml();
        assert!(!printed.contains(secret), "{printed}");
        assert!(!effective.to_json().to_string().contains(secret));
        assert!(printed.contains("# v.toml:1"), "{printed}");
        let again = printed.replace("********", secret);
        assert_eq!(merged(&again, &[]).unwrap().to_toml().lines().count(), KEYS.len());
    }

    #[test]
    fn printed_configuration_shows_a_database_without_its_password() {
        let url = "postgres://u:hunter2@h/d";
        let effective = merged(&format!("storage.url = \"{url}\"\n"), &[]).unwrap();
        for printed in [effective.to_toml(), effective.to_json().to_string()] {
            assert!(printed.contains("postgres://u:********@h/d"), "{printed}");
            assert!(!printed.contains("hunter2"), "{printed}");
        }
    }

    #[test]
    fn printed_texts_are_escaped_as_toml_wants_it() {
        assert_eq!(in_toml("16"), "16");
        assert_eq!(in_toml("true"), "true");
        assert_eq!(in_toml("a \"b\" \\ \u{1b}"), r#""a \"b\" \\ \u001B""#);
    }

    #[test]
    fn keys_for_later_are_told_only_when_set() {
        assert_eq!(merged("", &[]).unwrap().unused(), []);
        let effective = merged("[limits]\nchat_connections = 10\n", &[]).unwrap();
        assert_eq!(effective.unused(), [("limits.chat_connections", "v.toml:2")]);
    }
}
