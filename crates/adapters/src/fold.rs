//! Case folding of titles and keywords, the same for every store.

/// The text without regard to case. Each character is taken for itself, so a folded part of a text is a part of
/// the folded text; going by way of upper case brings together what lower case alone does not (`ς` and `σ`, `ß`
/// and `ss`).
pub(crate) fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_is_folded_as_unicode_does() {
        assert_eq!(fold("ÉCOLE"), fold("école"));
        assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
        assert_eq!(fold("STRASSE"), fold("straße"));
        assert!(fold("ΟΔΟΣΑ").contains(&fold("ΟΔΟΣ")));
    }
}
