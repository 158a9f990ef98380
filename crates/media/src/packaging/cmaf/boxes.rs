//! Boxes of the ISO base media file format (ISO/IEC 14496-12, 4.2), written in one pass.

use bytes::{BufMut, Bytes, BytesMut};

/// A buffer to which boxes are written, each one's size filled in when it ends.
#[derive(Debug)]
pub(super) struct BoxWriter(BytesMut);

impl BoxWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(BytesMut::with_capacity(bytes))
    }

    /// A box around what `content` writes.
    pub(super) fn boxed(&mut self, kind: [u8; 4], content: impl FnOnce(&mut Self)) {
        let start = self.0.len();
        self.u32(0);
        self.bytes(&kind);
        content(self);
        let size = size_of(self.0.len() - start);
        if let Some(field) = self.0.get_mut(start..start + 4) {
            field.copy_from_slice(&size.to_be_bytes());
        }
    }

    /// A box with a version and 24 flags.
    pub(super) fn full(&mut self, kind: [u8; 4], version: u8, flags: u32, content: impl FnOnce(&mut Self)) {
        self.boxed(kind, |it| {
            it.u32(u32::from(version) << 24 | flags);
            content(it);
        });
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.0.put_u8(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.0.put_u16(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.0.put_u32(value);
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.0.put_i32(value);
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.0.put_u64(value);
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.0.extend_from_slice(value);
    }

    pub(super) fn zeros(&mut self, count: usize) {
        self.0.put_bytes(0, count);
    }

    pub(super) fn finish(self) -> Bytes {
        self.0.freeze()
    }
}

/// A size as a box has it. What is written here is far below 4 GiB.
pub(super) fn size_of(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
