//! AMF0, the notation of RTMP's commands and metadata.

use bytes::{Buf, BufMut};

/// How deep values may be nested in each other.
pub const MAX_DEPTH: usize = 16;

/// A value of AMF0 (Adobe, "Action Message Format -- AMF 0", 2007).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A double.
    Number(f64),
    /// A truth value.
    Boolean(bool),
    /// A string, of either length form; XML documents are read as one too.
    String(String),
    /// Properties in the order of the wire; a typed object is read as one too.
    Object(Vec<(String, Value)>),
    /// Properties with a count that nobody trusts.
    EcmaArray(Vec<(String, Value)>),
    /// Values without names.
    StrictArray(Vec<Value>),
    /// Milliseconds since the Unix epoch. Its time zone is reserved, and is not kept.
    Date(f64),
    /// Nothing.
    Null,
    /// Less than nothing; references and the marker of unsupported values are read as it too.
    Undefined,
}

impl Value {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number.
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub const fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The property `name` of an object or an ECMA array.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(properties) | Self::EcmaArray(properties) => properties
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// An object of strings, as statuses are.
    pub fn object<const N: usize>(properties: [(&str, Self); N]) -> Self {
        Self::Object(
            properties
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

/// Why bytes are no AMF0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmfError {
    /// They end within a value.
    #[error("an AMF0 value is cut off")]
    Truncated,
    /// A value begins with a marker that AMF0 does not have.
    #[error("unknown AMF0 marker {0}")]
    UnknownMarker(u8),
    /// Values are nested deeper than [`MAX_DEPTH`].
    #[error("AMF0 values are nested too deep")]
    TooDeep,
}

const NUMBER: u8 = 0;
const BOOLEAN: u8 = 1;
const STRING: u8 = 2;
const OBJECT: u8 = 3;
const NULL: u8 = 5;
const UNDEFINED: u8 = 6;
const REFERENCE: u8 = 7;
const ECMA_ARRAY: u8 = 8;
const OBJECT_END: u8 = 9;
const STRICT_ARRAY: u8 = 10;
const DATE: u8 = 11;
const LONG_STRING: u8 = 12;
const UNSUPPORTED: u8 = 13;
const XML: u8 = 15;
const TYPED_OBJECT: u8 = 16;

/// Reads one value off the front of `bytes`.
pub fn decode(bytes: &mut &[u8]) -> Result<Value, AmfError> {
    value(bytes, 0)
}

/// Reads values until `bytes` is empty.
pub fn decode_all(mut bytes: &[u8]) -> Result<Vec<Value>, AmfError> {
    let mut values = Vec::new();
    while !bytes.is_empty() {
        values.push(decode(&mut bytes)?);
    }
    Ok(values)
}

fn value(bytes: &mut &[u8], depth: usize) -> Result<Value, AmfError> {
    if depth >= MAX_DEPTH {
        return Err(AmfError::TooDeep);
    }
    Ok(match byte(bytes)? {
        NUMBER => Value::Number(number(bytes)?),
        BOOLEAN => Value::Boolean(byte(bytes)? != 0),
        STRING => Value::String(short_string(bytes)?),
        OBJECT => Value::Object(properties(bytes, depth)?),
        NULL => Value::Null,
        UNDEFINED | UNSUPPORTED => Value::Undefined,
        REFERENCE => {
            take(bytes, 2)?;
            Value::Undefined
        }
        ECMA_ARRAY => {
            take(bytes, 4)?;
            Value::EcmaArray(properties(bytes, depth)?)
        }
        STRICT_ARRAY => Value::StrictArray(elements(bytes, depth)?),
        DATE => {
            let millis = number(bytes)?;
            take(bytes, 2)?;
            Value::Date(millis)
        }
        LONG_STRING | XML => {
            let length = bytes.try_get_u32().map_err(|_| AmfError::Truncated)?;
            Value::String(text(bytes, usize::try_from(length).unwrap_or(usize::MAX))?)
        }
        TYPED_OBJECT => {
            short_string(bytes)?;
            Value::Object(properties(bytes, depth)?)
        }
        other => return Err(AmfError::UnknownMarker(other)),
    })
}

fn properties(bytes: &mut &[u8], depth: usize) -> Result<Vec<(String, Value)>, AmfError> {
    let mut properties = Vec::new();
    loop {
        let name = short_string(bytes)?;
        if name.is_empty() && bytes.first() == Some(&OBJECT_END) {
            bytes.advance(1);
            return Ok(properties);
        }
        properties.push((name, value(bytes, depth + 1)?));
    }
}

/// The declared count only ends the list: it reserves nothing.
fn elements(bytes: &mut &[u8], depth: usize) -> Result<Vec<Value>, AmfError> {
    let count = bytes.try_get_u32().map_err(|_| AmfError::Truncated)?;
    let mut elements = Vec::new();
    for _ in 0..count {
        elements.push(value(bytes, depth + 1)?);
    }
    Ok(elements)
}

fn byte(bytes: &mut &[u8]) -> Result<u8, AmfError> {
    bytes.try_get_u8().map_err(|_| AmfError::Truncated)
}

fn number(bytes: &mut &[u8]) -> Result<f64, AmfError> {
    bytes.try_get_f64().map_err(|_| AmfError::Truncated)
}

fn short_string(bytes: &mut &[u8]) -> Result<String, AmfError> {
    let length = bytes.try_get_u16().map_err(|_| AmfError::Truncated)?;
    text(bytes, length.into())
}

fn text(bytes: &mut &[u8], length: usize) -> Result<String, AmfError> {
    Ok(String::from_utf8_lossy(take(bytes, length)?).into_owned())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], AmfError> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(AmfError::Truncated)?;
    *bytes = rest;
    Ok(taken)
}

/// Writes one value. A property name longer than 65,535 bytes is cut there, as the notation has no room for it.
pub fn encode(value: &Value, out: &mut impl BufMut) {
    match value {
        Value::Number(number) => {
            out.put_u8(NUMBER);
            out.put_f64(*number);
        }
        Value::Boolean(truth) => {
            out.put_u8(BOOLEAN);
            out.put_u8(u8::from(*truth));
        }
        Value::String(text) if text.len() <= u16::MAX.into() => {
            out.put_u8(STRING);
            put_name(text, out);
        }
        Value::String(text) => {
            out.put_u8(LONG_STRING);
            out.put_u32(u32::try_from(text.len()).unwrap_or(u32::MAX));
            out.put_slice(text.as_bytes());
        }
        Value::Object(properties) => {
            out.put_u8(OBJECT);
            put_properties(properties, out);
        }
        Value::EcmaArray(properties) => {
            out.put_u8(ECMA_ARRAY);
            out.put_u32(u32::try_from(properties.len()).unwrap_or(u32::MAX));
            put_properties(properties, out);
        }
        Value::StrictArray(elements) => {
            out.put_u8(STRICT_ARRAY);
            out.put_u32(u32::try_from(elements.len()).unwrap_or(u32::MAX));
            for element in elements {
                encode(element, out);
            }
        }
        Value::Date(millis) => {
            out.put_u8(DATE);
            out.put_f64(*millis);
            out.put_u16(0);
        }
        Value::Null => out.put_u8(NULL),
        Value::Undefined => out.put_u8(UNDEFINED),
    }
}

fn put_properties(properties: &[(String, Value)], out: &mut impl BufMut) {
    for (name, value) in properties {
        put_name(name, out);
        encode(value, out);
    }
    out.put_slice(&[0, 0, OBJECT_END]);
}

fn put_name(name: &str, out: &mut impl BufMut) {
    let length = u16::try_from(name.len()).unwrap_or(u16::MAX);
    out.put_u16(length);
    out.put_slice(name.as_bytes().get(..length.into()).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(value: &Value) -> Value {
        let mut bytes = Vec::new();
        encode(value, &mut bytes);
        let mut rest = bytes.as_slice();
        let decoded = decode(&mut rest).unwrap();
        assert!(rest.is_empty());
        decoded
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            (-1e9..1e9f64).prop_map(Value::Number),
            any::<bool>().prop_map(Value::Boolean),
            ".{0,20}".prop_map(Value::String),
            (0.0..1e13f64).prop_map(Value::Date),
            Just(Value::Null),
            Just(Value::Undefined),
        ];
        leaf.prop_recursive(6, 64, 8, |inner| {
            let properties = prop::collection::vec(("[a-z]{1,8}", inner.clone()), 0..6);
            prop_oneof![
                properties.clone().prop_map(Value::Object),
                properties.prop_map(Value::EcmaArray),
                prop::collection::vec(inner, 0..6).prop_map(Value::StrictArray),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_survives_the_round_trip(value in any_value()) {
            prop_assert_eq!(round_trip(&value), value);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode_all(&bytes);
        }
    }

    #[test]
    fn long_strings_keep_their_length() {
        let value = Value::String("x".repeat(70_000));
        assert_eq!(round_trip(&value), value);
    }

    #[test]
    fn counts_are_not_trusted() {
        assert_eq!(
            decode(&mut [STRICT_ARRAY, 255, 255, 255, 255, NULL].as_slice()),
            Err(AmfError::Truncated)
        );
        let array = [ECMA_ARRAY, 255, 255, 255, 255, 0, 1, b'a', NULL, 0, 0, OBJECT_END];
        assert_eq!(
            decode(&mut array.as_slice()),
            Ok(Value::EcmaArray(vec![("a".into(), Value::Null)]))
        );
        assert_eq!(
            decode(&mut [LONG_STRING, 255, 255, 255, 255, b'x'].as_slice()),
            Err(AmfError::Truncated)
        );
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth: usize| {
            let mut bytes = [STRICT_ARRAY, 0, 0, 0, 1].repeat(depth);
            bytes.push(NULL);
            decode(&mut bytes.as_slice())
        };
        assert!(nested(MAX_DEPTH - 1).is_ok());
        assert_eq!(nested(MAX_DEPTH), Err(AmfError::TooDeep));
        assert_eq!(nested(100_000), Err(AmfError::TooDeep));
    }

    #[test]
    fn rare_kinds_are_read() {
        let bytes = [
            TYPED_OBJECT,
            0,
            1,
            b'C',
            0,
            1,
            b'a',
            BOOLEAN,
            1,
            0,
            0,
            OBJECT_END,
            XML,
            0,
            0,
            0,
            1,
            b'x',
            REFERENCE,
            0,
            0,
        ];
        assert_eq!(
            decode_all(&bytes).unwrap(),
            [
                Value::object([("a", Value::Boolean(true))]),
                Value::from("x"),
                Value::Undefined
            ]
        );
        assert_eq!(decode(&mut [17].as_slice()), Err(AmfError::UnknownMarker(17)));
    }
}
