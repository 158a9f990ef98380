//! CMAF files (ISO/IEC 23000-19) in the ISO base media file format (ISO/IEC 14496-12).

mod boxes;
mod fragment;
mod init;
mod samples;

pub(crate) use fragment::{Fragment, Sample};
pub(crate) use init::{TrackConfig, init_segment};
