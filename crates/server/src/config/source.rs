//! Where values come from: the file and the environment, each value with the place where it stands.

use std::fmt;
use std::path::Path;

use config::{ConfigError, Map, Source, Value};
use toml::de::{DeTable, DeValue};

use super::keys::{self, Fallback, KEYS};

/// What every environment variable of the configuration begins with.
pub(crate) const PREFIX: &str = "VIDEOROOM__";

/// One value, as text, with the place where it stands.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) text: String,
    pub(crate) origin: String,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({} from {})", self.key, self.origin)
    }
}

/// All values of one source.
#[derive(Debug, Clone)]
pub(crate) struct Layer(pub(crate) Vec<Entry>);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        let value = |entry: &Entry| Value::new(Some(&entry.origin), entry.text.clone());
        Ok(self
            .0
            .iter()
            .map(|entry| (entry.key.clone(), value(entry)))
            .collect())
    }
}

/// The defaults.
pub(crate) fn defaults() -> Layer {
    let entry = |key: &keys::Key| match key.default {
        Fallback::Value(text) => Some(Entry {
            key: key.name.to_owned(),
            text: text.to_owned(),
            origin: "default".to_owned(),
        }),
        Fallback::Unset(_) => None,
    };
    Layer(KEYS.iter().filter_map(entry).collect())
}

/// The values among `variables`. One that is empty counts as not set, as container tools pass them on.
pub(crate) fn environment(variables: impl IntoIterator<Item = (String, String)>) -> Layer {
    let entry = |(name, text): (String, String)| {
        let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase().replace("__", ".");
        (!text.is_empty()).then(|| Entry {
            key,
            text,
            origin: format!("environment variable {name}"),
        })
    };
    Layer(variables.into_iter().filter_map(entry).collect())
}

/// The values of a TOML file, each with its line.
///
/// # Errors
/// What is wrong with the file, with the place.
pub(crate) fn file(name: &Path, text: &str) -> Result<Layer, String> {
    let at = |offset: usize| {
        let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}", name.display())
    };
    let table = DeTable::parse(text).map_err(|error| {
        let place = at(error.span().map_or(0, |span| span.start));
        format!("{place}: {}", error.message().replace('\n', ", "))
    })?;
    let mut entries = Vec::new();
    flatten("", table.get_ref(), &at, &mut entries)?;
    Ok(Layer(entries))
}

fn flatten(
    prefix: &str,
    table: &DeTable<'_>,
    at: &dyn Fn(usize) -> String,
    entries: &mut Vec<Entry>,
) -> Result<(), String> {
    for (name, value) in table {
        let key = format!("{prefix}{}", name.get_ref());
        let origin = at(name.span().start);
        let text = match value.get_ref() {
            DeValue::Table(table) => {
                flatten(&format!("{key}."), table, at, entries)?;
                continue;
            }
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Boolean(flag) => flag.to_string(),
            _ => {
                return Err(format!(
                    "{origin}: {key} must be a text in quotes, a whole number, or true or false"
                ));
            }
        };
        entries.push(Entry { key, text, origin });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(layer: &Layer) -> Vec<String> {
        let mut told: Vec<_> = layer
            .0
            .iter()
            .map(|e| format!("{} = {} ({})", e.key, e.text, e.origin))
            .collect();
        told.sort();
        told
    }

    #[test]
    fn values_of_a_file_know_their_lines() {
        let text =
            "data_dir = \"d\"\n\n[http]\nbind = \"[::]:1\"\ntls.cert = \"c\"\n[limits]\nviewers = 1_000\n";
        let layer = file(Path::new("v.toml"), text).unwrap();
        assert_eq!(
            told(&layer),
            [
                "data_dir = d (v.toml:1)",
                "http.bind = [::]:1 (v.toml:4)",
                "http.tls.cert = c (v.toml:5)",
                "limits.viewers = 1000 (v.toml:7)"
            ]
        );
    }

    #[test]
    fn broken_file_is_refused_with_its_line() {
        let problem = file(Path::new("v.toml"), "[http]\nbind = \n").unwrap_err();
        assert!(problem.starts_with("v.toml:2: "), "{problem}");
        let problem = file(Path::new("v.toml"), "[http]\nbind = [1]\n").unwrap_err();
        assert_eq!(
            problem,
            "v.toml:2: http.bind must be a text in quotes, a whole number, or true or false"
        );
    }

    #[test]
    fn only_variables_of_ours_are_read_and_empty_ones_are_not_set() {
        let variables = [
            ("PATH", "/bin"),
            ("VIDEOROOM__HTTP__TLS__CERT", "c"),
            ("VIDEOROOM__DATA_DIR", ""),
        ];
        let layer = environment(variables.map(|(name, text)| (name.to_owned(), text.to_owned())));
        assert_eq!(
            told(&layer),
            ["http.tls.cert = c (environment variable VIDEOROOM__HTTP__TLS__CERT)"]
        );
    }
}
