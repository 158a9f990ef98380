//! What a partial change wants of one field.

/// What a partial change wants of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// Nothing is to be there.
    Clear,
    /// This is to be there.
    Set(T),
}

impl<T> Patch<T> {
    /// The same of another value, if that is good.
    pub(crate) fn try_map<U, E>(self, new: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(new(value)?),
        })
    }

    /// Does it to `field`.
    pub(crate) fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }

    /// Whether anything is wanted.
    pub(crate) const fn is_wanted(&self) -> bool {
        !matches!(self, Self::Keep)
    }
}

#[cfg(test)]
mod tests {
    use super::Patch;

    #[test]
    fn a_field_is_kept_cleared_or_set() {
        let after = |patch: Patch<u8>| {
            let mut field = Some(1);
            patch.apply(&mut field);
            field
        };
        assert_eq!(after(Patch::Keep), Some(1));
        assert_eq!(after(Patch::Clear), None);
        assert_eq!(after(Patch::Set(2)), Some(2));
    }
}
